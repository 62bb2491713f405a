//! The directory that stands for the file system: no symlink is ever followed below its root (see
//! `posix_files`).

use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use domain::posix::FileKind;
use posix_files::{MountedDirectory, open_directory, posix_of};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};

use super::item::Item;

/// An open root.
#[derive(Debug)]
pub(super) struct Tree {
    top: OwnedFd,
}

/// One name of a directory; whether it is a directory itself is what its order among the others
/// depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: OsString,
    pub(super) is_directory: bool,
}

impl Tree {
    /// Opens the root.
    pub(super) fn open(root: &MountedDirectory) -> io::Result<Self> {
        let tree = Self { top: root.open()? };
        tree.names(Path::new(""))?;
        Ok(tree)
    }

    /// The open directory that holds the item, and the item's name in it.
    pub(super) fn parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.folder(path.parent().unwrap_or(Path::new("")))?, name))
    }

    /// An open directory; the empty path is the root.
    pub(super) fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        open_directory(&self.top, path)
    }

    /// The item at a path such as `/a/b`, as it is now.
    pub(super) fn look(&self, path: &str) -> io::Result<Item> {
        let (folder, name) = self.parent(Path::new(path))?;
        Ok(item_of(path.to_owned(), &statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Opens for reading. What became a FIFO meanwhile does not block.
    pub(super) fn open_file(&self, path: &str) -> io::Result<File> {
        let (folder, name) = self.parent(Path::new(path))?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(folder, name, flags, Mode::empty())?.into())
    }

    /// The symlink's target.
    pub(super) fn read_link(&self, path: &str) -> io::Result<Vec<u8>> {
        let (folder, name) = self.parent(Path::new(path))?;
        Ok(readlinkat(folder, name, Vec::new())?.into_bytes())
    }

    /// The names in a directory, in the order their keys have in S3.
    pub(super) fn names(&self, path: &Path) -> io::Result<Vec<Name>> {
        names_in(&self.folder(path)?)
    }
}

impl Name {
    /// As the names stand in keys: a directory's ends in a slash.
    fn key_order(&self, other: &Self) -> Ordering {
        let (ours, theirs) = (self.name.as_bytes(), other.name.as_bytes());
        let common = ours.len().min(theirs.len());
        let rest = |name: &Self, from: usize| {
            name.name.as_bytes().get(from).copied().or_else(|| name.is_directory.then_some(b'/'))
        };
        ours[..common]
            .cmp(&theirs[..common])
            .then_with(|| rest(self, common).cmp(&rest(other, common)))
    }
}

/// The names in an open directory, in the order their keys have in S3.
pub(super) fn names_in(folder: &OwnedFd) -> io::Result<Vec<Name>> {
    let readable =
        openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = Vec::new();
    for entry in Dir::new(readable)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let is_directory = match entry.file_type() {
            FileType::Unknown => is_directory(folder, OsStr::from_bytes(name)),
            known => known == FileType::Directory,
        };
        names.push(Name { name: OsString::from_vec(name.to_vec()), is_directory });
    }
    names.sort_unstable_by(Name::key_order);
    Ok(names)
}

/// An item from what the file system says of it.
pub(super) fn item_of(path: String, stat: &Stat) -> Item {
    let kind = FileKind::from_mode(stat.st_mode).unwrap_or(FileKind::Special);
    let size = if kind == FileKind::Directory {
        0
    } else {
        u64::try_from(stat.st_size).unwrap_or_default()
    };
    Item { path, kind, posix: posix_of(stat), size }
}

fn is_directory(folder: &OwnedFd, name: &OsStr) -> bool {
    statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_symlink_is_seen_and_never_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let root = tempfile::tempdir().unwrap();
        symlink(outside.path(), root.path().join("link")).unwrap();
        let tree = Tree::open(&MountedDirectory::new(root.path(), "")).unwrap();
        assert_eq!(tree.look("/link").unwrap().kind, FileKind::Symlink);
        assert_eq!(tree.read_link("/link").unwrap(), outside.path().as_os_str().as_bytes());
        assert!(tree.look("/link/secret").is_err());
        assert!(tree.open_file("/link/secret").is_err());
        assert!(tree.open_file("/link").is_err());
        assert!(tree.names(Path::new("link")).is_err());
        assert!(tree.look("/../secret").is_err());
    }

    #[test]
    fn a_root_that_is_not_there_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        assert!(Tree::open(&MountedDirectory::new(root.path(), "gone")).is_err());
    }
}
