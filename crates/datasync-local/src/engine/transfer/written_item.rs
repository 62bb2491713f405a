//! The result of writing one item.

use crate::engine::content_hash::Sha256Bytes;
use crate::engine::item::FileItem;

/// An item that was written.
#[derive(Debug)]
pub(crate) struct WrittenItem {
    /// The item as it was read, which may be newer than the planned one.
    pub(crate) item: FileItem,
    /// The object's version: written by a backup, read by a restore.
    pub(crate) version_id: Option<String>,
    /// The hash of the sent bytes; `None` when only metadata was written, and for parts that the
    /// verification does not compare by it.
    pub(crate) sha: Option<Sha256Bytes>,
}
