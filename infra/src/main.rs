//! The command line `efs-s3`. Parses the arguments, runs one command, and prints a failure once,
//! with its causes and a hint.
//!
//! It owns the control plane, the policies and the local cloud. It does not change the data plane
//! itself: it invokes `bootstrap-stack` for that. No function depends on this crate.

mod access;
mod bucket_view;
mod cli;
mod commands;
mod context;
mod deploy;
mod error;
mod hint;
mod invoke;
mod load_config;
mod local;
mod runs;
mod sync_selection;
mod sync_view;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use cli::CliArguments;
use ui::output;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = CliArguments::parse();
    let command = cli.command_text();
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) if error.is::<output::OutputClosed>() => {
            ExitCode::from(output::OutputClosed::STATUS)
        }
        Err(error) => {
            output::print_failure(&error, &hint::hint_for(&error, &command));
            ExitCode::FAILURE
        }
    }
}
