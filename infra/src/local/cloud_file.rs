//! `cloud.json`: which processes `up` started, and where they listen.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::process::{self, Identity};

/// Both halves of a local cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cloud {
    pub ministack: Server,
    pub datasync: Server,
}

/// One server that `up` started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Server {
    pub pid: u32,
    /// When the process began, in the kernel's ticks since boot: with the id it names one process for good.
    pub began: u64,
    pub url: String,
}

impl Server {
    /// A server that was not started; no process has the id 0.
    pub(crate) fn none() -> Self {
        Self { pid: 0, began: 0, url: String::new() }
    }

    /// Whether the process that was started still runs; another that got its id later does not count.
    pub(crate) fn runs(&self) -> bool {
        process::identity(self.pid) == Some(Identity { pid: self.pid, began: self.began })
    }
}

/// What `up` wrote, if it did.
pub(crate) fn read(folder: &Path) -> Result<Option<Cloud>> {
    let path = path(folder);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let cloud = serde_json::from_str(&text);
    cloud.map(Some).with_context(|| format!("reading `{}`; remove it if the local cloud does not run", path.display()))
}

/// Writes it whole or not at all.
pub(crate) fn write(folder: &Path, cloud: &Cloud) -> Result<()> {
    let path = path(folder);
    let context = || format!("writing `{}`", path.display());
    let file = tempfile::NamedTempFile::new_in(folder).with_context(context)?;
    serde_json::to_writer_pretty(&file, cloud).with_context(context)?;
    file.persist(&path).with_context(context)?;
    Ok(())
}

pub(crate) fn remove(folder: &Path) -> Result<()> {
    let path = path(folder);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("cloud.json")
}
