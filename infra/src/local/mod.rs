//! The local cloud of one directory: MiniStack and `datasync-local`, on loopback.

pub(crate) mod cloud_file;
mod down;
mod health;
pub(crate) mod install;
mod moved_venv;
mod process;
mod start;
mod status;
mod unclean_end;
mod up;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Global, LocalCommand};

pub(crate) async fn run(command: LocalCommand, global: &Global) -> Result<ExitCode> {
    match command {
        LocalCommand::Up(advertised) => up::run(global, &advertised).await?,
        LocalCommand::Down => down::run(global).await?,
        LocalCommand::Install => install::install_requirements().await?,
        LocalCommand::Env => status::print_env(global)?,
        LocalCommand::Status => return status::run(global).await,
    }
    Ok(ExitCode::SUCCESS)
}
