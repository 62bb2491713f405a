//! The identity of the running program.

use std::sync::OnceLock;

use domain::records::hash_chain::sha256_hex;

/// Returns the SHA-256 of the running program, as in the tag of its function; empty where the
/// program can't be read.
pub(crate) fn read_build_id() -> &'static str {
    static BUILD_ID: OnceLock<String> = OnceLock::new();
    BUILD_ID.get_or_init(|| {
        let program = std::env::current_exe().and_then(std::fs::read);
        program.map(|program| sha256_hex(&program)).unwrap_or_default()
    })
}
