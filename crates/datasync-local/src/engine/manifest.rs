//! A manifest: CSV in S3, one path a line, and, where the source is a bucket, the version behind it (DataSync User Guide,
//! "Specifying what DataSync transfers by using a manifest"). Fields are quoted as RFC 4180 says.

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// As given, with or without a leading slash.
    pub(super) path: String,
    pub(super) version_id: Option<String>,
}

/// Reads bytes as they come; an entry is handed out once its line has ended.
#[derive(Debug, Default)]
pub(super) struct Parser {
    field: Vec<u8>,
    fields: Vec<Vec<u8>>,
    state: State,
    line: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    Plain,
    Quoted,
    /// Behind a quote within a quoted field: its end, or the first of two.
    Quote,
}

impl Parser {
    /// Takes more bytes; the entries that are complete now go to `entries`.
    pub(super) fn take(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), String> {
        for byte in bytes {
            self.take_byte(*byte, entries)?;
        }
        Ok(())
    }

    /// The last line, which may lack its end.
    pub(super) fn finish(mut self, entries: &mut Vec<Entry>) -> Result<(), String> {
        if self.state == State::Quoted {
            return Err(self.problem("a quoted field has no end"));
        }
        self.end_line(entries)
    }

    fn take_byte(&mut self, byte: u8, entries: &mut Vec<Entry>) -> Result<(), String> {
        match (self.state, byte) {
            (State::Quoted, b'"') => self.state = State::Quote,
            (State::Quoted, other) => self.field.push(other),
            (State::Start, b'"') => self.state = State::Quoted,
            (State::Quote, b'"') => {
                self.field.push(b'"');
                self.state = State::Quoted;
            }
            (_, b',') => self.end_field(),
            (_, b'\n') => return self.end_line(entries),
            (State::Quote, b'\r') => {}
            (State::Quote, _) => return Err(self.problem("text follows a quoted field")),
            (State::Plain, b'"') => return Err(self.problem("a quote stands within a field that is not quoted")),
            (State::Start | State::Plain, other) => {
                self.field.push(other);
                self.state = State::Plain;
            }
        }
        Ok(())
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
        self.state = State::Start;
    }

    fn end_line(&mut self, entries: &mut Vec<Entry>) -> Result<(), String> {
        if self.state == State::Plain && self.field.last() == Some(&b'\r') {
            self.field.pop();
        }
        self.end_field();
        self.line += 1;
        let mut texts = Vec::new();
        for field in std::mem::take(&mut self.fields) {
            texts.push(String::from_utf8(field).map_err(|_| self.problem("it is not UTF-8"))?);
        }
        match <[String; 2]>::try_from(texts) {
            Ok([path, version]) if !path.is_empty() => {
                entries.push(Entry { path, version_id: Some(version).filter(|version| !version.is_empty()) });
            }
            Ok(_) => return Err(self.problem("the path is empty")),
            Err(texts) => match <[String; 1]>::try_from(texts) {
                Ok([path]) if path.is_empty() => {}
                Ok([path]) => entries.push(Entry { path, version_id: None }),
                Err(_) => return Err(self.problem("it has more than two fields")),
            },
        }
        Ok(())
    }

    fn problem(&self, what: &str) -> String {
        format!("line {}: {what}", self.line.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let (mut parser, mut entries) = (Parser::default(), Vec::new());
        for piece in text.as_bytes().chunks(3) {
            parser.take(piece, &mut entries)?;
        }
        parser.finish(&mut entries)?;
        Ok(entries.into_iter().map(|entry| (entry.path, entry.version_id)).collect())
    }

    #[test]
    fn lines_are_read_in_every_form() {
        let entry = |path: &str, version: Option<&str>| (path.to_owned(), version.map(str::to_owned));
        for (text, entries) in [
            ("", vec![]),
            ("a\n", vec![entry("a", None)]),
            ("a\r\n/b/c", vec![entry("a", None), entry("/b/c", None)]),
            ("a,v1\nb,\n", vec![entry("a", Some("v1")), entry("b", None)]),
            ("\"a,b\",v1\r\n\"say \"\"hi\"\"\"\n", vec![entry("a,b", Some("v1")), entry("say \"hi\"", None)]),
            ("\n\na\n\n", vec![entry("a", None)]),
            ("\"two\nlines\"\n", vec![entry("two\nlines", None)]),
            ("schön ü", vec![entry("schön ü", None)]),
        ] {
            assert_eq!(parse(text).unwrap(), entries, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_csv_is_told_with_its_line() {
        for (text, problem) in [
            ("a\nb,c,d\n", "line 2: it has more than two fields"),
            ("\"a", "line 1: a quoted field has no end"),
            ("\"a\"b\n", "line 1: text follows a quoted field"),
            ("a\"b\n", "line 1: a quote stands within a field that is not quoted"),
            (",v1\n", "line 1: the path is empty"),
        ] {
            assert_eq!(parse(text).unwrap_err(), problem, "{text:?}");
        }
    }
}
