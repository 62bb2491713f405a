//! What earlier executions of a task learnt about its objects, on disk, so that what nobody has
//! changed since costs its share of a listing and no request of its own.
//!
//! Rule: the ledger is never believed by itself. An entry counts only for an object of which the
//! listing *of this execution* shows that it is the very one the entry was made of
//! ([`Entry::is_of`]). Whatever is missing, damaged or outdated in it costs a `HeadObject` and
//! nothing else; so it is written without `fsync`.

mod changes;
mod entry;
mod file;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use self::changes::Changes;
pub(super) use self::entry::{Entry, Told};
use self::file::{Header, Reader, merged};
use super::object::Object;

/// One task's ledger while an execution of it runs. Changes are gathered, and written when it ends.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    header: Header,
    /// An earlier execution left one for the same bucket and prefix.
    there: bool,
    changes: Mutex<Changes>,
}

/// The entries in the order of their keys, read alongside the listing.
#[derive(Debug)]
pub(super) struct Entries {
    reader: Option<Reader>,
    next: Option<Entry>,
}

impl Ledger {
    /// The ledger at `path`; it need not be there.
    pub(super) fn open(path: PathBuf, bucket: &str, prefix: &str) -> Self {
        let fresh = Header::new(bucket, prefix);
        let found = Reader::open(&path).ok().map(|reader| reader.header().clone());
        let found = found.filter(|found| found.is_about(&fresh));
        let there = found.is_some();
        Self { path, header: found.unwrap_or(fresh), there, changes: Mutex::default() }
    }

    /// Whether entries name versions, so that a listing of versions makes use of them.
    pub(super) fn names_versions(&self) -> bool {
        self.header.versions
    }

    pub(super) fn entries(&self) -> Entries {
        let reader = if self.there { Reader::open(&self.path).ok() } else { None };
        Entries { reader, next: None }
    }

    /// Keeps what S3 has told of an object just now.
    pub(super) fn learn(&self, key: &str, told: Told) {
        if let Some(entry) = Entry::new(key, told) {
            self.lock().push(key, Some(entry));
        }
    }

    /// There is no such object any more.
    pub(super) fn forget(&self, key: &str) {
        self.lock().push(key, None);
    }

    /// Writes what was learnt, to be used by the next execution.
    pub(super) fn close(&self) -> io::Result<()> {
        let changes = std::mem::take(&mut *self.lock());
        if changes.is_empty() {
            return Ok(());
        }
        let mut header = self.header.clone();
        header.versions |= changes.name_versions();
        let changes = changes.into_sorted()?;
        let old = if self.there { Reader::open(&self.path).ok() } else { None };
        merged(&self.path, &header, old, changes)
    }

    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// What is known of the object that the listing shows; `stale` is told the keys that the
    /// listing has passed by.
    pub(super) fn at(
        &mut self,
        listed: &super::listing::Listed,
        mut stale: impl FnMut(&str),
    ) -> Option<Object> {
        loop {
            let entry = self.next.take().or_else(|| self.reader.as_mut()?.next())?;
            match entry.key.as_str().cmp(&listed.key) {
                std::cmp::Ordering::Less => stale(&entry.key),
                std::cmp::Ordering::Equal => {
                    return entry.is_of(listed).then(|| entry.into_object(listed));
                }
                std::cmp::Ordering::Greater => {
                    self.next = Some(entry);
                    return None;
                }
            }
        }
    }

    /// The keys behind the last that is listed.
    pub(super) fn rest(&mut self, mut stale: impl FnMut(&str)) {
        while let Some(entry) = self.next.take().or_else(|| self.reader.as_mut()?.next()) {
            stale(&entry.key);
        }
    }
}

/// Removes a task's ledger; that there is none is as good.
pub(crate) fn remove(path: &std::path::Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("`{}` could not be removed: {error}", path.display());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
