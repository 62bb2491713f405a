//! One file, directory or symlink as one side of the copy has it.

use domain::posix::{FileKind, Posix};
use serde::{Deserialize, Serialize};

/// An item as far as it is known. For an object of which only the listing is known, `posix` is
/// empty and `kind` follows from the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileItem {
    /// The path in reports, relative to the location: `/a/b`.
    pub(crate) path: String,
    pub(crate) kind: FileKind,
    pub(crate) posix: Posix,
    /// Bytes of the object: those of the file, or of the symlink's target; 0 for a directory.
    pub(crate) size: u64,
}

impl FileItem {
    pub(crate) fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }
}
