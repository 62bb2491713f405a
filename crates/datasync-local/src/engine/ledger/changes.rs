//! What changes in the ledger, in any order, brought into the order of keys outside of memory:
//! sorted runs in a temporary file, merged when they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::Entry;

/// Changes held in memory.
const RUN: usize = 16 * 1024;
/// What is read ahead of each run.
const BUFFER: usize = 16 * 1024;

/// A key's new entry, or that it has none any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) key: String,
    pub(super) entry: Option<Entry>,
}

/// Gathers. Of two changes of a key the later counts.
#[derive(Debug, Default)]
pub(super) struct Changes {
    open: Vec<Change>,
    runs: Vec<Section>,
    file: Option<BufWriter<File>>,
    versions: bool,
    failure: Option<io::Error>,
    most: Option<usize>,
}

/// Where a run lies.
#[derive(Clone, Copy, Debug)]
struct Section {
    at: u64,
    end: u64,
}

impl Changes {
    pub(super) fn push(&mut self, key: &str, entry: Option<Entry>) {
        self.versions |= entry.as_ref().is_some_and(|entry| entry.version.is_some());
        self.open.push(Change { key: key.to_owned(), entry });
        if self.open.len() >= self.most.unwrap_or(RUN)
            && let Err(error) = self.end_run()
        {
            // Told when it is read; what comes until then is not kept either.
            self.failure = Some(error);
            self.open.clear();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.runs.is_empty() && self.failure.is_none()
    }

    /// Whether an entry among them names a version.
    pub(super) fn name_versions(&self) -> bool {
        self.versions
    }

    /// All of them, each key once.
    pub(super) fn into_sorted(mut self) -> io::Result<Sorted> {
        self.end_run()?;
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let Some(file) = self.file else { return Ok(Sorted::default()) };
        let file = Arc::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        let reader =
            |section| BufReader::with_capacity(BUFFER, Run { file: Arc::clone(&file), section });
        let mut sorted =
            Sorted { runs: self.runs.into_iter().map(reader).collect(), heads: BinaryHeap::new() };
        (0..sorted.runs.len()).try_for_each(|run| sorted.advance(run))?;
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
        self.runs.push(Section { at, end: file.stream_position()? });
        self.file = Some(file);
        Ok(())
    }
}

/// An iterator over the changes in the order of keys.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    runs: Vec<BufReader<Run>>,
    heads: BinaryHeap<Reverse<Head>>,
}

/// The next change of a run; of equal keys the latest run's comes first.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    change: Change,
    run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.change.key.cmp(&other.change.key).then(other.run.cmp(&self.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Sorted {
    fn advance(&mut self, run: usize) -> io::Result<()> {
        let mut line = Vec::new();
        self.runs[run].read_until(b'\n', &mut line)?;
        if !line.is_empty() {
            self.heads.push(Reverse(Head { change: serde_json::from_slice(&line)?, run }));
        }
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<Change>> {
        let Some(Reverse(head)) = self.heads.pop() else { return Ok(None) };
        self.advance(head.run)?;
        while let Some(Reverse(older)) = self.heads.peek()
            && older.change.key == head.change.key
        {
            let run = older.run;
            self.heads.pop();
            self.advance(run)?;
        }
        Ok(Some(head.change))
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Change>;

    fn next(&mut self) -> Option<io::Result<Change>> {
        self.take().transpose()
    }
}

/// A run being read; all of them share one open file.
#[derive(Debug)]
struct Run {
    file: Arc<File>,
    section: Section,
}

impl Read for Run {
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
mod tests {
    use super::*;

    #[test]
    fn the_latest_change_of_each_key_comes_in_the_order_of_keys() {
        let mut changes = Changes { most: Some(7), ..Changes::default() };
        let entry = |key: &str, size: u64| -> Entry {
            serde_json::from_value(serde_json::json!({ "k": key, "s": size, "e": "x", "v": "1" }))
                .unwrap()
        };
        for number in 0..100 {
            let key = format!("{:02}", number * 37 % 50);
            changes.push(&key, (number % 3 > 0).then(|| entry(&key, number)));
        }
        let sorted: Vec<_> = changes.into_sorted().unwrap().map(Result::unwrap).collect();
        assert_eq!(sorted.len(), 50);
        assert!(sorted.is_sorted_by_key(|change| change.key.clone()));
        for change in sorted {
            let latest = (0..100)
                .rev()
                .find(|number| format!("{:02}", number * 37 % 50) == change.key)
                .unwrap();
            assert_eq!(change.entry, (latest % 3 > 0).then(|| entry(&change.key, latest)));
        }
        assert!(Changes::default().is_empty());
        assert!(Changes::default().into_sorted().unwrap().next().is_none());
    }
}
