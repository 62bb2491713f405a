//! The SHA-256 of contents.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The bytes of a SHA-256.
pub(crate) type Sha256Bytes = [u8; 32];

pub(crate) fn sha256_of(bytes: &[u8]) -> Sha256Bytes {
    Sha256::digest(bytes).into()
}

/// The hash as reports print it: `SHA256:` and lower-case hexadecimal digits.
pub(crate) fn checksum_text(sha: &Sha256Bytes) -> String {
    sha.iter().fold("SHA256:".to_owned(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
