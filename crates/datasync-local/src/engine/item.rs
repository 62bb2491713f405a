//! One file, directory or symlink as a side of the copy has it.

use domain::posix::{FileKind, Posix};
use serde::{Deserialize, Serialize};

/// What is known of an item. Of an object whose metadata nobody has asked for yet, `posix` is empty
/// and `kind` is what its key tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    /// Relative to the location: `/a/b`, as reports print it.
    pub(super) path: String,
    pub(super) kind: FileKind,
    pub(super) posix: Posix,
    /// Bytes of the object: those of the file, or of the symlink's target; 0 for a directory.
    pub(super) size: u64,
}

impl Item {
    pub(super) fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }
}
