//! A list on disk, for the results that one phase hands to the next: they are as many as the file
//! system has items.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of a record's length. A record is its JSON between two copies of its length, so that
/// the list can be read from either end.
const LENGTH: usize = size_of::<u32>();

/// An unnamed temporary file of records; the system removes it with this value, also after a
/// crash.
#[derive(Debug)]
pub(crate) struct RecordList<T> {
    file: BufWriter<File>,
    len: u64,
    records: PhantomData<fn(T) -> T>,
}

/// An iterator from the first record to the last.
#[derive(Debug)]
pub(crate) struct ForwardRecords<T> {
    file: BufReader<File>,
    left: u64,
    records: PhantomData<fn(T) -> T>,
}

/// An iterator from the last record to the first.
#[derive(Debug)]
pub(crate) struct BackwardRecords<T> {
    file: File,
    end: u64,
    records: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> RecordList<T> {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), len: 0, records: PhantomData })
    }

    pub(crate) fn push(&mut self, record: &T) -> io::Result<()> {
        let text = serde_json::to_vec(record)?;
        let length = u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes();
        self.file.write_all(&length)?;
        self.file.write_all(&text)?;
        self.file.write_all(&length)?;
        self.len += 1;
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn into_forward(self) -> io::Result<ForwardRecords<T>> {
        let (len, mut file) = (self.len, self.into_file()?);
        file.rewind()?;
        Ok(ForwardRecords { file: BufReader::new(file), left: len, records: PhantomData })
    }

    pub(crate) fn into_backward(self) -> io::Result<BackwardRecords<T>> {
        let mut file = self.into_file()?;
        let end = file.seek(SeekFrom::End(0))?;
        Ok(BackwardRecords { file, end, records: PhantomData })
    }

    fn into_file(self) -> io::Result<File> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<T: DeserializeOwned> Iterator for ForwardRecords<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        self.left = self.left.checked_sub(1)?;
        Some(read_record(&mut self.file, true))
    }
}

impl<T: DeserializeOwned> BackwardRecords<T> {
    fn read_previous(&mut self) -> io::Result<T> {
        let mut length = [0; LENGTH];
        self.file.seek(SeekFrom::Start(self.end - LENGTH as u64))?;
        self.file.read_exact(&mut length)?;
        self.end -= u64::from(u32::from_le_bytes(length)) + 2 * LENGTH as u64;
        self.file.seek(SeekFrom::Start(self.end))?;
        read_record(&mut self.file, false)
    }
}

impl<T: DeserializeOwned> Iterator for BackwardRecords<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        if self.end == 0 { None } else { Some(self.read_previous()) }
    }
}

fn read_record<T: DeserializeOwned>(file: &mut impl Read, and_trailer: bool) -> io::Result<T> {
    let mut length = [0; LENGTH];
    file.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_le_bytes(length) as usize];
    file.read_exact(&mut text)?;
    if and_trailer {
        file.read_exact(&mut length)?;
    }
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of_1000() -> RecordList<String> {
        let mut list = RecordList::new().unwrap();
        for number in 0..1000 {
            list.push(&"x".repeat(number)).unwrap();
        }
        list
    }

    #[test]
    fn records_come_back_from_either_end() {
        let lengths = |records: &mut dyn Iterator<Item = io::Result<String>>| -> Vec<usize> {
            records.map(|record| record.unwrap().len()).collect()
        };
        assert_eq!(list_of_1000().len(), 1000);
        assert_eq!(
            lengths(&mut list_of_1000().into_forward().unwrap()),
            (0..1000).collect::<Vec<_>>()
        );
        assert_eq!(
            lengths(&mut list_of_1000().into_backward().unwrap()),
            (0..1000).rev().collect::<Vec<_>>()
        );
        assert!(RecordList::<String>::new().unwrap().into_backward().unwrap().next().is_none());
    }
}
