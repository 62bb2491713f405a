//! Data that is printed while it is read: a line or a JSON line for each entry.

use std::io::{self, BufWriter, Stdout, Write};

use anyhow::Result;
use domain::printable::escape_unprintable;
use serde::Serialize;

use crate::cli::OutputFormat;
use crate::ui::output::require_open;

/// Standard output with a buffer. What is in it is printed by [`DataStream::flush_page`].
pub(crate) struct DataStream {
    format: OutputFormat,
    out: BufWriter<Stdout>,
    /// The number of entries so far.
    pub count: u64,
}

impl DataStream {
    pub(crate) fn new(format: OutputFormat) -> Self {
        Self { format, out: BufWriter::new(io::stdout()), count: 0 }
    }

    /// Prints an entry as a line; whatever acts on a terminal is escaped.
    pub(crate) fn print_entry<T: Serialize>(&mut self, entry: &T, line: &str) -> Result<()> {
        self.count += 1;
        let line = match self.format {
            OutputFormat::Text | OutputFormat::Markdown => escape_unprintable(line),
            OutputFormat::Json => serde_json::to_string(entry)?,
        };
        require_open(writeln!(self.out, "{line}"))
    }

    /// Prints a text as it is, with a NUL byte at its end.
    pub(crate) fn print_exactly(&mut self, text: &str) -> Result<()> {
        self.count += 1;
        require_open(self.out.write_all(text.as_bytes()).and_then(|()| self.out.write_all(b"\0")))
    }

    /// Prints content as it is.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        require_open(self.out.write_all(bytes))
    }

    pub(crate) fn flush_page(&mut self) -> Result<()> {
        require_open(self.out.flush())
    }
}
