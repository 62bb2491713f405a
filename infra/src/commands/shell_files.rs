//! `completions` and `man`: what a shell and `man` read about the commands.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::CliArguments;
use crate::ui::output;

const PROGRAM: &str = "efs-s3";

pub(super) fn print_completions(shell: Shell) -> Result<ExitCode> {
    output::print_script(&completions_text(shell))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn write_manual(directory: &Path) -> Result<ExitCode> {
    let doing = || format!("writing the manual pages to `{}`", directory.display());
    fs::create_dir_all(directory).with_context(doing)?;
    clap_mangen::generate_to(CliArguments::command(), directory).with_context(doing)?;
    output::print_progress(format!("wrote the manual pages to `{}`", directory.display()));
    Ok(ExitCode::SUCCESS)
}

fn completions_text(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut CliArguments::command(), PROGRAM, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_has_completions_of_every_command() {
        for shell in Shell::value_variants() {
            let text = String::from_utf8(completions_text(*shell)).unwrap();
            for command in CliArguments::command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }

    #[test]
    fn bash_reads_its_completions() {
        let mut bash = Command::new("bash");
        let mut bash = bash.arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(&completions_text(Shell::Bash)).unwrap();
        assert!(bash.wait().unwrap().success());
    }

    #[test]
    fn each_command_has_a_manual_page() {
        let directory = tempfile::tempdir().unwrap();
        write_manual(directory.path()).unwrap();
        for command in CliArguments::command().get_subcommands() {
            let page = directory.path().join(format!("{PROGRAM}-{}.1", command.get_name()));
            assert!(fs::read_to_string(&page).unwrap().contains(".SH SYNOPSIS"), "{page:?}");
        }
    }
}
