#![doc = include_str!("../README.md")]

mod blocks;
mod run;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;
use std::vec::IntoIter;

pub use blocks::{read_block, write_block};
use run::RunExtent;

/// The bytes that are read ahead of each run.
const READ_AHEAD: usize = 8 << 10;

/// A record that can be sorted and kept in a file.
pub trait Record: Ord + Sized {
    /// Writes the record so that [`Record::read_from`] knows its end.
    ///
    /// # Errors
    /// When writing fails.
    fn write_to(&self, output: &mut impl Write) -> io::Result<()>;

    /// Reads the next record; `None` at the end of the input.
    ///
    /// # Errors
    /// When reading fails or the bytes are not those of a record.
    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>>;

    /// Returns the bytes that the record takes in memory, itself included.
    fn size_in_memory(&self) -> usize;
}

/// Collects records in any order.
#[derive(Debug)]
pub struct Sorter<T> {
    buffer: Vec<T>,
    buffered_bytes: usize,
    max_bytes: usize,
    runs: Vec<RunExtent>,
    file: Option<File>,
}

impl<T: Record> Sorter<T> {
    /// Returns a sorter that keeps records of about `max_bytes` in memory.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { buffer: Vec::new(), buffered_bytes: 0, max_bytes, runs: Vec::new(), file: None }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.runs.is_empty()
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When the temporary file can't be written.
    pub fn add(&mut self, record: T) -> io::Result<()> {
        // A stable sort takes as much space again as the records themselves.
        self.buffered_bytes += record.size_in_memory() + size_of::<T>();
        self.buffer.push(record);
        if self.buffered_bytes >= self.max_bytes { self.write_run() } else { Ok(()) }
    }

    /// Returns all records in order.
    ///
    /// # Errors
    /// When the temporary file can't be read.
    pub fn into_sorted(mut self) -> io::Result<SortedRecords<T>> {
        self.buffer.sort();
        let mut sources = Vec::with_capacity(self.runs.len() + 1);
        if let Some(file) = self.file.map(Arc::new) {
            sources.extend(self.runs.into_iter().map(|run| RecordSource::file(&file, run)));
        }
        sources.push(RecordSource::Memory(self.buffer.into_iter()));
        let mut sorted = SortedRecords { sources, heads: BinaryHeap::new() };
        (0..sorted.sources.len()).try_for_each(|source| sorted.read_head(source))?;
        Ok(sorted)
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.buffer.sort();
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut output = BufWriter::new(file);
        let start = output.stream_position()?;
        for record in self.buffer.drain(..) {
            record.write_to(&mut output)?;
        }
        let mut file = output.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.runs.push(RunExtent { start, end: file.stream_position()? });
        self.file = Some(file);
        self.buffered_bytes = 0;
        Ok(())
    }
}

/// Yields records in order.
#[derive(Debug)]
pub struct SortedRecords<T> {
    sources: Vec<RecordSource<T>>,
    heads: BinaryHeap<Reverse<MergeHead<T>>>,
}

impl<T: Record> SortedRecords<T> {
    /// Returns the record that comes next.
    #[must_use]
    pub fn peek(&self) -> Option<&T> {
        self.heads.peek().map(|Reverse(head)| &head.record)
    }

    fn read_head(&mut self, source: usize) -> io::Result<()> {
        let record = match &mut self.sources[source] {
            RecordSource::File(file) => T::read_from(file)?,
            RecordSource::Memory(rest) => rest.next(),
        };
        self.heads.extend(record.map(|record| Reverse(MergeHead { record, source })));
        Ok(())
    }
}

impl<T: Record> Iterator for SortedRecords<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        let Reverse(MergeHead { record, source }) = self.heads.pop()?;
        Some(self.read_head(source).map(|()| record))
    }
}

#[derive(Debug)]
enum RecordSource<T> {
    File(BufReader<run::RunReader>),
    Memory(IntoIter<T>),
}

impl<T> RecordSource<T> {
    fn file(file: &Arc<File>, run: RunExtent) -> Self {
        Self::File(BufReader::with_capacity(READ_AHEAD, run::RunReader::new(file, run)))
    }
}

/// The next record of a source; of equal records that of the earlier source comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MergeHead<T> {
    record: T,
    source: usize,
}
