//! The ledger's file: a header and one line an entry, in the order of keys, each line with the
//! checksum of its JSON.
//!
//! Reading ends at the first line that is not as it was written; what is behind it counts as
//! absent.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::changes::{Change, Sorted};
use super::entry::Entry;

/// To be counted up with every change of meaning; others are not read.
const FORMAT: u32 = 1;
const BUFFER: usize = 128 * 1024;
/// Hexadecimal digits of the checksum and a space.
const CHECKSUM: usize = 9;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    format: u32,
    bucket: String,
    prefix: String,
    /// Whether any entry names a version.
    pub(super) versions: bool,
}

#[derive(Debug)]
pub(super) struct Reader {
    file: BufReader<File>,
    header: Header,
    line: Vec<u8>,
    last: String,
}

/// The part of an entry that tells its place.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(rename = "k", borrow)]
    key: std::borrow::Cow<'a, str>,
}

impl Header {
    pub(super) fn new(bucket: &str, prefix: &str) -> Self {
        Self {
            format: FORMAT,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            versions: false,
        }
    }

    pub(super) fn is_about(&self, other: &Self) -> bool {
        self.format == other.format && self.bucket == other.bucket && self.prefix == other.prefix
    }
}

impl Reader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
        let mut line = Vec::new();
        let header =
            read_line(&mut file, &mut line).and_then(|text| serde_json::from_slice(text).ok());
        let header = header.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { file, header, line, last: String::new() })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The next line as it stands, with the key in it.
    fn next_line(&mut self) -> Option<(String, &[u8])> {
        let text = read_line(&mut self.file, &mut self.line)?;
        let key = serde_json::from_slice::<Place<'_>>(text).ok()?.key.into_owned();
        Some((key, &self.line))
    }
}

impl Iterator for Reader {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let text = read_line(&mut self.file, &mut self.line)?;
        let entry: Entry = serde_json::from_slice(text).ok()?;
        // What is out of place would be taken for absent, which costs no more; but nothing behind
        // it can be trusted.
        if !self.last.is_empty() && self.last >= entry.key {
            return None;
        }
        self.last.clone_from(&entry.key);
        Some(entry)
    }
}

/// The JSON of the next line; `None` at the end, and where the line is damaged.
fn read_line<'a>(file: &mut impl BufRead, line: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    line.clear();
    file.read_until(b'\n', line).ok()?;
    let (checksum, text) = line.strip_suffix(b"\n")?.split_at_checked(CHECKSUM)?;
    let told = u32::from_str_radix(str::from_utf8(checksum).ok()?.trim_end(), 16).ok()?;
    (told == crc32fast::hash(text)).then_some(text)
}

fn write_line(file: &mut impl Write, text: &[u8]) -> io::Result<()> {
    write!(file, "{:08x} ", crc32fast::hash(text))?;
    file.write_all(text)?;
    file.write_all(b"\n")
}

/// Puts a new file in the place of the old one: the old entries with the changes.
pub(super) fn merged(
    path: &Path,
    header: &Header,
    mut old: Option<Reader>,
    mut changes: Sorted,
) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension("new");
    let mut file = BufWriter::with_capacity(BUFFER, File::create(&temporary)?);
    write_line(&mut file, &serde_json::to_vec(header)?)?;
    let mut change = changes.next().transpose()?;
    while let Some((key, line)) = old.as_mut().and_then(Reader::next_line) {
        let mut replaced = false;
        while let Some(next) = change.take_if(|change| change.key <= key) {
            replaced = next.key.cmp(&key) == Ordering::Equal;
            write_change(&mut file, &next)?;
            change = changes.next().transpose()?;
        }
        if !replaced {
            file.write_all(line)?;
        }
    }
    while let Some(next) = change {
        write_change(&mut file, &next)?;
        change = changes.next().transpose()?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::rename(&temporary, path)
}

fn write_change(file: &mut impl Write, change: &Change) -> io::Result<()> {
    match &change.entry {
        Some(entry) => write_line(file, &serde_json::to_vec(entry)?),
        None => Ok(()),
    }
}
