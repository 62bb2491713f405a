//! Reading a source file, and checking that it did not change while it was read.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use domain::posix::FileKind;
use rustix::fs::fstat;
use sha2::{Digest, Sha256};

use crate::engine::content_hash::Sha256Bytes;
use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::tasks::run_blocking;
use crate::engine::tree::DirectoryTree;

/// An open regular file, read from front to end.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// The file as it was when opened.
    pub(crate) item: FileItem,
    file: File,
    left: u64,
    /// The inode's change time: it shows a rewrite that restores size and mtime.
    changed_at: (i64, i64),
}

impl SourceFile {
    pub(crate) fn open_in(tree: &DirectoryTree, path: &str) -> Result<Self, ItemError> {
        let file = tree.open_file(path).map_err(|error| ItemError::open_failed(&error))?;
        let (item, changed_at) =
            read_state(&file, path).map_err(|error| ItemError::open_failed(&error))?;
        if item.kind != FileKind::Regular {
            return Err(ItemError::OtherKind);
        }
        let left = item.size;
        Ok(Self { item, file, left, changed_at })
    }

    /// Reads the next `most` bytes into an empty buffer; fewer only at the end.
    pub(crate) fn read_next(
        &mut self,
        most: u64,
        mut bytes: Vec<u8>,
    ) -> Result<Vec<u8>, ItemError> {
        let wanted = most.min(self.left);
        bytes.reserve_exact(usize::try_from(wanted).map_err(|_| ItemError::Broken)?);
        let read = self.file.by_ref().take(wanted).read_to_end(&mut bytes);
        read.map_err(|error| ItemError::read_failed(&error))?;
        if bytes.len() as u64 != wanted {
            return Err(ItemError::Changed);
        }
        self.left -= wanted;
        Ok(bytes)
    }

    /// Checks that all is read, and that the file is still what was opened.
    pub(crate) fn check_unchanged(self) -> Result<(), ItemError> {
        let (now, changed_at) = read_state(&self.file, &self.item.path)
            .map_err(|error| ItemError::read_failed(&error))?;
        let still = now.size == self.item.size
            && now.posix.mtime == self.item.posix.mtime
            && changed_at == self.changed_at;
        if still && self.left == 0 { Ok(()) } else { Err(ItemError::Changed) }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0
    }
}

/// The open file's item, and the time of the inode's last change.
fn read_state(file: &File, path: &str) -> std::io::Result<(FileItem, (i64, i64))> {
    let stat = fstat(file)?;
    let nanos = i64::try_from(stat.st_ctime_nsec).unwrap_or_default();
    Ok((FileItem::from_stat(path.to_owned(), &stat), (stat.st_ctime, nanos)))
}

/// Computes the SHA-256 of a regular file.
pub(crate) fn hash_file(
    tree: &DirectoryTree,
    path: &str,
) -> Result<(FileItem, Sha256Bytes), ItemError> {
    const PIECE: u64 = 1024 * 1024;
    let (mut file, mut hasher, mut bytes) =
        (SourceFile::open_in(tree, path)?, Sha256::new(), Vec::new());
    while !file.is_at_end() {
        bytes = file.read_next(PIECE, bytes)?;
        hasher.update(&bytes);
        bytes.clear();
    }
    let item = file.item.clone();
    file.check_unchanged()?;
    Ok((item, hasher.finalize().into()))
}

/// Reads a symlink's target, which is the content of its object.
pub(crate) async fn read_symlink(
    context: &Arc<EngineContext>,
    path: &str,
) -> Result<Vec<u8>, ItemError> {
    let (owner, owned_path) = (Arc::clone(context), path.to_owned());
    run_blocking(move || owner.tree.read_link(&owned_path).map_err(|error| link_failed(&error)))
        .await
}

/// The error of reading a symlink; an item that is no symlink any more has no target.
fn link_failed(error: &std::io::Error) -> ItemError {
    if error.kind() == std::io::ErrorKind::InvalidInput {
        ItemError::OtherKind
    } else {
        ItemError::read_failed(error)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use posix_files::MountedDirectory;

    use super::*;
    use crate::engine::content_hash::{checksum_text, sha256_of};

    const HELLO: &str = "SHA256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_still_file_gives_its_bytes_and_hash() {
        let directory = tempfile::tempdir().unwrap();
        let tree = DirectoryTree::open(&MountedDirectory::new(directory.path(), "")).unwrap();
        let path = directory.path().join("f");
        fs::write(&path, "hello").unwrap();
        let mut file = SourceFile::open_in(&tree, "/f").unwrap();
        assert_eq!(file.read_next(3, Vec::new()).unwrap(), b"hel");
        assert_eq!(file.read_next(3, Vec::new()).unwrap(), b"lo");
        file.check_unchanged().unwrap();
        assert_eq!(checksum_text(&hash_file(&tree, "/f").unwrap().1), HELLO);
        assert_eq!(checksum_text(&sha256_of(b"hello")), HELLO);
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_detected() {
        let directory = tempfile::tempdir().unwrap();
        let tree = DirectoryTree::open(&MountedDirectory::new(directory.path(), "")).unwrap();
        let path = directory.path().join("f");
        for change in ["shorter", "longer and longer", "same5"] {
            fs::write(&path, "hello").unwrap();
            let mut file = SourceFile::open_in(&tree, "/f").unwrap();
            let first = file.read_next(2, Vec::new());
            let text = if change == "shorter" { "h" } else { change };
            std::thread::sleep(std::time::Duration::from_millis(20));
            fs::write(&path, text).unwrap();
            let rest = first
                .and_then(|_| file.read_next(100, Vec::new()))
                .and_then(|_| file.check_unchanged());
            assert!(matches!(rest, Err(ItemError::Changed)), "{change}: {rest:?}");
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("d")).unwrap();
        let tree = DirectoryTree::open(&MountedDirectory::new(directory.path(), "")).unwrap();
        assert!(matches!(SourceFile::open_in(&tree, "/d"), Err(ItemError::OtherKind)));
        assert!(matches!(SourceFile::open_in(&tree, "/gone"), Err(ItemError::Open(_))));
    }
}
