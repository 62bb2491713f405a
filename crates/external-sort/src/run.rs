//! Sorted runs of one file, read side by side.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// The place of a run in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunExtent {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Reads one run; all readers share one open file.
#[derive(Debug)]
pub(crate) struct RunReader {
    file: Arc<File>,
    left: RunExtent,
}

impl RunReader {
    pub(crate) fn new(file: &Arc<File>, run: RunExtent) -> Self {
        Self { file: Arc::clone(file), left: run }
    }
}

impl Read for RunReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let read = self.file.read_at(&mut buffer[..length], self.left.start)?;
        self.left.start += read as u64;
        Ok(read)
    }
}
