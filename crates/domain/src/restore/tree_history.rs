//! The tree at one time: a path is a file or a directory, so `a` and `a/…` never existed together.
//! The bucket may hold both, as S3 keeps deleted files (PRESERVE) and every older version.
//!
//! Rule: the later version shows which of them existed. Anything below `a` from before `a` was a
//! file, and not written again since, is undecided: DataSync does not write an unchanged file
//! again, so nothing shows whether it was restored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::version_picker::ListedVersion;

/// Collects, from a listing in the order of keys, the files that also have versions below their
/// path.
#[derive(Clone, Debug)]
pub struct TreeHistoryBuilder {
    moment: DateTime<Utc>,
    current: Option<Current>,
    /// Each one's key begins with that of the one before.
    open: Vec<(String, KindChange)>,
    changes: BTreeMap<String, KindChange>,
}

#[derive(Clone, Debug)]
struct Current {
    key: String,
    deleted: bool,
    has_version: bool,
}

/// A path that was a file at one time and a directory at another.
#[derive(Clone, Copy, Debug)]
struct KindChange {
    /// The time of the file's last version.
    file: DateTime<Utc>,
    /// No delete marker is on top of that version.
    stands: bool,
    /// The time of the last version of anything below.
    below: Option<DateTime<Utc>>,
}

/// The file types of paths at one time.
#[derive(Clone, Debug, Default)]
pub struct TreeHistory {
    changes: BTreeMap<String, KindChange>,
}

/// The answer for one version that no delete marker hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    Existed,
    /// The path named here, a part of the version's own, was of the other kind by then, as its
    /// version of that time tells.
    DidNotExist {
        key: String,
        since: DateTime<Utc>,
    },
    /// The versions do not tell. The reason names the path, a part of the version's own, that was
    /// both.
    Undecided {
        key: String,
        /// Of a file and a directory written within one second, the directory is restored.
        restored: bool,
    },
}

impl TreeHistoryBuilder {
    #[must_use]
    pub fn new(moment: DateTime<Utc>) -> Self {
        Self { moment, current: None, open: Vec::new(), changes: BTreeMap::new() }
    }

    /// Takes the next line of the listing.
    pub fn add_version(&mut self, listed: &ListedVersion) {
        if listed.last_modified > self.moment {
            return;
        }
        let is_first = self.current.as_ref().is_none_or(|current| current.key != listed.key);
        if is_first {
            let key = listed.key.clone();
            self.current = Some(Current { key, deleted: listed.deleted, has_version: false });
        }
        let Some(current) =
            self.current.as_mut().filter(|current| !listed.deleted && !current.has_version)
        else {
            return;
        };
        current.has_version = true;
        let stands = !current.deleted;
        self.note_version(&listed.key, listed.last_modified, stands);
    }

    /// Whether nothing noted so far can be in the way of what follows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.changes.is_empty()
    }

    fn note_version(&mut self, key: &str, at: DateTime<Utc>, stands: bool) {
        while let Some((above, change)) =
            self.open.pop_if(|(above, _)| !key.starts_with(above.as_str()))
        {
            self.close_path(above, change);
        }
        for (above, change) in &mut self.open {
            if key.as_bytes().get(above.len()) == Some(&b'/') {
                change.below = change.below.max(Some(at));
            }
        }
        if !key.ends_with('/') {
            self.open.push((key.to_owned(), KindChange { file: at, stands, below: None }));
        }
    }

    fn close_path(&mut self, key: String, change: KindChange) {
        if change.below.is_some() {
            self.changes.insert(key, change);
        }
    }

    /// The listing is at its end.
    #[must_use]
    pub fn finish(mut self) -> TreeHistory {
        while let Some((key, change)) = self.open.pop() {
            self.close_path(key, change);
        }
        TreeHistory { changes: self.changes }
    }
}

impl TreeHistory {
    /// Adds the history of other paths.
    pub fn merge_history(&mut self, other: Self) {
        self.changes.extend(other.changes);
    }

    /// Returns whether the version of this key, written at this time, can have existed.
    #[must_use]
    pub fn existence_of(&self, key: &str, at: DateTime<Utc>) -> Existence {
        if self.changes.is_empty() {
            return Existence::Existed;
        }
        let mut undecided = None;
        for (end, _) in key.match_indices('/') {
            let above = &key[..end];
            let Some(change) = self.changes.get(above) else { continue };
            if change.stands && Some(change.file) > change.below {
                return Existence::DidNotExist { key: above.to_owned(), since: change.file };
            }
            if at <= change.file || (change.stands && Some(change.file) == change.below) {
                undecided = Some(Existence::Undecided { key: above.to_owned(), restored: true });
            }
        }
        if let Some((change, below)) =
            self.changes.get(key).and_then(|change| Some((change, change.below?)))
        {
            if below > change.file {
                return Existence::DidNotExist { key: key.to_owned(), since: below };
            }
            if below == change.file {
                return Existence::Undecided { key: key.to_owned(), restored: false };
            }
        }
        undecided.unwrap_or(Existence::Existed)
    }
}

#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod tests;
