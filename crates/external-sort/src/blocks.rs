//! Bytes behind their length, from which a record may be built.

use std::io::{self, Read, Write};

/// Writes bytes behind their length.
///
/// # Errors
/// When writing fails, or for more than 4 GiB.
pub fn write_block(output: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(bytes)
}

/// Reads the next bytes; `None` at the end of the input.
///
/// # Errors
/// When reading fails or the input ends within the bytes.
pub fn read_block(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut first = [0; 1];
    if input.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut rest = [0; 3];
    input.read_exact(&mut rest)?;
    let length = u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]]);
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
