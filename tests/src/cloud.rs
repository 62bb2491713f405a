//! One local cloud for a whole run of tests, started and stopped by `efs-s3 local`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command_line::{CommandLine, Finished};
use crate::project;

/// A running local cloud in a folder of its own.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub folder: PathBuf,
    pub aws_url: String,
    pub datasync_url: String,
}

/// What `efs-s3 local up` writes about the two processes it started.
#[derive(Debug, Deserialize)]
struct Recorded {
    ministack: Process,
    datasync: Process,
}

#[derive(Debug, Deserialize)]
struct Process {
    url: String,
}

impl Cloud {
    /// Starts a cloud whose state lies in `folder`; what was there is gone.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn up(folder: PathBuf, shown: bool) -> Result<Self> {
        let command_line = commands(&folder, shown)?;
        command_line.succeed(&["local", "down"]).await?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("emptying `{}`", folder.display()))?;
        }
        command_line.succeed(&["local", "up"]).await?;
        Self::read(folder)
    }

    /// The cloud that runs in `folder`.
    ///
    /// # Errors
    /// When none was started there.
    pub fn read(folder: PathBuf) -> Result<Self> {
        let path = folder.join("cloud.json");
        let text = fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
        let recorded: Recorded =
            serde_json::from_str(&text).with_context(|| format!("reading `{}`", path.display()))?;
        Ok(Self { folder, aws_url: recorded.ministack.url, datasync_url: recorded.datasync.url })
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn down(&self, shown: bool) -> Result<Finished> {
        commands(&self.folder, shown)?.succeed(&["local", "down"]).await
    }

    /// `efs-s3` on this cloud, in the given account.
    ///
    /// # Errors
    /// When it is not built.
    pub fn command_line(&self, account: &str, config: &str, shown: bool) -> Result<CommandLine> {
        let mut command_line = commands(&self.folder, shown)?;
        command_line.shared.extend(["--local", "--local-account", account, "--config", config].map(str::to_owned));
        Ok(command_line)
    }
}

fn commands(folder: &std::path::Path, shown: bool) -> Result<CommandLine> {
    Ok(CommandLine {
        program: project::binary("efs-s3")?,
        folder: project::root(),
        shared: vec!["--local-dir".to_owned(), folder.display().to_string()],
        shown,
    })
}
