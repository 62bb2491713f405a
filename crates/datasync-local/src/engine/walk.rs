//! The tree, item by item in the order of object keys.
//!
//! A directory sorts as its name with a slash, so that going through the tree depth first gives
//! exactly S3's order of keys; memory holds one directory's names per level, and those of a few
//! directories that are read ahead. Looking at the items is left to [`look_at_each`], so that many
//! threads can share it: on a network file system every look is a round trip.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use domain::report::object_key;
use rustix::fs::{AtFlags, Stat, statat};

use super::failure::{ItemError, is_absent};
use super::filter::Filters;
use super::item::Item;
use super::read_ahead::{Folders, Pending};
use super::tree::{Name, Tree, item_of};

/// Of each directory on the way down.
const FOLDERS_AHEAD: usize = 8;
/// S3's limit on a key, in bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

/// A name the walk came upon, not looked at yet.
#[derive(Debug)]
pub(super) enum Seen {
    Name {
        path: String,
        /// The kind that was listed: the item's place in the order of keys follows from it.
        is_directory: bool,
    },
    Unreadable {
        path: String,
        reason: ItemError,
    },
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
    folders: &'a Folders<'a>,
    prefix: &'a str,
    filters: &'a Filters,
    /// From the root down to the directory being read.
    levels: Vec<Level<'a>>,
    /// Found when a directory was opened, to be told before going on.
    pending: Option<Seen>,
}

#[derive(Debug)]
struct Level<'a> {
    /// Relative to the root: `/a/b`, empty for the root itself.
    path: String,
    names: Vec<Name>,
    /// The name to go on with.
    at: usize,
    /// The name to go on with in reading ahead.
    looked: usize,
    /// Directories among the names from `at` on, by their place.
    ahead: VecDeque<(usize, Pending<'a>)>,
}

impl<'a> Walk<'a> {
    /// Opens the root; `prefix` is that of the bucket's side, which counts into the length of keys.
    pub(super) fn new(
        folders: &'a Folders<'a>,
        prefix: &'a str,
        filters: &'a Filters,
    ) -> io::Result<Self> {
        let top = Level::new(String::new(), folders.ask(PathBuf::new()).names()?);
        Ok(Self { folders, prefix, filters, levels: vec![top], pending: None })
    }

    fn visit(&mut self, path: OsString, is_directory: bool) -> Option<Seen> {
        let path = match path.into_string() {
            Ok(path) => path,
            Err(path) => {
                let path = path.to_string_lossy().into_owned();
                let excluded = self.filters.exclude(&path);
                return (!excluded).then_some(Seen::Unreadable { path, reason: ItemError::Name });
            }
        };
        if self.filters.exclude(&path) {
            return None;
        }
        if is_directory {
            self.descend(&path);
        }
        if !self.filters.include(&path) {
            return None;
        }
        let long = |path| Seen::Unreadable { path, reason: ItemError::LongKey };
        Some(if self.is_too_long(&path, is_directory) {
            long(path)
        } else {
            Seen::Name { path, is_directory }
        })
    }

    /// The key itself is made only where it may be.
    fn is_too_long(&self, path: &str, is_directory: bool) -> bool {
        let at_most = self.prefix.len() + path.len() + "//".len();
        at_most > LONGEST_KEY && object_key(self.prefix, path, is_directory).len() > LONGEST_KEY
    }

    fn descend(&mut self, path: &str) {
        let names = match self.levels.last_mut() {
            Some(level) => level.folder(self.folders, self.filters, path).names(),
            None => self.folders.ask(PathBuf::from(path)).names(),
        };
        match names {
            Ok(names) => self.levels.push(Level::new(path.to_owned(), names)),
            // The look at the item itself tells what became of it.
            Err(error) if is_absent(&error) => {}
            Err(error) => {
                self.pending = Some(Seen::Unreadable {
                    path: path.to_owned(),
                    reason: ItemError::open(&error),
                });
            }
        }
    }
}

impl<'a> Level<'a> {
    fn new(path: String, names: Vec<Name>) -> Self {
        Self { path, names, at: 0, looked: 0, ahead: VecDeque::new() }
    }

    /// The path of the next name, and whether it is a directory.
    fn step(&mut self) -> Option<(OsString, bool)> {
        let Name { name, is_directory } = self.names.get(self.at)?;
        self.at += 1;
        Some((self.path_of(name), *is_directory))
    }

    fn path_of(&self, name: &OsStr) -> OsString {
        let mut path = OsString::with_capacity(self.path.len() + 1 + name.len());
        path.push(&self.path);
        path.push("/");
        path.push(name);
        path
    }

    /// The directory at the name that was stepped to, and has those behind it read meanwhile.
    fn folder(&mut self, folders: &Folders<'a>, filters: &Filters, path: &str) -> Pending<'a> {
        let here = self.at - 1;
        while self.ahead.pop_front_if(|(place, _)| *place < here).is_some() {}
        let found =
            self.ahead.pop_front_if(|(place, _)| *place == here).map(|(_, pending)| pending);
        let found = found.unwrap_or_else(|| folders.ask(PathBuf::from(path)));
        self.looked = self.looked.max(self.at);
        while self.ahead.len() < FOLDERS_AHEAD && folders.may_read_ahead() {
            let Some(Name { name, is_directory }) = self.names.get(self.looked) else { break };
            // Others are never descended into.
            let next = is_directory.then(|| self.path_of(name).into_string().ok()).flatten();
            if let Some(next) = next.filter(|path| !filters.exclude(path)) {
                self.ahead.push_back((self.looked, folders.ask(PathBuf::from(next))));
            }
            self.looked += 1;
        }
        found
    }
}

impl Iterator for Walk<'_> {
    type Item = Seen;

    fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some(pending) = self.pending.take() {
                return Some(pending);
            }
            let Some((path, is_directory)) = self.levels.last_mut()?.step() else {
                self.levels.pop();
                continue;
            };
            if let Some(seen) = self.visit(path, is_directory) {
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
            Seen::Name { path, is_directory } => match look(tree, &path, &mut folder) {
                Ok(stat) => still(item_of(path, &stat), is_directory),
                Err(error) => Found::Unreadable { path, reason: ItemError::open(&error) },
            },
        })
        .collect()
}

/// An item that became a directory, or ceased to be one, is not in the order of keys any more:
/// taken at its new key, it would make objects seem to have no file.
fn still(item: Item, was_directory: bool) -> Found {
    match item.is_directory() == was_directory {
        true => Found::Item(item),
        false => Found::Unreadable { path: item.path, reason: ItemError::OtherKind },
    }
}

/// Looks at an item; the open directory is kept for the next, which is mostly in the same one.
fn look(tree: &Tree, path: &str, folder: &mut Option<(String, OwnedFd)>) -> io::Result<Stat> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let kept = folder.take_if(|(path, _)| path == parent);
    let (_, opened) = folder.insert(match kept {
        Some(kept) => kept,
        None => (parent.to_owned(), tree.folder(Path::new(parent))?),
    });
    Ok(statat(&*opened, name, AtFlags::SYMLINK_NOFOLLOW)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use domain::posix::FileKind;
    use posix_files::MountedDirectory;

    use super::*;
    use crate::engine::read_ahead::with_readers;
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
        let tree = Tree::open(&MountedDirectory::new(root, "")).unwrap();
        let seen: Vec<_> =
            with_readers(&tree, |folders| Walk::new(folders, "", filters).unwrap().collect());
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
    fn what_is_read_ahead_comes_in_its_place() {
        let root = tempfile::tempdir().unwrap();
        let mut made = BTreeSet::new();
        for number in 0..500 {
            let parts = [
                format!("d{}/", number % 29),
                format!("e{}/", number % 7),
                format!("f{}/", number % 11),
            ];
            fs::create_dir_all(root.path().join(parts.concat())).unwrap();
            made.extend((1..=3).map(|depth| parts[..depth].concat()));
        }
        made.retain(|key| !key.starts_with("d3/") && !key.contains("/e4/f7/"));
        assert!(keys(root.path(), "/d3|*/e4/f7").iter().eq(&made));
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
    fn what_became_another_kind_since_it_was_listed_is_told_and_not_taken() {
        let root = tree();
        let tree = Tree::open(&MountedDirectory::new(root.path(), "")).unwrap();
        let filters = Filters::default();
        let seen: Vec<_> =
            with_readers(&tree, |folders| Walk::new(folders, "", &filters).unwrap().collect());
        fs::remove_file(root.path().join("a.txt")).unwrap();
        fs::create_dir(root.path().join("a.txt")).unwrap();
        fs::remove_dir_all(root.path().join("a/empty")).unwrap();
        symlink("x", root.path().join("a/empty")).unwrap();
        fs::remove_file(root.path().join("a0")).unwrap();
        let told: Vec<_> = look_at_each(&tree, seen)
            .into_iter()
            .filter_map(|found| match found {
                Found::Unreadable { path, reason } => Some(reason.line(&path)),
                Found::Item(_) => None,
            })
            .collect();
        let other = |path: &str| format!("{}: {path}", ItemError::OtherKind);
        let gone = "Failed to open source file /a0: No such file or directory".to_owned();
        assert_eq!(told, [other("/a.txt"), other("/a/empty"), gone]);
    }

    #[test]
    fn a_special_file_is_told_by_its_kind() {
        let root = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
        let found = found(root.path(), &Filters::default());
        assert!(
            matches!(&found[..], [Found::Item(item)] if item.kind == FileKind::Special),
            "{found:?}"
        );
    }
}
