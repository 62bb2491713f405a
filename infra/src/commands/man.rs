//! `man`: writes the manual pages, one for each command.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;

use crate::cli::CliArguments;
use crate::ui::output;

pub(super) fn run(directory: &Path) -> Result<ExitCode> {
    let doing = || format!("writing the manual pages to `{}`", directory.display());
    fs::create_dir_all(directory).with_context(doing)?;
    clap_mangen::generate_to(CliArguments::command(), directory).with_context(doing)?;
    output::print_progress(format!("wrote the manual pages to `{}`", directory.display()));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_manual_page() {
        let directory = tempfile::tempdir().unwrap();
        run(directory.path()).unwrap();
        for command in CliArguments::command().get_subcommands() {
            let page = directory.path().join(format!("efs-s3-{}.1", command.get_name()));
            assert!(fs::read_to_string(&page).unwrap().contains(".SH SYNOPSIS"), "{page:?}");
        }
    }
}
