//! The directory tree, name by name in the order of object keys.
//!
//! A directory sorts as its name with a slash, so that a depth-first walk gives exactly S3's order
//! of keys. Memory holds one directory's names per level, and those of a few directories that are
//! read ahead. [`scan_names`] reads the items, so that many threads can share it: on a network file
//! system every read is a round trip.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use domain::report::object_key;
use rustix::fs::{AtFlags, Stat, statat};

use crate::engine::item::FileItem;
use crate::engine::item_error::{ItemError, is_absent};
use crate::engine::scan::filter::FilterSet;
use crate::engine::scan::read_ahead::{DirectoryReaders, PendingDirectory};
use crate::engine::tree::{DirectoryEntry, DirectoryTree};

/// The number of directories read ahead on each level.
const DIRECTORIES_AHEAD: usize = 8;
/// S3's limit on a key, in bytes of UTF-8.
const LONGEST_KEY: usize = 1024;

/// A name that the walk came upon, before its item is read.
#[derive(Debug)]
pub(crate) enum WalkedName {
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

/// The item at a name.
#[derive(Debug)]
pub(crate) enum ScannedItem {
    /// An item, possibly of a kind that no object can stand for.
    Item(FileItem),
    /// A name that could not be read or be a key. The items below it are not known.
    Unreadable { path: String, reason: ItemError },
}

/// An iterator over the names of the tree.
#[derive(Debug)]
pub(crate) struct TreeWalk<'a> {
    readers: &'a DirectoryReaders<'a>,
    prefix: &'a str,
    filters: &'a FilterSet,
    /// From the root down to the directory being read.
    levels: Vec<Level<'a>>,
    /// An error of opening a directory, to be returned before the next name.
    pending: Option<WalkedName>,
}

#[derive(Debug)]
struct Level<'a> {
    /// Relative to the root: `/a/b`, empty for the root itself.
    path: String,
    names: Vec<DirectoryEntry>,
    /// The index of the next name.
    next: usize,
    /// The index of the next name to read ahead.
    next_ahead: usize,
    /// Directories that are read ahead, by their index.
    ahead: VecDeque<(usize, PendingDirectory<'a>)>,
}

impl<'a> TreeWalk<'a> {
    /// Opens the root; the bucket's `prefix` counts into the length of keys.
    pub(crate) fn new(
        readers: &'a DirectoryReaders<'a>,
        prefix: &'a str,
        filters: &'a FilterSet,
    ) -> io::Result<Self> {
        let top =
            Level::new(String::new(), readers.request_directory(PathBuf::new()).wait_for_names()?);
        Ok(Self { readers, prefix, filters, levels: vec![top], pending: None })
    }

    /// Reports a name that is not UTF-8, unless the filters exclude it.
    fn visit_bad_name(&self, path: &OsStr) -> Option<WalkedName> {
        let path = path.to_string_lossy().into_owned();
        let excluded = self.filters.excludes_path(&path);
        (!excluded).then_some(WalkedName::Unreadable { path, reason: ItemError::Name })
    }

    fn visit_name(&mut self, path: OsString, is_directory: bool) -> Option<WalkedName> {
        let path = match path.into_string() {
            Ok(path) => path,
            Err(path) => return self.visit_bad_name(&path),
        };
        if self.filters.excludes_path(&path) {
            return None;
        }
        if is_directory {
            self.enter_directory(&path);
        }
        if !self.filters.includes_path(&path) {
            return None;
        }
        Some(if self.is_too_long(&path, is_directory) {
            WalkedName::Unreadable { path, reason: ItemError::LongKey }
        } else {
            WalkedName::Name { path, is_directory }
        })
    }

    /// Whether the key is too long. The key is built only where it may be.
    fn is_too_long(&self, path: &str, is_directory: bool) -> bool {
        let at_most = self.prefix.len() + path.len() + "//".len();
        at_most > LONGEST_KEY && object_key(self.prefix, path, is_directory).len() > LONGEST_KEY
    }

    fn enter_directory(&mut self, path: &str) {
        let names = match self.levels.last_mut() {
            Some(level) => level.take_directory(self.readers, self.filters, path).wait_for_names(),
            None => self.readers.request_directory(PathBuf::from(path)).wait_for_names(),
        };
        match names {
            Ok(names) => self.levels.push(Level::new(path.to_owned(), names)),
            // Reading the item itself gives the error.
            Err(error) if is_absent(&error) => {}
            Err(error) => {
                self.pending = Some(WalkedName::Unreadable {
                    path: path.to_owned(),
                    reason: ItemError::open_failed(&error),
                });
            }
        }
    }
}

impl<'a> Level<'a> {
    fn new(path: String, names: Vec<DirectoryEntry>) -> Self {
        Self { path, names, next: 0, next_ahead: 0, ahead: VecDeque::new() }
    }

    /// Takes the next name: its path, and whether it is a directory.
    fn next_name(&mut self) -> Option<(OsString, bool)> {
        let DirectoryEntry { name, is_directory } = self.names.get(self.next)?;
        self.next += 1;
        Some((self.path_of(name), *is_directory))
    }

    fn path_of(&self, name: &OsStr) -> OsString {
        let mut path = OsString::with_capacity(self.path.len() + 1 + name.len());
        path.push(&self.path);
        path.push("/");
        path.push(name);
        path
    }

    /// Takes the directory at the name that was taken last, and has the next ones read ahead.
    fn take_directory(
        &mut self,
        readers: &DirectoryReaders<'a>,
        filters: &FilterSet,
        path: &str,
    ) -> PendingDirectory<'a> {
        let here = self.next - 1;
        while self.ahead.pop_front_if(|(index, _)| *index < here).is_some() {}
        let read_ahead =
            self.ahead.pop_front_if(|(index, _)| *index == here).map(|(_, pending)| pending);
        let directory =
            read_ahead.unwrap_or_else(|| readers.request_directory(PathBuf::from(path)));
        self.next_ahead = self.next_ahead.max(self.next);
        self.read_ahead(readers, filters);
        directory
    }

    fn read_ahead(&mut self, readers: &DirectoryReaders<'a>, filters: &FilterSet) {
        while self.ahead.len() < DIRECTORIES_AHEAD && readers.may_read_ahead() {
            let Some(DirectoryEntry { name, is_directory }) = self.names.get(self.next_ahead)
            else {
                break;
            };
            // Other items have no names below them.
            let next = is_directory.then(|| self.path_of(name).into_string().ok()).flatten();
            if let Some(next) = next.filter(|path| !filters.excludes_path(path)) {
                self.ahead
                    .push_back((self.next_ahead, readers.request_directory(PathBuf::from(next))));
            }
            self.next_ahead += 1;
        }
    }
}

impl Iterator for TreeWalk<'_> {
    type Item = WalkedName;

    fn next(&mut self) -> Option<WalkedName> {
        loop {
            if let Some(pending) = self.pending.take() {
                return Some(pending);
            }
            let Some((path, is_directory)) = self.levels.last_mut()?.next_name() else {
                self.levels.pop();
                continue;
            };
            if let Some(seen) = self.visit_name(path, is_directory) {
                return Some(seen);
            }
        }
    }
}

/// Reads the items at these names, in their order.
pub(crate) fn scan_names(tree: &DirectoryTree, names: Vec<WalkedName>) -> Vec<ScannedItem> {
    let mut open_directory = None;
    names
        .into_iter()
        .map(|name| match name {
            WalkedName::Unreadable { path, reason } => ScannedItem::Unreadable { path, reason },
            WalkedName::Name { path, is_directory } => {
                match stat_item(tree, &path, &mut open_directory) {
                    Ok(stat) => check_kind(FileItem::from_stat(path, &stat), is_directory),
                    Err(error) => {
                        ScannedItem::Unreadable { path, reason: ItemError::open_failed(&error) }
                    }
                }
            }
        })
        .collect()
}

/// Checks that the item is still a directory or still none. Otherwise it is not in the order of
/// keys any more: at its new key, it would make objects seem to have no file.
fn check_kind(item: FileItem, was_directory: bool) -> ScannedItem {
    match item.is_directory() == was_directory {
        true => ScannedItem::Item(item),
        false => ScannedItem::Unreadable { path: item.path, reason: ItemError::OtherKind },
    }
}

/// Reads an item's attributes. The open directory is kept for the next item, which is mostly in the
/// same one.
fn stat_item(
    tree: &DirectoryTree,
    path: &str,
    directory: &mut Option<(String, OwnedFd)>,
) -> io::Result<Stat> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let kept = directory.take_if(|(path, _)| path == parent);
    let (_, opened) = directory.insert(match kept {
        Some(kept) => kept,
        None => (parent.to_owned(), tree.open_directory(Path::new(parent))?),
    });
    Ok(statat(&*opened, name, AtFlags::SYMLINK_NOFOLLOW)?)
}

#[cfg(test)]
mod tests;
