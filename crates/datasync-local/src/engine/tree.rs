//! The directory that stands for the file system. Below its root no symlink is ever followed (see
//! `posix_files`).

use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use domain::posix::FileKind;
use posix_files::{MountedDirectory, posix_of};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};

use crate::engine::item::FileItem;

/// An open root.
#[derive(Debug)]
pub(crate) struct DirectoryTree {
    top: OwnedFd,
}

/// One name in a directory. Its place in the order of keys depends on whether it is a directory
/// itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryEntry {
    pub(crate) name: OsString,
    pub(crate) is_directory: bool,
}

impl DirectoryTree {
    /// Opens the root.
    pub(crate) fn open(root: &MountedDirectory) -> io::Result<Self> {
        let tree = Self { top: root.open()? };
        tree.list_names(Path::new(""))?;
        Ok(tree)
    }

    /// Opens the directory that holds the item; returns it with the item's name in it.
    pub(crate) fn open_parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.open_directory(path.parent().unwrap_or(Path::new("")))?, name))
    }

    /// Opens a directory; the empty path is the root.
    pub(crate) fn open_directory(&self, path: &Path) -> io::Result<OwnedFd> {
        posix_files::open_directory(&self.top, path)
    }

    /// Reads the item at a path such as `/a/b`.
    pub(crate) fn read_item(&self, path: &str) -> io::Result<FileItem> {
        let (parent, name) = self.open_parent(Path::new(path))?;
        let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileItem::from_stat(path.to_owned(), &stat))
    }

    /// Opens a file for reading; a FIFO in its place does not block.
    pub(crate) fn open_file(&self, path: &str) -> io::Result<File> {
        let (parent, name) = self.open_parent(Path::new(path))?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(parent, name, flags, Mode::empty())?.into())
    }

    /// Reads the symlink's target.
    pub(crate) fn read_link(&self, path: &str) -> io::Result<Vec<u8>> {
        let (parent, name) = self.open_parent(Path::new(path))?;
        Ok(readlinkat(parent, name, Vec::new())?.into_bytes())
    }

    /// Lists the names in a directory, in the order of their keys in S3.
    pub(crate) fn list_names(&self, path: &Path) -> io::Result<Vec<DirectoryEntry>> {
        list_names_in(&self.open_directory(path)?)
    }
}

impl DirectoryEntry {
    /// Compares two names as parts of keys: a directory's name ends in a slash there.
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

/// Lists the names in an open directory, in the order of their keys in S3.
pub(crate) fn list_names_in(folder: &OwnedFd) -> io::Result<Vec<DirectoryEntry>> {
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
        names.push(DirectoryEntry { name: OsString::from_vec(name.to_vec()), is_directory });
    }
    names.sort_unstable_by(DirectoryEntry::key_order);
    Ok(names)
}

impl FileItem {
    /// The item with these attributes in the file system.
    pub(crate) fn from_stat(path: String, stat: &Stat) -> Self {
        let kind = FileKind::from_mode(stat.st_mode).unwrap_or(FileKind::Special);
        let size = if kind == FileKind::Directory {
            0
        } else {
            u64::try_from(stat.st_size).unwrap_or_default()
        };
        Self { path, kind, posix: posix_of(stat), size }
    }
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
    fn a_symlink_is_read_and_never_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let root = tempfile::tempdir().unwrap();
        symlink(outside.path(), root.path().join("link")).unwrap();
        let tree = DirectoryTree::open(&MountedDirectory::new(root.path(), "")).unwrap();
        assert_eq!(tree.read_item("/link").unwrap().kind, FileKind::Symlink);
        assert_eq!(tree.read_link("/link").unwrap(), outside.path().as_os_str().as_bytes());
        assert!(tree.read_item("/link/secret").is_err());
        assert!(tree.open_file("/link/secret").is_err());
        assert!(tree.open_file("/link").is_err());
        assert!(tree.list_names(Path::new("link")).is_err());
        assert!(tree.read_item("/../secret").is_err());
    }

    #[test]
    fn a_root_that_is_not_there_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        assert!(DirectoryTree::open(&MountedDirectory::new(root.path(), "gone")).is_err());
    }
}
