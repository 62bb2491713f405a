//! `cloud.json`: which processes `up` started, and where they listen.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::process::{self, ProcessIdentity};

/// Both halves of a local cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalCloud {
    pub ministack: LocalServer,
    pub datasync: LocalServer,
    /// Where this file lay when the servers were started: they end when it is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl LocalCloud {
    /// The same addresses, and nothing that runs.
    pub(crate) fn without_processes(&self) -> Self {
        Self {
            ministack: self.ministack.without_processes(),
            datasync: self.datasync.without_processes(),
            folder: self.folder.clone(),
        }
    }

    /// Where it was started, if that is not where it is now.
    pub(crate) fn moved_from(&self, folder: &Path) -> Option<&Path> {
        let started = self.folder.as_deref()?;
        folder.canonicalize().is_ok_and(|now| now != started).then_some(started)
    }

    /// Whether the servers belong to the folder that this one is a copy of.
    fn is_of_the_original(&self, folder: &Path) -> bool {
        let original =
            self.moved_from(folder).and_then(|started| parse_cloud(started).ok().flatten());
        original.is_some_and(|original| original.ministack == self.ministack)
    }
}

/// One server that `up` started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalServer {
    pub pid: u32,
    /// When the process began, in the kernel's ticks since boot: with the id it names one process
    /// for good.
    pub began: u64,
    /// The address that clients use.
    pub url: String,
    /// The address that the server listens on, if clients reach it through a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens_at: Option<String>,
}

impl LocalServer {
    /// A server that does not run; no process has the id 0. Its addresses are kept for the next
    /// start.
    pub(crate) fn without_processes(&self) -> Self {
        Self { pid: 0, began: 0, ..self.clone() }
    }

    /// The addresses of a server that is yet to start, `advertised` to its clients if they reach it
    /// through a proxy.
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

    /// Whether the process that was started still runs; another that got its id later does not
    /// count.
    pub(crate) fn is_running(&self) -> bool {
        process::process_identity(self.pid)
            == Some(ProcessIdentity { pid: self.pid, began: self.began })
    }
}

/// What `up` wrote, if it did. In a copy of its folder nothing runs.
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
        format!("reading `{}`; remove it if the local cloud does not run", path.display())
    })
}

/// The cloud that is up; after `down` there is none, only its addresses.
pub(crate) fn read_up(folder: &Path) -> Result<Option<LocalCloud>> {
    Ok(read_cloud(folder)?.filter(|cloud| cloud.ministack.is_up() || cloud.datasync.is_up()))
}

/// Remembers the addresses of a cloud that was ended.
pub(crate) fn write_down(folder: &Path, cloud: &LocalCloud) -> Result<()> {
    write_cloud(folder, &cloud.without_processes())
}

/// Writes it whole or not at all.
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
    fn a_moved_folder_takes_its_cloud_along_and_a_copy_has_none() {
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
        assert_eq!(
            (moved.ministack.is_up(), moved.moved_from(&second)),
            (true, Some(started_at.as_path()))
        );
    }

    #[test]
    fn a_file_of_before_names_no_folder() {
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
