//! The chain that binds the parts of a proof: whoever alters, drops or swaps a part breaks every
//! link after it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One part of the list of proven objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    pub key: String,
    pub objects: u64,
    /// Of the part's bytes; lower-case hexadecimal, like `chain`.
    pub sha256: String,
    /// SHA-256 of the chain up to the part before (nothing for the first), then the part's digest,
    /// both as text.
    pub chain: String,
}

impl ChainLink {
    /// The link of a part that follows `before`.
    #[must_use]
    pub fn new_after(before: Option<&Self>, key: String, objects: u64, bytes: &[u8]) -> Self {
        Self { key, objects, sha256: sha256_hex(bytes), chain: String::new() }.moved_after(before)
    }

    /// The same part at another place in a chain.
    #[must_use]
    pub fn moved_after(self, before: Option<&Self>) -> Self {
        let chain = sha256_hex(
            format!("{}{}", before.map_or("", |link| &link.chain), self.sha256).as_bytes(),
        );
        Self { chain, ..self }
    }

    /// Whether these bytes are the part that this link was made for, at its place.
    #[must_use]
    pub fn is_valid_for(&self, before: Option<&Self>, bytes: &[u8]) -> bool {
        *self == Self::new_after(before, self.key.clone(), self.objects, bytes)
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_holds_until_a_part_is_altered_dropped_or_swapped() {
        let first = ChainLink::new_after(None, "1".into(), 1, b"a");
        let second = ChainLink::new_after(Some(&first), "2".into(), 1, b"b");
        assert_eq!(
            first.sha256,
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        );
        assert!(first.is_valid_for(None, b"a") && second.is_valid_for(Some(&first), b"b"));
        assert_eq!(second.clone().moved_after(None).moved_after(Some(&first)), second);
        assert!(
            !second.is_valid_for(Some(&first), b"c")
                && !second.is_valid_for(None, b"b")
                && !first.is_valid_for(Some(&second), b"a")
        );
    }
}
