//! The metadata of a task's objects that earlier executions read, on disk: an object that has not
//! changed since needs no request of its own, only its share of a listing.
//!
//! Rule: an entry counts only for an object of which the listing *of this execution* shows that it
//! is the one of the entry ([`CacheEntry::describes`]). An entry that is missing, damaged or
//! outdated costs a `HeadObject` and nothing else; so the file is written without `fsync`.

mod changes;
mod entry;
mod file;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use self::changes::EntryChanges;
use self::entry::CacheEntry;
use self::file::{CacheHeader, CacheReader, write_merged};
use crate::engine::object_head::ObjectHead;

/// One task's cache while an execution of it runs. Changes are collected, and written when it ends.
#[derive(Debug)]
pub(crate) struct MetadataCache {
    path: PathBuf,
    header: CacheHeader,
    /// Whether an earlier execution wrote a file for the same bucket and prefix.
    exists: bool,
    changes: Mutex<EntryChanges>,
}

/// The entries in the order of their keys, read alongside the listing.
#[derive(Debug)]
pub(crate) struct CacheEntries {
    reader: Option<CacheReader>,
    next: Option<CacheEntry>,
}

impl MetadataCache {
    /// Opens the cache at `path`, which need not exist.
    pub(crate) fn open(path: PathBuf, bucket: &str, prefix: &str) -> Self {
        let fresh = CacheHeader::new(bucket, prefix);
        let found = CacheReader::open_file(&path).ok().map(|reader| reader.header().clone());
        let found = found.filter(|found| found.has_same_scope(&fresh));
        let exists = found.is_some();
        Self { path, header: found.unwrap_or(fresh), exists, changes: Mutex::default() }
    }

    /// Whether entries name versions, so that they need a listing of versions.
    pub(crate) fn names_versions(&self) -> bool {
        self.header.names_versions
    }

    pub(crate) fn open_entries(&self) -> CacheEntries {
        let reader = if self.exists { CacheReader::open_file(&self.path).ok() } else { None };
        CacheEntries { reader, next: None }
    }

    /// Keeps the metadata that S3 has just returned for an object.
    pub(crate) fn cache(&self, key: &str, head: &ObjectHead) {
        if let Some(entry) = CacheEntry::new(key, head) {
            self.lock_changes().add_change(key, Some(entry));
        }
    }

    /// Removes the entry of an object that does not exist any more.
    pub(crate) fn evict(&self, key: &str) {
        self.lock_changes().add_change(key, None);
    }

    /// Writes the changes, for the next execution.
    pub(crate) fn save(&self) -> io::Result<()> {
        let changes = std::mem::take(&mut *self.lock_changes());
        if changes.is_empty() {
            return Ok(());
        }
        let mut header = self.header.clone();
        header.names_versions |= changes.names_versions();
        let changes = changes.into_sorted()?;
        let old = if self.exists { CacheReader::open_file(&self.path).ok() } else { None };
        write_merged(&self.path, &header, old, changes)
    }

    fn lock_changes(&self) -> MutexGuard<'_, EntryChanges> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheEntries {
    /// Finds the metadata of a listed object; `stale` is called with the keys that the listing has
    /// passed.
    pub(crate) fn find_head(
        &mut self,
        listed: &crate::engine::scan::listed_object::ListedObject,
        mut stale: impl FnMut(&str),
    ) -> Option<ObjectHead> {
        loop {
            let entry = self.next.take().or_else(|| self.reader.as_mut()?.next())?;
            match entry.key.as_str().cmp(&listed.key) {
                std::cmp::Ordering::Less => stale(&entry.key),
                std::cmp::Ordering::Equal => {
                    return entry.describes(listed).then(|| entry.into_head(listed));
                }
                std::cmp::Ordering::Greater => {
                    self.next = Some(entry);
                    return None;
                }
            }
        }
    }

    /// Calls `stale` with the keys behind the last listed object.
    pub(crate) fn visit_rest(&mut self, mut stale: impl FnMut(&str)) {
        while let Some(entry) = self.next.take().or_else(|| self.reader.as_mut()?.next()) {
            stale(&entry.key);
        }
    }
}

/// Removes the file of a task's cache, if there is one.
pub(crate) fn remove_cache_file(path: &std::path::Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("`{}` could not be removed: {error}", path.display());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
