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
    /// As given, with or without a leading slash.
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
            return self.read(bytes, entries);
        }
        let head = self.head.get_or_insert_default();
        head.extend_from_slice(bytes);
        if head.len() >= BYTE_ORDER_MARK.len() { self.begin(entries) } else { Ok(()) }
    }

    /// Takes the end of the text: the last line need not have one.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn finish(mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        self.begin(entries)?;
        self.read(&[], entries)
    }

    fn begin(&mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        self.begun = true;
        let head = self.head.take().unwrap_or_default();
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
        if text.is_empty() { Ok(()) } else { self.read(text, entries) }
    }

    fn read(
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
                    return Err(self
                        .problem("a field is longer than 65,536 bytes: a quote may have no end"));
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
            self.lines.pass(&given[..blank]);
            given = &given[blank..];
            self.record_line = self.lines.ended + 1;
        }
        self.lines.pass(given);
        let inner = match given.split_last() {
            Some((b',' | b'\r' | b'\n', inner)) if !is_end => inner,
            _ => given,
        };
        let field = decode(inner, unquoted, is_end).map_err(|what| self.problem(what))?;
        let field = String::from_utf8(field).map_err(|_| self.problem("it is not UTF-8"))?;
        self.fields.push(field);
        if ends_record { self.end_record(entries) } else { Ok(()) }
    }

    fn end_record(&mut self, entries: &mut Vec<ManifestEntry>) -> Result<(), ManifestSyntaxError> {
        let mut fields = std::mem::take(&mut self.fields).into_iter();
        let path = fields.next().unwrap_or_default();
        let version_id = fields.next().filter(|version| !version.is_empty());
        if fields.next().is_some() {
            return Err(self.problem("it has more than two fields"));
        }
        if path.is_empty() {
            return Err(self.problem("the path is empty"));
        }
        entries.push(ManifestEntry { line: self.record_line, path, version_id });
        Ok(())
    }

    fn problem(&self, what: &'static str) -> ManifestSyntaxError {
        ManifestSyntaxError { line: self.record_line.max(1), what }
    }
}

/// The field that stands for these bytes; `unquoted` is what `csv-core` makes of them.
fn decode(given: &[u8], unquoted: Vec<u8>, is_end: bool) -> Result<Vec<u8>, &'static str> {
    if given.first() == Some(&b'"') && given == quoted(&unquoted) {
        return Ok(unquoted);
    }
    if let Some(field) = with_single_quotes(given) {
        return Ok(field);
    }
    let quotes = given.iter().filter(|byte| **byte == b'"').count();
    Err(match given.first() {
        Some(b'"') if is_end && quotes % 2 == 1 => "a quoted field has no end",
        Some(b'"') => "text follows a quoted field",
        _ => "a quote stands within a field: double it, or quote the field",
    })
}

fn quoted(field: &[u8]) -> Vec<u8> {
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

/// A field that is not quoted, each two quotes made one; `None` where one stands alone.
fn with_single_quotes(given: &[u8]) -> Option<Vec<u8>> {
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
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_second_half = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            self.ended += u64::from(matches!(byte, b'\r' | b'\n') && !is_second_half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], piece: usize) -> Result<Vec<(String, Option<String>)>, String> {
        let (mut reader, mut entries) = (ManifestReader::default(), Vec::new());
        for piece in text.chunks(piece) {
            reader.read_bytes(piece, &mut entries).map_err(|error| error.to_string())?;
        }
        reader.finish(&mut entries).map_err(|error| error.to_string())?;
        Ok(entries.into_iter().map(|entry| (entry.path, entry.version_id)).collect())
    }

    #[test]
    fn every_form_of_the_guide_is_read_in_pieces_of_every_size() {
        let entry =
            |path: &str, version: Option<&str>| (path.to_owned(), version.map(str::to_owned));
        let long = "ü".repeat(3000);
        for (text, expected) in [
            ("", vec![]),
            ("\u{feff}", vec![]),
            ("\n\r\n\r", vec![]),
            ("a\n", vec![entry("a", None)]),
            ("a\r\n/b/c", vec![entry("a", None), entry("/b/c", None)]),
            ("a\rb\r", vec![entry("a", None), entry("b", None)]),
            (
                "a\nb\rc\r\n\r\nd",
                vec![entry("a", None), entry("b", None), entry("c", None), entry("d", None)],
            ),
            ("\u{feff}a\nb", vec![entry("a", None), entry("b", None)]),
            ("\u{feff}\"a,b\"\r\n", vec![entry("a,b", None)]),
            ("a\u{feff}\n", vec![entry("a\u{feff}", None)]),
            ("a,v1\nb,\n", vec![entry("a", Some("v1")), entry("b", None)]),
            (
                "\"a,b\",v1\r\n\"say \"\"hi\"\"\"\n",
                vec![entry("a,b", Some("v1")), entry("say \"hi\"", None)],
            ),
            ("a,\"v,1\"\n", vec![entry("a", Some("v,1"))]),
            // The guide's own examples.
            ("picture1.png,111111\n", vec![entry("picture1.png", Some("111111"))]),
            ("\"this\nis\r\na\rfilename.txt\"\n", vec![entry("this\nis\r\na\rfilename.txt", None)]),
            ("filename\"\"with\"\"quotes.txt\n", vec![entry("filename\"with\"quotes.txt", None)]),
            (
                "filename\"\"with\"\"quotes.txt,v\"\"1",
                vec![entry("filename\"with\"quotes.txt", Some("v\"1"))],
            ),
            ("\"\"all\"\"\n", vec![entry("\"all\"", None)]),
            ("\"\"\"all\"\"\"", vec![entry("\"all\"", None)]),
            ("\"\"\"\"\n", vec![entry("\"", None)]),
            ("documents/résumé1.pdf", vec![entry("documents/résumé1.pdf", None)]),
            (" \n", vec![entry(" ", None)]),
            (&long, vec![entry(&long, None)]),
        ] {
            for piece in [1, 2, 3, 5, 8192] {
                assert_eq!(
                    read(text.as_bytes(), piece).as_ref(),
                    Ok(&expected),
                    "{text:?} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn what_the_guide_does_not_allow_is_told_with_its_line() {
        for (text, problem) in [
            (&b"a\nb,c,d\n"[..], "line 2: it has more than two fields"),
            (b"a\r\r\n\nb,c,d", "line 4: it has more than two fields"),
            (b"\"two\nlines\"\nb,c,d", "line 3: it has more than two fields"),
            (b"\"a", "line 1: a quoted field has no end"),
            (b"x\n\"a\n", "line 2: a quoted field has no end"),
            (b"\"a\"b\n", "line 1: text follows a quoted field"),
            (b"\"a\" ,v\n", "line 1: text follows a quoted field"),
            (b"a\"b\n", "line 1: a quote stands within a field: double it, or quote the field"),
            (b"a\"\"\"b\n", "line 1: a quote stands within a field: double it, or quote the field"),
            (b",v1\n", "line 1: the path is empty"),
            (b"\"\"\n", "line 1: the path is empty"),
            (b"\xff\xfea\0\n\0", "line 1: it is not UTF-8"),
            (b"ok\n\"\xff\"\n", "line 2: it is not UTF-8"),
        ] {
            for piece in [1, 3, 8192] {
                let found = read(text, piece).unwrap_err();
                assert_eq!(found, problem, "{} in pieces of {piece}", text.escape_ascii());
            }
        }
        let endless = format!("\"{}", "x\n".repeat(LONGEST_FIELD));
        assert!(read(endless.as_bytes(), 4096).unwrap_err().contains("longer than"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        const SIGNS: [char; 12] =
            ['a', 'ü', ',', '"', '\n', '\r', ' ', '/', '\u{feff}', '\\', '\'', '\u{10ffff}'];
        const SEED: u64 = 1;
        let mut state = SEED;
        let mut next = || {
            // The generator of Knuth's MMIX: plain, and the same everywhere.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or_default()
        };
        for round in 0..2000 {
            let names: Vec<String> = (0..3)
                .map(|_| (0..=next() % 8).map(|_| SIGNS[next() % SIGNS.len()]).collect())
                .collect();
            let text: String =
                names.iter().map(|name| crate::manifest::quote_field(name) + "\r\n").collect();
            let found = read(text.as_bytes(), 1 + next() % 5).unwrap();
            let found: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
            assert_eq!(found, names, "seed {SEED}, round {round}: {text:?}");
        }
    }
}
