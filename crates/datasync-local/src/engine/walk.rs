//! The source tree, item by item in the order of object keys.
//!
//! A directory sorts as its name with a slash, so that going through the tree depth first gives exactly S3's order of
//! keys; memory holds one directory's names per level.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::vec;

use pipeline::posix::{FileKind, FileTime, Posix};
use pipeline::report::object_key;

use super::failure::ItemError;
use super::filter::Filters;

/// S3's limit on a key, in bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

/// A file, directory or symlink of the source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceItem {
    /// Relative to the location: `/a/b`, as reports print it.
    pub(super) path: String,
    pub(super) kind: FileKind,
    pub(super) posix: Posix,
    /// Bytes of the object: those of the file, or of the symlink's target; 0 for a directory.
    pub(super) size: u64,
}

/// What the walk comes upon.
#[derive(Debug)]
pub(super) enum Found {
    Item(SourceItem),
    /// A FIFO, socket or device: no object can stand for it.
    Special(SourceItem),
    /// Something that could not be read or named. What is below it, if anything, is not known.
    Unreadable {
        path: String,
        reason: ItemError,
    },
}

/// An iterator over the tree.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    filters: &'a Filters,
    /// From the root down to the directory being read.
    levels: Vec<vec::IntoIter<Entry>>,
    /// Found when a directory was opened, to be told before going on.
    pending: Option<Found>,
}

#[derive(Debug)]
struct Entry {
    /// Relative to the root, without a leading slash.
    path: PathBuf,
    is_directory: bool,
}

impl<'a> Walk<'a> {
    /// Opens the root; `prefix` is that of the destination, which counts into the length of keys.
    pub(super) fn new(root: &'a Path, prefix: &'a str, filters: &'a Filters) -> io::Result<Self> {
        let top = read_directory(root, Path::new(""))?;
        Ok(Self { root, prefix, filters, levels: vec![top], pending: None })
    }

    fn visit(&mut self, entry: &Entry) -> Option<Found> {
        let Some(name) = entry.path.to_str() else {
            let path = format!("/{}", entry.path.to_string_lossy());
            let excluded = self.filters.exclude(&path);
            return (!excluded).then_some(Found::Unreadable { path, reason: ItemError::Name });
        };
        let path = format!("/{name}");
        if self.filters.exclude(&path) {
            return None;
        }
        if entry.is_directory {
            self.descend(&entry.path, &path);
        }
        let admitted = self.filters.admit(&path);
        admitted.then(|| self.look(&entry.path, path))
    }

    fn descend(&mut self, relative: &Path, path: &str) {
        match read_directory(self.root, relative) {
            Ok(level) => self.levels.push(level),
            Err(error) => {
                self.pending = Some(Found::Unreadable { path: path.to_owned(), reason: ItemError::open(&error) });
            }
        }
    }

    fn look(&self, relative: &Path, path: String) -> Found {
        let item = match look_at(&self.root.join(relative), &path) {
            Ok(item) => item,
            Err(error) => return Found::Unreadable { path, reason: ItemError::open(&error) },
        };
        if object_key(self.prefix, &path, item.kind == FileKind::Directory).len() > LONGEST_KEY {
            return Found::Unreadable { path, reason: ItemError::LongKey };
        }
        if item.kind == FileKind::Special { Found::Special(item) } else { Found::Item(item) }
    }
}

impl Iterator for Walk<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(found) = self.pending.take() {
                return Some(found);
            }
            let Some(entry) = self.levels.last_mut()?.next() else {
                self.levels.pop();
                continue;
            };
            if let Some(found) = self.visit(&entry) {
                return Some(found);
            }
        }
    }
}

/// The item at a place, without following a symlink; `path` is what reports call it.
pub(super) fn look_at(place: &Path, path: &str) -> io::Result<SourceItem> {
    let metadata = fs::symlink_metadata(place)?;
    let kind = FileKind::of_mode(metadata.mode()).unwrap_or(FileKind::Special);
    let size = if kind == FileKind::Directory { 0 } else { metadata.len() };
    Ok(SourceItem { path: path.to_owned(), kind, posix: posix_of(&metadata), size })
}

pub(super) fn posix_of(metadata: &Metadata) -> Posix {
    Posix {
        mode: Some(metadata.mode()),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
        mtime: Some(FileTime::from_parts(metadata.mtime(), metadata.mtime_nsec())),
        atime: Some(FileTime::from_parts(metadata.atime(), metadata.atime_nsec())),
    }
}

fn read_directory(root: &Path, relative: &Path) -> io::Result<vec::IntoIter<Entry>> {
    let mut names: Vec<(OsString, bool)> = fs::read_dir(root.join(relative))?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?.is_dir()))))
        .collect::<io::Result<_>>()?;
    names.sort_unstable_by(|(a, a_is_directory), (b, b_is_directory)| {
        sort_key(a, *a_is_directory).cmp(sort_key(b, *b_is_directory))
    });
    let entry = |(name, is_directory)| Entry { path: relative.join(name), is_directory };
    Ok(names.into_iter().map(entry).collect::<Vec<_>>().into_iter())
}

/// The bytes of the name as they stand in the key.
fn sort_key(name: &OsString, is_directory: bool) -> impl Iterator<Item = u8> + '_ {
    name.as_bytes().iter().copied().chain(is_directory.then_some(b'/'))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::state::FilterRule;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for directory in ["a", "a/empty", "skip"] {
            fs::create_dir(root.path().join(directory)).unwrap();
        }
        for file in ["a/x", "a-", "a.txt", "a0", "skip/y", "ü"] {
            fs::write(root.path().join(file), file).unwrap();
        }
        symlink("a.txt", root.path().join("link")).unwrap();
        root
    }

    fn keys(root: &Path, excludes: &str) -> Vec<String> {
        let rules = [FilterRule { filter_type: None, value: excludes.to_owned() }];
        let filters = Filters::new(&[], &rules).unwrap();
        Walk::new(root, "", &filters)
            .unwrap()
            .map(|found| match found {
                Found::Item(item) => object_key("", &item.path, item.kind == FileKind::Directory),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_tree_comes_in_the_order_of_keys() {
        let keys = keys(tree().path(), "/skip");
        assert_eq!(keys, ["a-", "a.txt", "a/", "a/empty/", "a/x", "a0", "link", "ü"]);
        assert!(keys.is_sorted(), "S3 lists keys in this order");
    }

    #[test]
    fn names_that_cannot_be_keys_are_told() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "").unwrap();
        let deep = format!("{0}/{0}/{0}/{0}/{0}", "d".repeat(220));
        fs::create_dir_all(root.path().join(&deep)).unwrap();
        let filters = Filters::default();
        let told: Vec<_> = Walk::new(root.path(), "", &filters)
            .unwrap()
            .filter_map(|found| match found {
                Found::Unreadable { reason, .. } => Some(reason.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(told, [ItemError::Name.to_string(), ItemError::LongKey.to_string()]);
    }

    #[test]
    fn a_special_file_is_no_item() {
        let root = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
        let filters = Filters::default();
        let found: Vec<_> = Walk::new(root.path(), "", &filters).unwrap().collect();
        assert!(matches!(&found[..], [Found::Special(item)] if item.path == "/socket"), "{found:?}");
    }
}
