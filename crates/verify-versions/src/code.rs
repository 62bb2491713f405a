//! Which program this is.

use std::sync::OnceLock;

use domain::records::hash_chain::sha256_hex;

/// The SHA-256 of the running program, as in the tag of its function; empty where it can't be read.
pub(crate) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let program = std::env::current_exe().and_then(std::fs::read);
        program.map(|program| sha256_hex(&program)).unwrap_or_default()
    })
}
