//! The changes that a plan consists of.

use domain::posix::FileKind;
use serde::{Deserialize, Serialize};

use crate::engine::item::FileItem;

/// One item to write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WriteAction {
    /// The source's item, as far as it is known yet.
    pub(crate) item: FileItem,
    pub(crate) key: String,
    /// The source's version that a manifest names.
    pub(crate) version_id: Option<String>,
    pub(crate) mode: WriteMode,
}

/// One item to remove from the destination.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) item: FileItem,
    pub(crate) key: String,
}

/// The part of an item that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WriteMode {
    Create,
    Overwrite,
    MetadataOnly,
    /// A directory that stays as it is; a write below it must not change its times.
    Keep,
}

impl WriteAction {
    pub(crate) fn bytes_to_send(&self) -> u64 {
        let has_no_content =
            self.mode == WriteMode::MetadataOnly || self.item.kind == FileKind::Directory;
        if has_no_content { 0 } else { self.item.size }
    }
}
