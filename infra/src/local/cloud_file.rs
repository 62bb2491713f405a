//! `cloud.json`: the processes that `up` started, and their addresses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::process::{self, ProcessIdentity};

/// Both servers of a local cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalCloud {
    pub ministack: LocalServer,
    pub datasync: LocalServer,
    /// The directory of this file when the servers were started. They must be restarted when it is
    /// moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl LocalCloud {
    /// Returns the same addresses without processes.
    pub(crate) fn without_processes(&self) -> Self {
        Self {
            ministack: self.ministack.without_processes(),
            datasync: self.datasync.without_processes(),
            folder: self.folder.clone(),
        }
    }

    /// Returns the directory where it was started, if it was moved since.
    pub(crate) fn moved_from(&self, folder: &Path) -> Option<&Path> {
        let started = self.folder.as_deref()?;
        folder.canonicalize().is_ok_and(|now| now != started).then_some(started)
    }

    /// Whether this directory is a copy, and the servers belong to the original.
    fn is_of_the_original(&self, folder: &Path) -> bool {
        let original =
            self.moved_from(folder).and_then(|started| parse_cloud(started).ok().flatten());
        original.is_some_and(|original| original.ministack == self.ministack)
    }
}

/// A server that `up` started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalServer {
    pub pid: u32,
    /// The start time of the process in ticks since boot. Together with the id it identifies one
    /// process.
    pub began: u64,
    /// The address that clients use.
    pub url: String,
    /// The address that the server listens on, if clients reach it through a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens_at: Option<String>,
}

impl LocalServer {
    /// Returns a server that is not running; no process has the id 0. Its addresses are kept for
    /// the next start.
    pub(crate) fn without_processes(&self) -> Self {
        Self { pid: 0, began: 0, ..self.clone() }
    }

    /// Returns a server to start, with `advertised` as the address for clients if they use a proxy.
    pub(crate) fn not_started(address: String, advertised: Option<&str>) -> Self {
        match advertised {
            Some(url) => Self { pid: 0, began: 0, url: url.to_owned(), listens_at: Some(address) },
            None => Self { pid: 0, began: 0, url: address, listens_at: None },
        }
    }

    /// The address that the server itself listens on.
    pub(crate) fn listen_address(&self) -> &str {
        self.listens_at.as_deref().unwrap_or(&self.url)
    }

    /// Whether `up` started it and `down` did not end it.
    pub(crate) fn is_up(&self) -> bool {
        self.pid != 0
    }

    /// Whether the started process still runs; another process that got the same id later does not
    /// count.
    pub(crate) fn is_running(&self) -> bool {
        process::process_identity(self.pid)
            == Some(ProcessIdentity { pid: self.pid, began: self.began })
    }
}

/// Reads the file, if it exists. In a copy of a directory no server runs.
pub(crate) fn read_cloud(folder: &Path) -> Result<Option<LocalCloud>> {
    let cloud = parse_cloud(folder)?;
    Ok(cloud.map(
        |cloud| if cloud.is_of_the_original(folder) { cloud.without_processes() } else { cloud },
    ))
}

fn parse_cloud(folder: &Path) -> Result<Option<LocalCloud>> {
    let path = cloud_path(folder);
    if !path.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let cloud = serde_json::from_str(&text);
    cloud.map(Some).with_context(|| {
        format!("reading `{}`; remove it if the local cloud is not running", path.display())
    })
}

/// Reads the running cloud; after `down` there is none, only addresses.
pub(crate) fn read_up(folder: &Path) -> Result<Option<LocalCloud>> {
    Ok(read_cloud(folder)?.filter(|cloud| cloud.ministack.is_up() || cloud.datasync.is_up()))
}

/// Keeps the addresses of a stopped cloud.
pub(crate) fn write_down(folder: &Path, cloud: &LocalCloud) -> Result<()> {
    write_cloud(folder, &cloud.without_processes())
}

/// Writes the file completely or not at all.
pub(crate) fn write_cloud(folder: &Path, cloud: &LocalCloud) -> Result<()> {
    let path = cloud_path(folder);
    let context = || format!("writing `{}`", path.display());
    let file = tempfile::NamedTempFile::new_in(folder).with_context(context)?;
    serde_json::to_writer_pretty(&file, cloud).with_context(context)?;
    file.persist(&path).with_context(context)?;
    Ok(())
}

fn cloud_path(folder: &Path) -> PathBuf {
    folder.join("cloud.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example_cloud(folder: &Path) -> LocalCloud {
        let server = LocalServer {
            pid: 4711,
            began: 1,
            url: "http://127.0.0.1:1".to_owned(),
            listens_at: None,
        };
        let folder = folder.canonicalize().ok();
        LocalCloud { ministack: server.clone(), datasync: server, folder }
    }

    #[test]
    fn a_moved_directory_keeps_its_cloud_and_a_copy_has_none() {
        let root = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| root.path().join(name));
        fs::create_dir(&first).unwrap();
        write_cloud(&first, &example_cloud(&first)).unwrap();
        let read_first = read_cloud(&first).unwrap().unwrap();
        assert_eq!((read_first.ministack.is_up(), read_first.moved_from(&first)), (true, None));

        fs::create_dir(&second).unwrap();
        fs::copy(cloud_path(&first), cloud_path(&second)).unwrap();
        assert!(!read_cloud(&second).unwrap().unwrap().ministack.is_up(), "it is the original's");
        assert!(read_up(&second).unwrap().is_none());

        fs::remove_dir_all(&second).unwrap();
        let started_at = first.canonicalize().unwrap();
        fs::rename(&first, &second).unwrap();
        let moved = read_cloud(&second).unwrap().unwrap();
        assert!(moved.ministack.is_up());
        assert_eq!(moved.moved_from(&second), Some(started_at.as_path()));
    }

    #[test]
    fn an_old_file_has_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let server = r#"{"pid": 1, "began": 2, "url": "http://127.0.0.1:1"}"#;
        fs::write(
            cloud_path(folder.path()),
            format!(r#"{{"ministack": {server}, "datasync": {server}}}"#),
        )
        .unwrap();
        assert_eq!(read_cloud(folder.path()).unwrap().unwrap().moved_from(folder.path()), None);
    }
}
