//! The destination of a restore: a directory of the file system, and its path on this machine.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use domain::records::outputs::Outputs;
use domain::records::restore::RestoreTarget;
use posix_files::MountedDirectory;

use crate::cli::{Global, RestoreArguments};
use crate::hint::WithHint;
use crate::sync_view::SyncView;

/// The destination of a restore.
#[derive(Debug)]
pub(super) struct RestoreDestination {
    /// The path relative to the source directory: empty, or with `/` at its end only.
    pub directory: String,
    /// The path from the root of the file system, or of its access point.
    pub folder: String,
    /// The path on this machine, where the file system is mounted.
    pub here: Option<MountedDirectory>,
    /// Whether the first mount creates the directory.
    pub made_by_mount: bool,
    /// Whether it was a directory of the source before.
    pub existed: bool,
}

impl RestoreDestination {
    pub(super) fn resolve_destination(
        global: &Global,
        arguments: &RestoreArguments,
        view: &SyncView,
        moment: DateTime<Utc>,
    ) -> Result<Self> {
        let (source, outputs) = (&view.context.config.source, &view.outputs);
        let directory = requested_directory(arguments, moment)?;
        let folder = format!("{}{directory}", source.subdirectory);
        let root = mount_point(global, arguments, outputs)?;
        let here = root.map(|root| MountedDirectory::new(root, &folder));
        let target = RestoreTarget { directory: directory.clone(), existed: false };
        let made_by_mount = target.access_point_path(source).is_some();
        if !made_by_mount && !directory.is_empty() && here.is_none() {
            return Err(missing_directory(&folder)).with_hint(mount_hint(outputs));
        }
        Ok(Self { directory, folder, here, made_by_mount, existed: false })
    }

    /// The target as the restore task is given it.
    pub(super) fn to_target(&self) -> RestoreTarget {
        RestoreTarget { directory: self.directory.clone(), existed: self.existed }
    }
}

/// EFS creates directories at most four levels deep, by an access point of the stack.
fn mount_hint(outputs: &Outputs) -> String {
    let there = match &outputs.instance {
        Some(instance) => {
            format!("on the stack's instance (`{}`) it is /mnt/efs", instance.session_command)
        }
        None => "`mount -t efs` mounts it".to_owned(),
    };
    format!(
        "run the command as root on a machine with the file system mounted, with `--mounted \
            <mount point>`; {there}"
    )
}

fn requested_directory(arguments: &RestoreArguments, moment: DateTime<Utc>) -> Result<String> {
    let Some(to) = &arguments.to else {
        return Ok(format!("restored-{}/", moment.format("%Y-%m-%dT%H%M%SZ")));
    };
    let inner = to.trim_matches('/');
    let wrong = |c: &char| !(c.is_ascii_alphanumeric() || " _-+./()".contains(*c));
    if let Some(c) = inner.chars().find(wrong) {
        let refused = Err(anyhow!("`--to` must not contain {c:?}"));
        return refused.with_hint(
            "DataSync accepts A-Z a-z 0-9 _ - + . / ( ) and spaces in the path of a location",
        );
    }
    if !inner.is_empty() && inner.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(anyhow!("`--to` must not contain //, . or .."))
            .with_hint("give a directory below the source directory");
    }
    Ok(if inner.is_empty() { String::new() } else { format!("{inner}/") })
}

fn missing_directory(folder: &str) -> anyhow::Error {
    anyhow!(
        "nothing was started: DataSync mounts `{folder}`, and EFS cannot create this directory \
            itself"
    )
}

/// Returns the directory where the file system is mounted on this machine; `None` where it is not.
fn mount_point(
    global: &Global,
    arguments: &RestoreArguments,
    outputs: &Outputs,
) -> Result<Option<PathBuf>> {
    let local = global.local.then(|| global.local_dir.join("efs").join(&outputs.file_system_id));
    let root = arguments.mounted.clone().or(local);
    if let Some(root) = root.as_ref().filter(|root| !root.is_dir()) {
        let not_directory = Err(anyhow!("`{}` is not a directory", root.display()));
        return not_directory
            .with_hint("give the mount point of the file system, or omit `--mounted`");
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_new_or_the_requested_one() {
        let moment = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let of = |to: Option<&str>| {
            let to = to.map(str::to_owned);
            requested_directory(&RestoreArguments { to, ..RestoreArguments::default() }, moment)
                .ok()
        };
        assert_eq!(of(None).as_deref(), Some("restored-2023-11-14T221320Z/"));
        assert_eq!(of(Some("/")).as_deref(), Some(""));
        assert_eq!(of(Some("a/b c")).as_deref(), Some("a/b c/"));
        for wrong in ["a//b", "..", "a/../b", "ä", "a:b"] {
            assert_eq!(of(Some(wrong)), None, "{wrong}");
        }
    }
}
