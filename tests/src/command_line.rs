//! `efs-s3`, run as a user runs it: as a process, with a bound on its time.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use tokio::process::Command;
use tokio::time::timeout;

/// No command of a test takes longer; one that does is killed.
const BOUND: Duration = Duration::from_secs(300);

/// The program `efs-s3` with the arguments that every call shares.
#[derive(Clone, Debug)]
pub struct CommandLine {
    pub program: PathBuf,
    pub folder: PathBuf,
    pub shared: Vec<String>,
    /// Variables on top of the test's own.
    pub environment: Vec<(String, String)>,
    /// Whether the user of the demo sees what the command prints.
    pub shown: bool,
}

/// The exit code and the output of a command.
#[derive(Clone, Debug)]
pub struct Finished {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    fn from_output(what: &str, output: &Output) -> Result<Self> {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let Some(code) = output.status.code() else {
            let signal = output.status.signal().unwrap_or_default();
            bail!(
                "`{what}` was killed by signal {signal}; was its program replaced \
                    meanwhile?\n{stdout}{stderr}"
            )
        };
        Ok(Self { code, stdout, stderr })
    }

    /// All that it printed.
    pub fn both_outputs(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The options that each printed command has, in the order in which they are printed.
const PRINTED: [&str; 4] = ["--local", "--config", "--local-dir", "--local-account"];

impl CommandLine {
    /// The command as texts show it: with the options in force, so that it can be pasted.
    #[must_use]
    pub fn show_command(&self, command: &str) -> String {
        let options = PRINTED.into_iter().filter_map(|option| {
            let place = self.shared.iter().position(|shared| shared == option)?;
            let value = (option != "--local").then(|| self.shared.get(place + 1)).flatten();
            Some(value.map_or_else(|| option.to_owned(), |value| format!("{option} {value}")))
        });
        format!("efs-s3 {} {command}", options.collect::<Vec<_>>().join(" "))
    }

    fn to_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).args(&self.shared).args(arguments).kill_on_drop(true);
        command.envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(if self.shown { Stdio::inherit() } else { Stdio::piped() });
        command
    }

    /// Runs a command to its end, whatever its exit code.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub async fn run(&self, arguments: &[&str]) -> Result<Finished> {
        let what = format!("efs-s3 {}", arguments.join(" "));
        let child = self.to_command(arguments).spawn();
        let child = child.with_context(|| format!("starting `{what}`"))?;
        let output = timeout(BOUND, child.wait_with_output()).await;
        let output = output.with_context(|| format!("`{what}` did not end within {BOUND:?}"))??;
        let finished = Finished::from_output(&what, &output)?;
        if self.shown {
            self.print_lines(&finished.stdout);
        }
        Ok(finished)
    }

    /// Runs a command that must succeed.
    ///
    /// # Errors
    /// When it exits with anything but 0.
    pub async fn succeed(&self, arguments: &[&str]) -> Result<Finished> {
        let finished = self.run(arguments).await?;
        if finished.code != 0 {
            bail!(
                "`efs-s3 {}` exited with {}:\n{}{}",
                arguments.join(" "),
                finished.code,
                finished.stdout,
                finished.stderr
            );
        }
        Ok(finished)
    }

    /// Runs a command whose standard output nobody reads, as behind `| head` that has ended.
    ///
    /// # Errors
    /// The same as those of [`Self::run`].
    pub async fn run_without_reader(&self, arguments: &[&str]) -> Result<Finished> {
        let (reader, writer) = std::io::pipe().context("making a pipe")?;
        drop(reader);
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).args(&self.shared).args(arguments).kill_on_drop(true);
        // Not `output`, which would put a pipe of its own in its place.
        let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn()?;
        let output = timeout(BOUND, child.wait_with_output()).await;
        let output = output.context("a command without a reader does not end")??;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Finished { code: output.status.code().unwrap_or(-1), stdout: String::new(), stderr })
    }

    /// Runs a command that must fail with exit code 1, and gives what it said on standard error.
    ///
    /// # Errors
    /// When it does not fail.
    pub async fn fail(&self, arguments: &[&str]) -> Result<Finished> {
        let finished = self.run(arguments).await?;
        ensure!(
            finished.code == 1,
            "`efs-s3 {}` exited with {}, not with 1: {finished:?}",
            arguments.join(" "),
            finished.code
        );
        Ok(finished)
    }

    /// Runs a command with `--output json` that must succeed, and reads what it printed.
    ///
    /// # Errors
    /// When it fails or prints something else.
    pub async fn succeed_with_json<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        let quiet = Self { shown: false, ..self.clone() };
        let finished = quiet.succeed(&[arguments, &["--output", "json"]].concat()).await?;
        serde_json::from_str(&finished.stdout)
            .with_context(|| format!("reading what it printed: {}", finished.stdout))
    }

    #[expect(clippy::print_stdout, reason = "the demo shows what its commands print")]
    fn print_lines(&self, text: &str) {
        for line in text.lines() {
            println!("    {line}");
        }
    }
}
