//! Moto, a second emulator, as a process on a port of its own. The Makefile installs it, pinned.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::project;

/// It starts within seconds; the machine may be busy.
const STARTS: Duration = Duration::from_secs(120);

/// A running server, for one account. It ends when it is dropped, and with this process.
#[derive(Debug)]
pub struct Moto {
    pub url: String,
    /// Its standard input keeps it alive.
    _server: Child,
}

impl Moto {
    /// Starts a server with the managed policies of AWS, which has all that it is sent in
    /// `account`.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub async fn start(account: &str) -> Result<Self> {
        let root = project::root_folder();
        let python = root.join(".local/judges/moto/bin/python");
        ensure!(python.exists(), "`{}` is missing; `make judges` installs it", python.display());
        let log = root.join("target/e2e/moto.log");
        let log =
            std::fs::File::create(&log).with_context(|| format!("making `{}`", log.display()))?;
        let mut server = Command::new(python);
        server.arg(root.join("tests/moto/serve.py")).kill_on_drop(true);
        server.env("MOTO_ACCOUNT_ID", account).env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut server = server.spawn().context("starting moto")?;
        let stdout = server.stdout.take().context("moto has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line =
            timeout(STARTS, lines.next_line()).await.context("moto does not start in time")??;
        let port = line.context("moto ended before it listened; see target/e2e/moto.log")?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), _server: server })
    }
}
