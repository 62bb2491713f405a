//! Standard output is for data, standard error for everything else.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use domain::printable::{escape_lines, escape_unprintable};
use serde::Serialize;

use super::printed_commands::complete_commands;
use crate::cli::OutputFormat;
use crate::ui::color::color_signs;

/// Prints data as text or as JSON.
pub(crate) fn print_data<T: Serialize>(
    format: OutputFormat,
    value: &T,
    text: impl Display,
) -> Result<()> {
    match format {
        OutputFormat::Text | OutputFormat::Markdown => print_text(&readable(&text.to_string())),
        OutputFormat::Json => print_text(&(serde_json::to_string_pretty(value)? + "\n")),
    }
}

/// Prints data about several things; as JSON a list, or the only one by itself if no `list` was
/// requested.
pub(crate) fn print_one_or_list<T: Serialize>(
    format: OutputFormat,
    list: bool,
    values: &[T],
    text: impl Display,
) -> Result<()> {
    match values {
        [only] if !list => print_data(format, only, text),
        values => print_data(format, &values, text),
    }
}

/// Prints one line of JSON, for data that arrives over time.
pub(crate) fn print_json_line<T: Serialize>(value: &T) -> Result<()> {
    print_text(&(serde_json::to_string(value)? + "\n"))
}

/// The reader of standard output has closed it, as `head` does after enough lines. This is no
/// failure.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(crate) struct OutputClosed;

impl OutputClosed {
    /// The status of a program that SIGPIPE ended, as shells show it (POSIX, "Exit Status for
    /// Commands": above 128).
    pub(crate) const STATUS: u8 = 128 + 13;
}

/// Prints a plan, in colour on a terminal (`NO_COLOR`, `CLICOLOR_FORCE`).
pub(crate) fn print_plan(text: &str) -> Result<()> {
    write_text(anstream::stdout().lock(), &color_signs(&readable(text)))
}

/// Shows a plan before it is applied, in colour on a terminal.
pub(crate) fn show_plan(text: &str) {
    let colored = color_signs(&readable(text));
    // A failed write to standard error is ignored.
    drop(anstream::stderr().lock().write_all(colored.as_bytes()));
}

/// Prints a text as it is: Markdown whose parts are escaped, or a program that a shell reads.
pub(crate) fn print_text(text: &str) -> Result<()> {
    write_text(io::stdout().lock(), text)
}

/// Returns the text for a person: with whole commands, and without what acts on a terminal.
fn readable(text: &str) -> String {
    escape_lines(&complete_commands(text))
}

fn write_text(mut out: impl Write, text: &str) -> Result<()> {
    require_open(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Returns [`OutputClosed`] for a write to standard output that nobody reads any more.
pub(crate) fn require_open(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        written => Ok(written.context("writing to standard output")?),
    }
}

/// Prints a line of progress.
pub(crate) fn print_progress(line: impl Display) {
    print_to_stderr(&format!("{}\n", readable(&line.to_string())));
}

/// Prints a line of progress that the next one replaces. Prints nothing if standard error is not a
/// terminal, so that logs stay short.
pub(crate) fn print_transient(line: &str) {
    if io::stderr().is_terminal() {
        print_to_stderr(&format!("\r\x1b[K{}", escape_unprintable(line)));
    }
}

/// Clears the line of [`print_transient`].
pub(crate) fn clear_transient() {
    print_transient("");
}

/// Prints a failure with its causes, and the hint.
pub(crate) fn print_failure(error: &anyhow::Error, next: &str) {
    clear_transient();
    let error = aws::failure::chain(error.as_ref());
    print_to_stderr(&readable(&format!("error: {error}\nnext:  {next}\n")));
}

/// Prints to standard error. A failed write is ignored.
fn print_to_stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
