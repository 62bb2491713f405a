//! The cache's file: a header and one line for each entry, in the order of keys, each line with the
//! checksum of its JSON.
//!
//! Reading ends at the first damaged line; the entries behind it count as absent.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::changes::{EntryChange, SortedChanges};
use super::entry::CacheEntry;

/// The version of the format, raised with every change of meaning; other versions are not read.
const FORMAT: u32 = 1;
const BUFFER: usize = 128 * 1024;
/// The length of the checksum's hexadecimal digits and a space.
const CHECKSUM: usize = 9;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheHeader {
    format: u32,
    bucket: String,
    prefix: String,
    /// Whether any entry names a version.
    #[serde(rename = "versions")]
    pub(crate) names_versions: bool,
}

#[derive(Debug)]
pub(crate) struct CacheReader {
    file: BufReader<File>,
    header: CacheHeader,
    line: Vec<u8>,
    last: String,
}

/// The key of an entry.
#[derive(Deserialize)]
struct EntryKey<'a> {
    #[serde(rename = "k", borrow)]
    key: std::borrow::Cow<'a, str>,
}

impl CacheHeader {
    pub(crate) fn new(bucket: &str, prefix: &str) -> Self {
        Self {
            format: FORMAT,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            names_versions: false,
        }
    }

    pub(crate) fn has_same_scope(&self, other: &Self) -> bool {
        self.format == other.format && self.bucket == other.bucket && self.prefix == other.prefix
    }
}

impl CacheReader {
    pub(crate) fn open_file(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
        let mut line = Vec::new();
        let header =
            read_line(&mut file, &mut line).and_then(|text| serde_json::from_slice(text).ok());
        let header = header.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { file, header, line, last: String::new() })
    }

    pub(crate) fn header(&self) -> &CacheHeader {
        &self.header
    }

    /// Reads the next line, and the key in it.
    fn next_line(&mut self) -> Option<(String, &[u8])> {
        let text = read_line(&mut self.file, &mut self.line)?;
        let key = serde_json::from_slice::<EntryKey<'_>>(text).ok()?.key.into_owned();
        Some((key, &self.line))
    }
}

impl Iterator for CacheReader {
    type Item = CacheEntry;

    fn next(&mut self) -> Option<CacheEntry> {
        let text = read_line(&mut self.file, &mut self.line)?;
        let entry: CacheEntry = serde_json::from_slice(text).ok()?;
        // A misplaced entry would only count as absent; but the entries behind it cannot be
        // trusted.
        if !self.last.is_empty() && self.last >= entry.key {
            return None;
        }
        self.last.clone_from(&entry.key);
        Some(entry)
    }
}

/// Reads the JSON of the next line; `None` at the end, and where the line is damaged.
fn read_line<'a>(file: &mut impl BufRead, line: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    line.clear();
    file.read_until(b'\n', line).ok()?;
    let (checksum, text) = line.strip_suffix(b"\n")?.split_at_checked(CHECKSUM)?;
    let expected = u32::from_str_radix(str::from_utf8(checksum).ok()?.trim_end(), 16).ok()?;
    (expected == crc32fast::hash(text)).then_some(text)
}

fn write_line(file: &mut impl Write, text: &[u8]) -> io::Result<()> {
    write!(file, "{:08x} ", crc32fast::hash(text))?;
    file.write_all(text)?;
    file.write_all(b"\n")
}

/// Replaces the file by a new one: the old entries with the changes.
pub(crate) fn write_merged(
    path: &Path,
    header: &CacheHeader,
    old: Option<CacheReader>,
    changes: SortedChanges,
) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(directory)?;
    let temporary = path.with_extension("new");
    let mut file = BufWriter::with_capacity(BUFFER, File::create(&temporary)?);
    write_line(&mut file, &serde_json::to_vec(header)?)?;
    merge_entries(&mut file, old, changes)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::rename(&temporary, path)
}

fn merge_entries(
    file: &mut BufWriter<File>,
    mut old: Option<CacheReader>,
    mut changes: SortedChanges,
) -> io::Result<()> {
    let mut change = changes.next().transpose()?;
    while let Some((key, line)) = old.as_mut().and_then(CacheReader::next_line) {
        let mut replaced = false;
        while let Some(next) = change.take_if(|change| change.key <= key) {
            replaced = next.key.cmp(&key) == Ordering::Equal;
            write_change(file, &next)?;
            change = changes.next().transpose()?;
        }
        if !replaced {
            file.write_all(line)?;
        }
    }
    while let Some(next) = change {
        write_change(file, &next)?;
        change = changes.next().transpose()?;
    }
    Ok(())
}

fn write_change(file: &mut impl Write, change: &EntryChange) -> io::Result<()> {
    match &change.entry {
        Some(entry) => write_line(file, &serde_json::to_vec(entry)?),
        None => Ok(()),
    }
}
