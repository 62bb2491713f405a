//! One item to verify.

use serde::{Deserialize, Serialize};

use crate::engine::content_hash::Sha256Bytes;

/// The item whose two sides are compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VerifySubject {
    pub(crate) path: String,
    pub(crate) key: String,
    /// `None`: the latest.
    pub(crate) version_id: Option<String>,
    /// The source's hash, where the source was read already.
    pub(crate) sha: Option<Sha256Bytes>,
    /// Whether the source of a backup did not have the item, whatever exists at its path by now.
    pub(crate) only_object: bool,
}

impl VerifySubject {
    /// An item of which neither side was read yet.
    pub(crate) fn unread(path: String, key: String, version_id: Option<String>) -> Self {
        Self { path, key, version_id, sha: None, only_object: false }
    }
}
