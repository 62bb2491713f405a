//! What writing one item came to.

use super::item::Item;
use super::source::Sha;

#[derive(Debug)]
pub(super) struct Written {
    /// The item as it was read, which may be newer than what was planned.
    pub(super) item: Item,
    /// Of the object: written by a backup, read by a restore.
    pub(super) version_id: Option<String>,
    /// Of the bytes sent; `None` when only metadata was written, and of parts that nobody is to
    /// verify by it.
    pub(super) sha: Option<Sha>,
}
