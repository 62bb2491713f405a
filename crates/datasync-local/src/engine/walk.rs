//! The tree, item by item in the order of object keys.
//!
//! A directory sorts as its name with a slash, so that going through the tree depth first gives exactly S3's order of
//! keys; memory holds one directory's names per level. Looking at the items is left to [`look_at_each`], so that many
//! threads can share it: on a network file system every look is a round trip.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::vec;

use pipeline::report::object_key;
use rustix::fs::{AtFlags, statat};

use super::failure::ItemError;
use super::filter::Filters;
use super::item::Item;
use super::tree::{Name, Tree, item_of};

/// S3's limit on a key, in bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

/// A name the walk came upon, not looked at yet.
#[derive(Debug)]
pub(super) enum Seen {
    Name(String),
    Unreadable { path: String, reason: ItemError },
}

/// What is at that name.
#[derive(Debug)]
pub(super) enum Found {
    /// Its kind may be one that no object can stand for.
    Item(Item),
    /// Something that could not be read or named. What is below it, if anything, is not known.
    Unreadable { path: String, reason: ItemError },
}

/// An iterator over the tree.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    tree: &'a Tree,
    prefix: &'a str,
    filters: &'a Filters,
    /// From the root down to the directory being read.
    levels: Vec<Level>,
    /// Found when a directory was opened, to be told before going on.
    pending: Option<Seen>,
}

#[derive(Debug)]
struct Level {
    /// Relative to the root, without a leading slash.
    path: PathBuf,
    names: vec::IntoIter<Name>,
}

impl<'a> Walk<'a> {
    /// Opens the root; `prefix` is that of the bucket's side, which counts into the length of keys.
    pub(super) fn new(tree: &'a Tree, prefix: &'a str, filters: &'a Filters) -> io::Result<Self> {
        let top = Level::read(tree, PathBuf::new())?;
        Ok(Self { tree, prefix, filters, levels: vec![top], pending: None })
    }

    fn visit(&mut self, relative: PathBuf, is_directory: bool) -> Option<Seen> {
        let Some(name) = relative.to_str() else {
            let path = format!("/{}", relative.to_string_lossy());
            let excluded = self.filters.exclude(&path);
            return (!excluded).then_some(Seen::Unreadable { path, reason: ItemError::Name });
        };
        let path = format!("/{name}");
        if self.filters.exclude(&path) {
            return None;
        }
        if is_directory {
            self.descend(relative, &path);
        }
        let too_long = object_key(self.prefix, &path, is_directory).len() > LONGEST_KEY;
        if !self.filters.admit(&path) {
            return None;
        }
        let long = |path| Seen::Unreadable { path, reason: ItemError::LongKey };
        Some(if too_long { long(path) } else { Seen::Name(path) })
    }

    fn descend(&mut self, relative: PathBuf, path: &str) {
        match Level::read(self.tree, relative) {
            Ok(level) => self.levels.push(level),
            Err(error) => {
                self.pending = Some(Seen::Unreadable { path: path.to_owned(), reason: ItemError::open(&error) });
            }
        }
    }
}

impl Level {
    fn read(tree: &Tree, path: PathBuf) -> io::Result<Self> {
        let names = tree.names(&path)?.into_iter();
        Ok(Self { path, names })
    }
}

impl Iterator for Walk<'_> {
    type Item = Seen;

    fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some(pending) = self.pending.take() {
                return Some(pending);
            }
            let level = self.levels.last_mut()?;
            let Some(Name { name, is_directory }) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            let relative = level.path.join(name);
            if let Some(seen) = self.visit(relative, is_directory) {
                return Some(seen);
            }
        }
    }
}

/// Looks at what was seen, in its order.
pub(super) fn look_at_each(tree: &Tree, seen: Vec<Seen>) -> Vec<Found> {
    let mut folder = None;
    seen.into_iter()
        .map(|seen| match seen {
            Seen::Unreadable { path, reason } => Found::Unreadable { path, reason },
            Seen::Name(path) => match look(tree, &path, &mut folder) {
                Ok(item) => Found::Item(item),
                Err(error) => Found::Unreadable { path, reason: ItemError::open(&error) },
            },
        })
        .collect()
}

/// Looks at an item; the open directory is kept for the next, which is mostly in the same one.
fn look(tree: &Tree, path: &str, folder: &mut Option<(PathBuf, OwnedFd)>) -> io::Result<Item> {
    let place = Path::new(path);
    let parent = place.parent().unwrap_or(Path::new(""));
    let opened = match folder.take() {
        Some((path, opened)) if path == parent => opened,
        _ => tree.folder(parent)?,
    };
    let name = place.file_name().unwrap_or(OsStr::new("."));
    let looked = statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW);
    *folder = Some((parent.to_owned(), opened));
    Ok(item_of(path, &looked?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use pipeline::posix::FileKind;

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

    fn found(root: &Path, filters: &Filters) -> Vec<Found> {
        let tree = Tree::open(root).unwrap();
        let seen: Vec<_> = Walk::new(&tree, "", filters).unwrap().collect();
        look_at_each(&tree, seen)
    }

    fn keys(root: &Path, excludes: &str) -> Vec<String> {
        let rules = [FilterRule { filter_type: None, value: excludes.to_owned() }];
        let filters = Filters::new(&[], &rules).unwrap();
        found(root, &filters)
            .into_iter()
            .map(|found| match found {
                Found::Item(item) => object_key("", &item.path, item.is_directory()),
                other @ Found::Unreadable { .. } => format!("{other:?}"),
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
        fs::write(root.path().join(OsStr::from_bytes(b"bad\xff")), "").unwrap();
        let deep = format!("{0}/{0}/{0}/{0}/{0}", "d".repeat(220));
        fs::create_dir_all(root.path().join(&deep)).unwrap();
        let told: Vec<_> = found(root.path(), &Filters::default())
            .into_iter()
            .filter_map(|found| match found {
                Found::Unreadable { reason, .. } => Some(reason.to_string()),
                Found::Item(_) => None,
            })
            .collect();
        assert_eq!(told, [ItemError::Name.to_string(), ItemError::LongKey.to_string()]);
    }

    #[test]
    fn a_special_file_is_told_by_its_kind() {
        let root = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
        let found = found(root.path(), &Filters::default());
        assert!(matches!(&found[..], [Found::Item(item)] if item.kind == FileKind::Special), "{found:?}");
    }
}
