//! Input from and output to people: standard output and error, progress, and confirmation.

pub(crate) mod color;
pub(crate) mod confirm;
pub(crate) mod format;
pub(crate) mod interrupt;
pub(crate) mod output;
pub(crate) mod pause;
pub(crate) mod printed_commands;
pub(crate) mod progress;
pub(crate) mod stream;
