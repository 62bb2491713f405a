//! Standard output for data, standard error for everything else.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;

use crate::cli::OutputFormat;

/// Prints data: as text, or the same as JSON.
pub(crate) fn data<T: Serialize>(format: OutputFormat, value: &T, text: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    match format {
        OutputFormat::Text => write!(out, "{text}")?,
        OutputFormat::Json => writeln!(out, "{}", serde_json::to_string_pretty(value)?)?,
    }
    out.flush()?;
    Ok(())
}

/// A line of JSON, of data that comes bit by bit.
pub(crate) fn json_line<T: Serialize>(value: &T) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(value)?)?;
    out.flush()?;
    Ok(())
}

/// A line of progress.
#[expect(clippy::print_stderr, reason = "this is where progress is printed")]
pub(crate) fn progress(line: impl Display) {
    eprintln!("{line}");
}

/// A line of progress that the next one replaces, on a terminal; elsewhere nothing, so that logs stay short.
#[expect(clippy::print_stderr, reason = "this is where progress is printed")]
pub(crate) fn passing(line: &str) {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
    }
}

/// Clears what [`passing`] left.
pub(crate) fn end_passing() {
    passing("");
}

/// A failure: what we were doing, then cause by cause, and what to do next.
#[expect(clippy::print_stderr, reason = "this is where failures are printed")]
pub(crate) fn failure(error: &anyhow::Error, next: &str) {
    end_passing();
    eprintln!("error: {}", aws_edge::failure::chain(error.as_ref()));
    eprintln!("next:  {next}");
}
