//! Changes of the cache, sorted by key outside of memory.

use std::cmp::Ordering;
use std::io::{self, Read, Write};

use external_sort::{Record, SortedRecords, Sorter, read_block, write_block};
use serde::{Deserialize, Serialize};

use super::entry::CacheEntry;

/// The memory of the changes that are not written to a file yet.
const SORT_BYTES: usize = 4 << 20;
/// An estimate of the texts of an entry, besides its key.
const ENTRY_TEXT_BYTES: usize = 128;

/// A key's new entry; `None` when it has none any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryChange {
    pub(crate) key: String,
    pub(crate) entry: Option<CacheEntry>,
}

/// The changes of one execution. Of two changes of a key the later counts.
#[derive(Debug)]
pub(crate) struct EntryChanges {
    sorter: Sorter<ChangeByKey>,
    names_versions: bool,
    failure: Option<io::Error>,
}

impl Default for EntryChanges {
    fn default() -> Self {
        Self::with_memory(SORT_BYTES)
    }
}

impl EntryChanges {
    fn with_memory(max_bytes: usize) -> Self {
        Self { sorter: Sorter::new(max_bytes), names_versions: false, failure: None }
    }

    pub(crate) fn add_change(&mut self, key: &str, entry: Option<CacheEntry>) {
        self.names_versions |= entry.as_ref().is_some_and(|entry| entry.version.is_some());
        // Reading returns the error; the changes after it are lost, too.
        if self.failure.is_none() {
            let change = ChangeByKey(EntryChange { key: key.to_owned(), entry });
            self.failure = self.sorter.add(change).err();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sorter.is_empty() && self.failure.is_none()
    }

    /// Whether an entry among them names a version.
    pub(crate) fn names_versions(&self) -> bool {
        self.names_versions
    }

    /// All changes in the order of keys, each key once.
    pub(crate) fn into_sorted(self) -> io::Result<SortedChanges> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(SortedChanges(self.sorter.into_sorted()?)),
        }
    }
}

/// An iterator over the changes in the order of keys.
#[derive(Debug)]
pub(crate) struct SortedChanges(SortedRecords<ChangeByKey>);

impl Iterator for SortedChanges {
    type Item = io::Result<EntryChange>;

    fn next(&mut self) -> Option<io::Result<EntryChange>> {
        let mut latest = self.0.next();
        while let Some(Ok(change)) = &latest
            && self.0.peek() == Some(change)
        {
            latest = self.0.next();
        }
        latest.map(|change| change.map(|ChangeByKey(change)| change))
    }
}

/// A change, compared by its key alone.
#[derive(Debug)]
struct ChangeByKey(EntryChange);

impl Ord for ChangeByKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.key.cmp(&other.0.key)
    }
}

impl PartialOrd for ChangeByKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ChangeByKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for ChangeByKey {}

/// Its JSON behind its length.
impl Record for ChangeByKey {
    fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        write_block(output, &serde_json::to_vec(&self.0)?)
    }

    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let Some(json) = read_block(input)? else { return Ok(None) };
        Ok(Some(Self(serde_json::from_slice(&json)?)))
    }

    fn size_in_memory(&self) -> usize {
        size_of::<Self>() + 2 * self.0.key.len() + ENTRY_TEXT_BYTES
    }
}

#[cfg(test)]
mod tests;
