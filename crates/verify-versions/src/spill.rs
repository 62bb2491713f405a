//! Rows in the order of their paths, sorted outside of memory: full buffers are sorted and written
//! to temporary files, which are read again side by side.
//!
//! Memory: one buffer of [`BUFFER_BYTES`] with its index while rows come, one row and
//! [`READ_BYTES`] per file after that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

const BUFFER_BYTES: usize = 8 << 20;
const READ_BYTES: usize = 8 << 10;

/// One row, as bytes that sort by path first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    pub(crate) path: Vec<u8>,
    pub(crate) row: Vec<u8>,
}

/// Takes rows in any order.
#[derive(Debug)]
pub(crate) struct Spill {
    records: Vec<Record>,
    bytes: usize,
    full: usize,
    files: Vec<File>,
}

impl Default for Spill {
    fn default() -> Self {
        Self { records: Vec::new(), bytes: 0, full: BUFFER_BYTES, files: Vec::new() }
    }
}

impl Spill {
    pub(crate) fn add(&mut self, record: Record) -> io::Result<()> {
        // What a vector costs besides its bytes.
        self.bytes += record.path.len() + record.row.len() + size_of::<Record>() + 32;
        self.records.push(record);
        if self.bytes >= self.full { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.records.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for record in self.records.drain(..) {
            write(&mut file, &record)?;
        }
        self.bytes = 0;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.files.push(file);
        Ok(())
    }

    /// All rows, in order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
        self.records.sort_unstable();
        let files = self
            .files
            .into_iter()
            .map(|file| Source::File(BufReader::with_capacity(READ_BYTES, file)));
        let sources = files.chain([Source::Memory(self.records.into_iter())]).collect();
        let mut sorted = Sorted { sources, heads: BinaryHeap::new() };
        (0..sorted.sources.len()).try_for_each(|source| sorted.advance(source))?;
        Ok(sorted)
    }
}

/// Reads the rows in order.
#[derive(Debug)]
pub(crate) struct Sorted {
    sources: Vec<Source>,
    heads: BinaryHeap<Reverse<(Record, usize)>>,
}

#[derive(Debug)]
enum Source {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Record>),
}

impl Sorted {
    fn advance(&mut self, source: usize) -> io::Result<()> {
        let record = match &mut self.sources[source] {
            Source::File(file) => read(file)?,
            Source::Memory(rest) => rest.next(),
        };
        self.heads.extend(record.map(|record| Reverse((record, source))));
        Ok(())
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        let Some(Reverse((record, source))) = self.heads.pop() else { return Ok(None) };
        self.advance(source)?;
        Ok(Some(record))
    }

    /// The path that comes next.
    pub(crate) fn next_path(&self) -> Option<&[u8]> {
        self.heads.peek().map(|Reverse((record, _))| record.path.as_slice())
    }
}

pub(crate) fn write(to: &mut impl Write, record: &Record) -> io::Result<()> {
    for bytes in [&record.path, &record.row] {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(bytes)?;
    }
    Ok(())
}

/// The next record, `None` at the end.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<Record>> {
    let mut first = [0; 1];
    if from.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut rest = [0; 3];
    from.read_exact(&mut rest)?;
    let path = read_bytes(from, u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]]))?;
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    Ok(Some(Record { path, row: read_bytes(from, u32::from_le_bytes(length))? }))
}

fn read_bytes(from: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order_from_memory_and_from_files() {
        for full in [1, 500, usize::MAX] {
            let mut spill = Spill { full, ..Spill::default() };
            let mut expected = Vec::new();
            for n in 0_u32..300 {
                let name = format!("/{}", n.wrapping_mul(2_654_435_761) % 97);
                let record = Record { path: name.into_bytes(), row: n.to_le_bytes().to_vec() };
                expected.push(record.clone());
                spill.add(record).unwrap();
            }
            expected.sort();
            let mut sorted = spill.sorted().unwrap();
            let mut found = Vec::new();
            while let Some(record) = sorted.next().unwrap() {
                found.push(record);
            }
            assert!(found == expected, "{full}");
        }
    }
}
