//! The command line `efs-s3`. Parses the arguments, runs one command, and prints a failure once,
//! with its causes and a hint.
//!
//! It owns the control plane, the policies and the local cloud. It does not change the data plane
//! itself: it invokes `bootstrap-stack` for that. No function depends on this crate.

mod access;
mod account_heading;
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

use clap::{CommandFactory, FromArgMatches};

use cli::CliArguments;
use ui::interrupt::{Interrupted, receive_signals};
use ui::{output, printed_commands};

#[tokio::main]
async fn main() -> ExitCode {
    let matches = CliArguments::command().get_matches();
    let command = format!("efs-s3 {}", matches.subcommand_name().unwrap_or_default());
    let cli = CliArguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    printed_commands::use_options(&cli.global);
    tokio::spawn(receive_signals());
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) if error.is::<output::OutputClosed>() => {
            ExitCode::from(output::OutputClosed::STATUS)
        }
        Err(error) => {
            output::print_failure(&error, &hint::hint_for(&error, &command));
            let is_interrupted = error.is::<Interrupted>();
            if is_interrupted { ExitCode::from(Interrupted::STATUS) } else { ExitCode::FAILURE }
        }
    }
}
