//! The command line `efs-s3`. Parses, runs one command, and prints a failure once, with its causes
//! and a hint.
//!
//! It owns the control plane, the policies and the local cloud. It does not change the data plane
//! itself: it invokes `bootstrap-stack` for that. No function depends on this crate.

mod access;
mod advice;
mod alarms;
mod bootstrap;
mod cli;
#[cfg(test)]
mod cloudformation;
mod code;
mod commands;
mod confirm;
mod control_plane;
mod dashboard;
mod dead_letter;
mod dead_letter_queue;
mod deploy_lock;
mod findings;
mod follow;
mod invoke;
mod local;
mod next_run;
mod object_versions;
mod output;
mod owner;
mod pace;
mod people;
mod place;
mod planning;
mod policies;
mod progress;
mod runs;
mod settings;
mod verification;
mod watchers;
mod witness;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.spoken();
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) if error.is::<output::OutputClosed>() => {
            ExitCode::from(output::OutputClosed::STATUS)
        }
        Err(error) => {
            output::failure(&error, &advice::next_step(&error, &command));
            ExitCode::FAILURE
        }
    }
}
