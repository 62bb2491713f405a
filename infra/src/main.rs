//! The command line `efs-s3`. Parses, runs one command, and prints a failure once, with its causes and a hint.

mod cli;
mod code;
mod commands;
mod control_plane;
mod follow;
mod invoke;
mod local;
mod output;
mod place;
mod policies;
mod progress;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            output::failure(&error);
            ExitCode::FAILURE
        }
    }
}
