//! The judge: a process of its own (`tests/judge`), asked by lines of JSON.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

use super::request::Seen;
use crate::project;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Verdict>>>>;

#[derive(Debug)]
pub(super) struct Judge {
    lines: Mutex<Option<mpsc::UnboundedSender<String>>>,
    waiting: Waiting,
    child: Mutex<Option<Child>>,
}

/// The verdict of IAM about a call.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Verdict {
    pub(super) denied: Option<Denied>,
    /// The denial that applies if there is nothing to read.
    pub(super) if_missing: Option<Denied>,
    /// Whether it depends on nothing but policies.
    pub(super) stable: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Denied {
    pub(super) message: String,
}

#[derive(Deserialize)]
struct Reply {
    n: u64,
    #[serde(flatten)]
    verdict: Verdict,
}

fn spawn_judge(log: File) -> Result<Child> {
    let root = project::root_folder();
    let installed = root.join(".local/judge");
    let is_installed = installed.join("installed").exists();
    ensure!(is_installed, "the IAM judge is not installed: run `make judges`");
    Command::new(installed.join("venv/bin/python"))
        .args(["-m", "judge", "serve"])
        .env("PYTHONPATH", root.join("tests"))
        .env("PYTHONPYCACHEPREFIX", installed.join("compiled"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("starting the judge")
}

impl Judge {
    /// Starts the process; what it complains of lies in `folder`.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let log = File::create(folder.join("judge.log")).context("making the log of the judge")?;
        let mut child = spawn_judge(log)?;
        let stdin = child.stdin.take().context("the judge has no standard input")?;
        let stdout = child.stdout.take().context("the judge has no standard output")?;
        let (lines, to_write) = mpsc::unbounded_channel();
        let waiting = Waiting::default();
        tokio::spawn(write(stdin, to_write));
        tokio::spawn(read(stdout, waiting.clone()));
        Ok(Self { lines: Mutex::new(Some(lines)), waiting, child: Mutex::new(Some(child)) })
    }

    /// Asks for the verdict of IAM about a call.
    pub(super) async fn request_verdict(&self, seen: &Seen) -> Result<Verdict> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(seen.number, sender);
        self.send_line(&json!({ "ask": seen.wire_form() }));
        receiver.await.context("the judge has ended")
    }

    /// Tells something that is not answered. What is told first, the judge knows first.
    pub(super) fn send_line(&self, line: &impl Serialize) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(lines), Ok(line)) = (lines.as_ref(), serde_json::to_string(line)) {
            // A judge that has ended is noticed by whoever asks it next, and at the end.
            drop(lines.send(line));
        }
    }

    /// Waits until it has taken in everything, and ended.
    pub(super) async fn wait_for_end(&self) -> Result<()> {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        let status = child
            .context("the judge has ended before")?
            .wait()
            .await
            .context("ending the judge")?;
        ensure!(
            status.success(),
            "the judge has failed ({status}); see judge.log beside the record"
        );
        Ok(())
    }
}

async fn write(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stdout: ChildStdout, waiting: Waiting) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(reply) = serde_json::from_str::<Reply>(&line) {
            let asker = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&reply.n);
            // Nobody waits when the client has gone meanwhile.
            asker.map(|asker| asker.send(reply.verdict));
        }
    }
    // Whoever still waits hears that there is no judge.
    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The judges find what is planted in requests, policies and records (`tests/judge/tests`).
    #[test]
    fn the_judges_find_planted_faults() {
        let (root, installed) =
            (project::root_folder(), project::root_folder().join(".local/judge"));
        assert!(
            installed.join("installed").exists(),
            "the judges are missing; `make judges` installs them"
        );
        let found = std::process::Command::new(installed.join("venv/bin/python"))
            .args(["-m", "unittest", "discover", "--start-directory", "tests/judge/tests"])
            .args(["--top-level-directory", "tests"])
            .current_dir(&root)
            .env("PYTHONPATH", root.join("tests"))
            .env("PYTHONPYCACHEPREFIX", installed.join("compiled"))
            .output()
            .expect("Python starts");
        let said = String::from_utf8_lossy(&found.stderr);
        assert!(found.status.success(), "{said}");
        assert!(!said.contains("Ran 0 tests"), "no test was found: {said}");
    }
}
