//! `completions`: prints what a shell reads to complete the commands.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::CliArguments;
use crate::ui::output;

pub(super) fn run(shell: Shell) -> Result<ExitCode> {
    output::print_text(&completions_text(shell)?)?;
    Ok(ExitCode::SUCCESS)
}

fn completions_text(shell: Shell) -> Result<String> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut CliArguments::command(), "efs-s3", &mut text);
    String::from_utf8(text).context("the completions are not UTF-8")
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
            let text = completions_text(*shell).unwrap();
            for command in CliArguments::command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }

    #[test]
    fn bash_reads_its_completions() {
        let mut bash = Command::new("bash");
        let mut bash = bash.arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        let text = completions_text(Shell::Bash).unwrap();
        bash.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(bash.wait().unwrap().success());
    }
}
