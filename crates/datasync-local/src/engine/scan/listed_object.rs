//! Objects as a listing shows them.

use crate::engine::object_head::ObjectHead;

/// An object of the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListedObject {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
    /// The time of the write, in seconds.
    pub(crate) modified: Option<i64>,
    /// The id of the latest version, where versions were listed.
    pub(crate) latest_version: Option<String>,
    /// The version that a manifest names; `None`: the latest.
    pub(crate) version_id: Option<String>,
    /// The answer that `HeadObject` would give, where it is known already.
    pub(crate) known_head: Option<ObjectHead>,
}

/// Consecutive objects of the bucket.
#[derive(Debug)]
pub(crate) struct ListedPage {
    pub(crate) objects: Vec<ListedObject>,
    pub(crate) is_last: bool,
}

impl ListedObject {
    pub(crate) fn is_directory(&self) -> bool {
        self.key.ends_with('/')
    }
}
