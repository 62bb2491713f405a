//! The reader of manifests and of lists of files: CSV as the DataSync User Guide has it,
//! "Transferring specific files or objects by using a manifest".
//!
//! `csv-core` finds the fields (RFC 4180; LF, CR or CRLF ends a line; empty lines are left out).
//! Beyond RFC 4180 the guide allows doubled quotes in a field that is not quoted:
//! `filename""with""quotes.txt`. `csv-core` takes every text for CSV; what the guide does not allow
//! is refused here.

use csv_core::{ReadFieldResult, Reader as CsvReader};

/// The longest field that is read. The guide allows 1,024 bytes; beyond this a quote has no end.
const LONGEST_FIELD: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One entry of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestEntry {
    /// The number of the line on which it begins, from 1.
    pub line: u64,
    /// The path as given, with or without a leading slash.
    pub path: String,
    /// Absent where none is given.
    pub version_id: Option<String>,
}

/// A text that is no manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ManifestSyntaxError {
    pub line: u64,
    pub what: &'static str,
}

/// Reads bytes as they come; hands out an entry once its line has ended.
#[derive(Debug)]
pub struct ManifestReader {
    csv: CsvReader,
    /// The first bytes, until it is known that they are no byte order mark.
    head: Option<Vec<u8>>,
    begun: bool,
    /// The bytes of the field under way, as given.
    raw: Vec<u8>,
    /// The field under way, without its quotes.
    field: Vec<u8>,
    fields: Vec<String>,
    lines: LineCounter,
    record_line: u64,
}

impl Default for ManifestReader {
    fn default() -> Self {
        Self {
            // Its `default` has no table of states and takes every byte for a record.
            csv: CsvReader::new(),
            head: None,
            begun: false,
            raw: Vec::new(),
            field: Vec::new(),
            fields: Vec::new(),
            lines: LineCounter::default(),
            record_line: 0,
        }
    }
}

impl ManifestReader {
    /// Takes more bytes and appends the entries that are complete now.
    ///
    /// # Errors
    /// With the first line that is no entry, and why.
    pub fn read_bytes(
        &mut self,
        bytes: &[u8],
        entries: &mut Vec<ManifestEntry>,
    ) -> Result<(), ManifestSyntaxError> {
        if self.begun {
            return self.read_fields(bytes, entries);
        }
        let head = self.head.get_or_insert_default();
        head.extend_from_slice(bytes);
        if head.len() >= BYTE_ORDER_MARK.len() { self.begin_text(entries) } else { Ok(()) }
    }

    /// Takes the end of the text: the last line need not have one.
    ///
    /// # Errors
    /// The same as those of [`Self::read_bytes`].
    pub fn finish(mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        self.begin_text(entries)?;
        self.read_fields(&[], entries)
    }

    fn begin_text(&mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        self.begun = true;
        let head = self.head.take().unwrap_or_default();
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
        if text.is_empty() { Ok(()) } else { self.read_fields(text, entries) }
    }

    fn read_fields(
        &mut self,
        bytes: &[u8],
        entries: &mut Vec<ManifestEntry>,
    ) -> Result<(), ManifestSyntaxError> {
        let (mut rest, is_end) = (bytes, bytes.is_empty());
        let mut piece = [0; 1024];
        // No bytes are the end of the text to `csv-core`.
        while is_end || !rest.is_empty() {
            let (result, read, written) = self.csv.read_field(rest, &mut piece);
            self.raw.extend_from_slice(&rest[..read]);
            self.field.extend_from_slice(&piece[..written]);
            rest = &rest[read..];
            match result {
                ReadFieldResult::Field { record_end } => {
                    self.end_field(record_end, is_end, entries)?
                }
                ReadFieldResult::OutputFull if self.raw.len() <= LONGEST_FIELD => {}
                ReadFieldResult::InputEmpty if self.raw.len() <= LONGEST_FIELD => return Ok(()),
                ReadFieldResult::End => return Ok(()),
                ReadFieldResult::OutputFull | ReadFieldResult::InputEmpty => {
                    return Err(self.error_at_record(
                        "a field is longer than 65,536 bytes: a quote may have no end",
                    ));
                }
            }
        }
        Ok(())
    }

    fn end_field(
        &mut self,
        ends_record: bool,
        is_end: bool,
        entries: &mut Vec<ManifestEntry>,
    ) -> Result<(), ManifestSyntaxError> {
        let (raw, unquoted) = (std::mem::take(&mut self.raw), std::mem::take(&mut self.field));
        let mut given = raw.as_slice();
        if self.fields.is_empty() {
            // What ended the line before, and empty lines.
            let blank = given.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.lines.count_lines(&given[..blank]);
            given = &given[blank..];
            self.record_line = self.lines.ended + 1;
        }
        self.lines.count_lines(given);
        let inner = match given.split_last() {
            Some((b',' | b'\r' | b'\n', inner)) if !is_end => inner,
            _ => given,
        };
        let field =
            decode_field(inner, unquoted, is_end).map_err(|what| self.error_at_record(what))?;
        let field =
            String::from_utf8(field).map_err(|_| self.error_at_record("it is not UTF-8"))?;
        self.fields.push(field);
        if ends_record { self.end_record(entries) } else { Ok(()) }
    }

    fn end_record(&mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        let mut fields = std::mem::take(&mut self.fields).into_iter();
        let path = fields.next().unwrap_or_default();
        let version_id = fields.next().filter(|version| !version.is_empty());
        if fields.next().is_some() {
            return Err(self.error_at_record("it has more than two fields"));
        }
        if path.is_empty() {
            return Err(self.error_at_record("the path is empty"));
        }
        entries.push(ManifestEntry { line: self.record_line, path, version_id });
        Ok(())
    }

    fn error_at_record(&self, what: &'static str) -> ManifestSyntaxError {
        ManifestSyntaxError { line: self.record_line.max(1), what }
    }
}

/// The content of a field; `unquoted` is the result of `csv-core`.
fn decode_field(given: &[u8], unquoted: Vec<u8>, is_end: bool) -> Result<Vec<u8>, &'static str> {
    if given.first() == Some(&b'"') && given == quote_bytes(&unquoted) {
        return Ok(unquoted);
    }
    if let Some(field) = unescape_quotes(given) {
        return Ok(field);
    }
    let quotes = given.iter().filter(|byte| **byte == b'"').count();
    Err(match given.first() {
        Some(b'"') if is_end && quotes % 2 == 1 => "a quoted field has no end",
        Some(b'"') => "text follows a quoted field",
        _ => "a quote is inside a field: double it, or quote the field",
    })
}

fn quote_bytes(field: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in field {
        quoted.push(*byte);
        if *byte == b'"' {
            quoted.push(b'"');
        }
    }
    quoted.push(b'"');
    quoted
}

/// An unquoted field with each two quotes replaced by one; `None` if a quote is single.
fn unescape_quotes(given: &[u8]) -> Option<Vec<u8>> {
    let mut field = Vec::with_capacity(given.len());
    let mut bytes = given.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'"' && bytes.next() != Some(&b'"') {
            return None;
        }
        field.push(*byte);
    }
    Some(field)
}

/// The count of line ends, of which CR and LF together are one.
#[derive(Debug, Default)]
struct LineCounter {
    ended: u64,
    after_return: bool,
}

impl LineCounter {
    fn count_lines(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_second_half = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            self.ended += u64::from(matches!(byte, b'\r' | b'\n') && !is_second_half);
        }
    }
}

#[cfg(test)]
mod tests;
