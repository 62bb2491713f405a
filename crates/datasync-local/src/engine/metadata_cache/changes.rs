//! Changes of the cache, sorted by key outside of memory: sorted runs in a temporary file are
//! merged when they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::CacheEntry;

/// The number of changes held in memory.
const RUN_LENGTH: usize = 16 * 1024;
/// The bytes read ahead of each run.
const BUFFER: usize = 16 * 1024;

/// A key's new entry; `None` when it has none any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryChange {
    pub(crate) key: String,
    pub(crate) entry: Option<CacheEntry>,
}

/// The changes of one execution. Of two changes of a key the later counts.
#[derive(Debug, Default)]
pub(crate) struct EntryChanges {
    open: Vec<EntryChange>,
    runs: Vec<RunSection>,
    file: Option<BufWriter<File>>,
    names_versions: bool,
    failure: Option<io::Error>,
    /// The run length in tests.
    run_length: Option<usize>,
}

/// The place of a run in the file.
#[derive(Clone, Copy, Debug)]
struct RunSection {
    at: u64,
    end: u64,
}

impl EntryChanges {
    pub(crate) fn add_change(&mut self, key: &str, entry: Option<CacheEntry>) {
        self.names_versions |= entry.as_ref().is_some_and(|entry| entry.version.is_some());
        self.open.push(EntryChange { key: key.to_owned(), entry });
        if self.open.len() >= self.run_length.unwrap_or(RUN_LENGTH)
            && let Err(error) = self.end_run()
        {
            // Reading returns the error; the changes until then are lost, too.
            self.failure = Some(error);
            self.open.clear();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.runs.is_empty() && self.failure.is_none()
    }

    /// Whether an entry among them names a version.
    pub(crate) fn names_versions(&self) -> bool {
        self.names_versions
    }

    /// All changes in the order of keys, each key once.
    pub(crate) fn into_sorted(mut self) -> io::Result<SortedChanges> {
        self.end_run()?;
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let Some(file) = self.file else { return Ok(SortedChanges::default()) };
        let file = Arc::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        let reader = |section| {
            BufReader::with_capacity(BUFFER, SortedRun { file: Arc::clone(&file), section })
        };
        let mut sorted = SortedChanges {
            runs: self.runs.into_iter().map(reader).collect(),
            heads: BinaryHeap::new(),
        };
        (0..sorted.runs.len()).try_for_each(|run| sorted.read_head(run))?;
        Ok(sorted)
    }

    fn end_run(&mut self) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        // Stable: of equal keys the last is the latest.
        self.open.sort_by(|left, right| left.key.cmp(&right.key));
        let mut file = match self.file.take() {
            Some(file) => file,
            None => BufWriter::new(tempfile::tempfile()?),
        };
        let at = file.stream_position()?;
        let mut changes = self.open.drain(..).peekable();
        while let Some(change) = changes.next() {
            if changes.peek().is_none_or(|next| next.key != change.key) {
                serde_json::to_writer(&mut file, &change)?;
                file.write_all(b"\n")?;
            }
        }
        drop(changes);
        self.runs.push(RunSection { at, end: file.stream_position()? });
        self.file = Some(file);
        Ok(())
    }
}

/// An iterator over the changes in the order of keys.
#[derive(Debug, Default)]
pub(crate) struct SortedChanges {
    runs: Vec<BufReader<SortedRun>>,
    heads: BinaryHeap<Reverse<RunHead>>,
}

/// The next change of a run; of equal keys the latest run's comes first.
#[derive(Debug, PartialEq, Eq)]
struct RunHead {
    change: EntryChange,
    run: usize,
}

impl Ord for RunHead {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.change.key.cmp(&other.change.key).then(other.run.cmp(&self.run))
    }
}

impl PartialOrd for RunHead {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl SortedChanges {
    fn read_head(&mut self, run: usize) -> io::Result<()> {
        let mut line = Vec::new();
        self.runs[run].read_until(b'\n', &mut line)?;
        if !line.is_empty() {
            self.heads.push(Reverse(RunHead { change: serde_json::from_slice(&line)?, run }));
        }
        Ok(())
    }

    fn next_change(&mut self) -> io::Result<Option<EntryChange>> {
        let Some(Reverse(head)) = self.heads.pop() else { return Ok(None) };
        self.read_head(head.run)?;
        while let Some(Reverse(older)) = self.heads.peek()
            && older.change.key == head.change.key
        {
            let run = older.run;
            self.heads.pop();
            self.read_head(run)?;
        }
        Ok(Some(head.change))
    }
}

impl Iterator for SortedChanges {
    type Item = io::Result<EntryChange>;

    fn next(&mut self) -> Option<io::Result<EntryChange>> {
        self.next_change().transpose()
    }
}

/// A run that is being read; all runs share one open file.
#[derive(Debug)]
struct SortedRun {
    file: Arc<File>,
    section: RunSection,
}

impl Read for SortedRun {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.section.end - self.section.at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.file.read_at(&mut buffer[..left], self.section.at)?;
        self.section.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
