//! A row as bytes that sort by path.

use std::io::{self, Read, Write};

use external_sort::Record;

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
        for bytes in [&self.path, &self.row] {
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            output.write_all(&length.to_le_bytes())?;
            output.write_all(bytes)?;
        }
        Ok(())
    }

    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut first = [0; 1];
        if input.read(&mut first)? == 0 {
            return Ok(None);
        }
        let mut rest = [0; 3];
        input.read_exact(&mut rest)?;
        let path = read_bytes(input, u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]]))?;
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        Ok(Some(Self { path, row: read_bytes(input, u32::from_le_bytes(length))? }))
    }

    fn size_in_memory(&self) -> usize {
        self.path.len() + self.row.len() + size_of::<Self>() + ALLOCATION_BYTES
    }
}

fn read_bytes(input: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}
