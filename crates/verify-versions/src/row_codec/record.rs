//! A row as bytes that sort by path.

use std::io::{self, Read, Write};

use external_sort::{Record, read_block, write_block};

/// The allocator's cost of two vectors.
const ALLOCATION_BYTES: usize = 32;

/// One row; the path comes first, so that rows sort by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowRecord {
    pub(crate) path: Vec<u8>,
    pub(crate) row: Vec<u8>,
}

impl Record for RowRecord {
    fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        write_block(output, &self.path)?;
        write_block(output, &self.row)
    }

    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let Some(path) = read_block(input)? else { return Ok(None) };
        let row = read_block(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Some(Self { path, row }))
    }

    fn size_in_memory(&self) -> usize {
        self.path.len() + self.row.len() + size_of::<Self>() + ALLOCATION_BYTES
    }
}
