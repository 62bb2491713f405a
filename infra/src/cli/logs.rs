//! The arguments of `logs`.

use std::iter;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use domain::function::FunctionName;

use super::syncs::SyncSelection;

/// The source of the entries of DataSync.
pub(crate) const DATASYNC: &str = "datasync";

#[derive(Clone, Debug, Args)]
pub(crate) struct LogsArguments {
    #[command(flatten)]
    pub syncs: SyncSelection,
    /// Show entries since this time: `2h ago`, `yesterday`, `20:50`, `2026-11-23 10:00` (UTC).
    #[arg(long, value_name = "TIME", default_value = "15 minutes ago")]
    pub since: String,
    /// Keep printing new entries.
    #[arg(long)]
    pub follow: bool,
    /// Only entries about this execution: `exec-…` or the beginning of it, the ARN, or `latest`.
    #[arg(long)]
    pub execution: Option<String>,
    /// Only entries of this function, or of DataSync; may be repeated.
    #[arg(long = "function", value_name = "NAME", value_parser = source_names())]
    pub functions: Vec<String>,
    /// Only entries of this level or a higher one.
    #[arg(long, value_enum)]
    pub level: Option<LogLevel>,
    /// Print each message as a whole; otherwise long ones are cut.
    #[arg(long)]
    pub raw: bool,
}

/// The importance of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

fn source_names() -> PossibleValuesParser {
    let functions = FunctionName::ALL.map(FunctionName::name);
    PossibleValuesParser::new(iter::once(DATASYNC).chain(functions))
}
