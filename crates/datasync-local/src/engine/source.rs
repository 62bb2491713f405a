//! Reading a source file: its bytes, and the proof that it held still meanwhile.

use std::fs::File;
use std::io::Read;

use domain::posix::FileKind;
use rustix::fs::fstat;
use sha2::{Digest, Sha256};

use super::failure::ItemError;
use super::item::Item;
use super::tree::{Tree, item_of};

/// Bytes of a SHA-256.
pub(super) type Sha = [u8; 32];

/// An open regular file, read from front to end.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// The file as it was when opened.
    pub(super) item: Item,
    file: File,
    left: u64,
    /// Catches a rewrite that restores size and mtime.
    changed_at: (i64, i64),
}

impl OpenFile {
    pub(super) fn open(tree: &Tree, path: &str) -> Result<Self, ItemError> {
        let file = tree.open_file(path).map_err(|error| ItemError::open(&error))?;
        let (item, changed_at) = looked(&file, path).map_err(|error| ItemError::open(&error))?;
        if item.kind != FileKind::Regular {
            return Err(ItemError::OtherKind);
        }
        let left = item.size;
        Ok(Self { item, file, left, changed_at })
    }

    /// The next `most` bytes, fewer only at the end, in an empty buffer.
    pub(super) fn read(&mut self, most: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>, ItemError> {
        let wanted = most.min(self.left);
        bytes.reserve_exact(usize::try_from(wanted).map_err(|_| ItemError::Broken)?);
        let read = self.file.by_ref().take(wanted).read_to_end(&mut bytes);
        read.map_err(|error| ItemError::read(&error))?;
        if bytes.len() as u64 != wanted {
            return Err(ItemError::Changed);
        }
        self.left -= wanted;
        Ok(bytes)
    }

    /// All is read, and the file is still what was opened.
    pub(super) fn finish(self) -> Result<(), ItemError> {
        let (now, changed_at) =
            looked(&self.file, &self.item.path).map_err(|error| ItemError::read(&error))?;
        let still = now.size == self.item.size
            && now.posix.mtime == self.item.posix.mtime
            && changed_at == self.changed_at;
        if still && self.left == 0 { Ok(()) } else { Err(ItemError::Changed) }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }
}

/// The open file's item, and when its inode changed last.
fn looked(file: &File, path: &str) -> std::io::Result<(Item, (i64, i64))> {
    let stat = fstat(file)?;
    let nanos = i64::try_from(stat.st_ctime_nsec).unwrap_or_default();
    Ok((item_of(path.to_owned(), &stat), (stat.st_ctime, nanos)))
}

/// The SHA-256 of a regular file as a whole, read in pieces.
pub(super) fn hash_file(tree: &Tree, path: &str) -> Result<(Item, Sha), ItemError> {
    const PIECE: u64 = 1024 * 1024;
    let (mut file, mut hasher, mut bytes) =
        (OpenFile::open(tree, path)?, Sha256::new(), Vec::new());
    while !file.is_at_end() {
        bytes = file.read(PIECE, bytes)?;
        hasher.update(&bytes);
        bytes.clear();
    }
    let item = file.item.clone();
    file.finish()?;
    Ok((item, hasher.finalize().into()))
}

/// Runs what may block apart from the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ItemError> + Send + 'static,
) -> Result<T, ItemError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ItemError::Broken))
}

pub(super) fn sha_of(bytes: &[u8]) -> Sha {
    Sha256::digest(bytes).into()
}

/// As reports print it: `SHA256:` and lower-case hexadecimal digits.
pub(super) fn checksum_text(sha: &Sha) -> String {
    format!("SHA256:{}", hex::encode(sha))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use posix_files::MountedDirectory;

    use super::*;

    const HELLO: &str = "SHA256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_still_file_gives_its_bytes_and_hash() {
        let directory = tempfile::tempdir().unwrap();
        let (tree, place) = (
            Tree::open(&MountedDirectory::new(directory.path(), "")).unwrap(),
            directory.path().join("f"),
        );
        fs::write(&place, "hello").unwrap();
        let mut file = OpenFile::open(&tree, "/f").unwrap();
        assert_eq!(file.read(3, Vec::new()).unwrap(), b"hel");
        assert_eq!(file.read(3, Vec::new()).unwrap(), b"lo");
        file.finish().unwrap();
        assert_eq!(checksum_text(&hash_file(&tree, "/f").unwrap().1), HELLO);
        assert_eq!(checksum_text(&sha_of(b"hello")), HELLO);
    }

    #[test]
    fn a_file_that_changes_while_read_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let (tree, place) = (
            Tree::open(&MountedDirectory::new(directory.path(), "")).unwrap(),
            directory.path().join("f"),
        );
        for change in ["shorter", "longer and longer", "same5"] {
            fs::write(&place, "hello").unwrap();
            let mut file = OpenFile::open(&tree, "/f").unwrap();
            let first = file.read(2, Vec::new());
            let text = if change == "shorter" { "h" } else { change };
            std::thread::sleep(std::time::Duration::from_millis(20));
            fs::write(&place, text).unwrap();
            let rest = first.and_then(|_| file.read(100, Vec::new())).and_then(|_| file.finish());
            assert!(matches!(rest, Err(ItemError::Changed)), "{change}: {rest:?}");
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("d")).unwrap();
        let tree = Tree::open(&MountedDirectory::new(directory.path(), "")).unwrap();
        assert!(matches!(OpenFile::open(&tree, "/d"), Err(ItemError::OtherKind)));
        assert!(matches!(OpenFile::open(&tree, "/gone"), Err(ItemError::Open(_))));
    }
}
