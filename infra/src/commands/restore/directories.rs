//! Restores the directories. A manifest cannot list them (DataSync User Guide, "Specifying what
//! DataSync transfers by using a manifest"), so this process restores them where the file system is
//! mounted.
//!
//! Rule: a directory that existed before the restore stays as it is, unless --overwrite. The
//! existing directories are recorded before anything is changed, so that a resumed restore
//! distinguishes them from its own.

mod apply;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::records_bucket::RecordsBucket;
use domain::posix::{FileTime, Posix};
use domain::records::keys;
use futures::{StreamExt, TryStreamExt, stream};
use posix_files::MountedDirectory;
use serde::Serialize;
use tokio::time::sleep;

use apply::apply_desired;

use super::open_mount::{DEFAULT_MODE, OpenMount};
use super::select_versions::DirectoryVersion;
use super::unproven_metadata::{DEFAULT_OWNER, UnprovenMetadata, classify_metadata};
use crate::hint::WithHint;
use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::object_metadata::read_metadata;

/// The number of objects whose metadata is read concurrently.
const CONCURRENCY: usize = 32;
/// The time until an NFS mount shows the files of other clients: `acdirmax` is 60 seconds (nfs(5)).
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The result for the directories.
#[derive(Debug, Default, Serialize)]
pub(super) struct DirectoriesOutcome {
    pub asked_for: u64,
    /// Created or changed.
    pub put_right: u64,
    pub already_right: u64,
    /// Different, and existing before the restore.
    pub kept: u64,
    pub failed: u64,
    /// Directories without a proof: they have the documented default owner and mode.
    pub unproven: u64,
    /// The first failures, as `path: reason`.
    pub failures: Vec<String>,
    /// The first directories whose metadata states more than the defaults, as `path: reason`.
    pub refused: Vec<String>,
}

/// The directory of the restore on this machine, and the directories that existed in it.
#[derive(Debug)]
pub(super) struct PreparedDirectory {
    directory: MountedDirectory,
    existing: BTreeSet<String>,
}

impl PreparedDirectory {
    /// Opens the directory and creates it if it is missing.
    pub(super) fn open_or_create(&self) -> Result<OpenMount> {
        OpenMount::open_or_create(&self.directory)
            .with_context(|| format!("creating `{}`", self.directory))
    }
}

/// Reads the existing directories.
///
/// # Errors
/// When there is no directory, such as a symlink: DataSync could not mount it.
pub(super) async fn prepare_directory(
    records: &RecordsBucket,
    id: &str,
    directory: &MountedDirectory,
    tree: &[DirectoryVersion],
) -> Result<PreparedDirectory> {
    let opened = OpenMount::open(directory)
        .with_context(|| format!("nothing was started: opening `{directory}`"));
    let opened = opened.with_hint("give `--to` a path without symlinks");
    let existing = opened?.map_or_else(BTreeSet::new, |there| existing_paths(&there, tree));
    let existing = read_or_store_existing(records, id, existing).await?;
    Ok(PreparedDirectory { directory: directory.clone(), existing })
}

fn existing_paths(mounted: &OpenMount, tree: &[DirectoryVersion]) -> BTreeSet<String> {
    let stands =
        |one: &&DirectoryVersion| mounted.directory_metadata(&one.path).ok().flatten().is_some();
    tree.iter().filter(stands).map(|one| one.path.clone()).collect()
}

/// Returns the directories that existed before the first attempt. A directory that was removed
/// since and is created again belongs to the restore.
async fn read_or_store_existing(
    records: &RecordsBucket,
    id: &str,
    now: BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let key = keys::restore_existing_directories(id);
    let Some(before) = records.read::<BTreeSet<String>>(&key).await? else {
        records.write(&key, &now).await?;
        return Ok(now);
    };
    let still: BTreeSet<String> = before.intersection(&now).cloned().collect();
    if still != before {
        records.write(&key, &still).await?;
    }
    Ok(still)
}

/// Waits until the mount shows one of these files, which the report lists as written. An NFS client
/// may cache for a minute that they did not exist.
///
/// # Errors
/// When it shows none: then another directory is mounted there.
pub(super) async fn wait_until_visible(
    prepared: &PreparedDirectory,
    files: &[String],
) -> Result<()> {
    let Some(first) = files.first() else { return Ok(()) };
    for _ in 0..VISIBLE_TIMEOUT.as_secs() {
        if shows_any(&prepared.directory, files) {
            return Ok(());
        }
        sleep(Duration::from_secs(1)).await;
    }
    let elsewhere = Err(anyhow!(
        "`{}` shows none of the files that DataSync reports as restored, such as `{}`",
        prepared.directory,
        first
    ));
    elsewhere.with_hint(
        "give the mount point of the file system of the stack, and run the same command again",
    )
}

fn shows_any(directory: &MountedDirectory, files: &[String]) -> bool {
    let mounted = OpenMount::open(directory).ok().flatten();
    mounted.is_some_and(|mounted| {
        files.iter().any(|file| matches!(mounted.file_state(file), Ok(Some(_))))
    })
}

/// Creates the missing directories and changes the different ones, the deepest first, so that later
/// changes do not alter their times.
pub(super) async fn restore_directories(
    bucket: &DestinationBucket,
    prepared: PreparedDirectory,
    tree: Vec<DirectoryVersion>,
    overwrite: bool,
) -> Result<DirectoriesOutcome> {
    let asked = stream::iter(tree).map(|one| async {
        let wanted = desired_directory(bucket, &one).await?;
        anyhow::Ok((one.path, wanted))
    });
    let wanted: Vec<(String, DesiredDirectory)> = asked.buffered(CONCURRENCY).try_collect().await?;
    let mounted = prepared.open_or_create()?;
    let finished = tokio::task::spawn_blocking(move || {
        apply_desired(&mounted, &prepared.existing, &wanted, overwrite)
    });
    finished.await.context("restoring directories")
}

/// The desired state of a directory.
#[derive(Clone, Debug, Default)]
struct DesiredDirectory {
    posix: Posix,
    is_proven: bool,
    /// The metadata beyond the defaults that no proof lists.
    refused: Option<String>,
}

/// Takes owner and mode from the proof only, because anyone with write access to the bucket can
/// write any values into the metadata. Without a proof, uses the defaults of DataSync (User Guide,
/// "Default POSIX metadata"). A time is harmless.
async fn desired_directory(
    bucket: &DestinationBucket,
    one: &DirectoryVersion,
) -> Result<DesiredDirectory> {
    let stated = read_metadata(bucket, &one.key, &one.version_id).await?;
    Ok(desired_by_proof(&stated, one))
}

fn desired_by_proof(stated: &Posix, one: &DirectoryVersion) -> DesiredDirectory {
    let modified = FileTime::from_seconds(one.at.timestamp());
    let (mtime, atime) = (stated.mtime.or(Some(modified)), stated.atime);
    if let Some(proof) = &one.proof {
        let mode = proof.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let posix = Posix { mode, uid: proof.uid, gid: proof.gid, mtime, atime };
        return DesiredDirectory { posix, is_proven: true, refused: None };
    }
    let owner = Some(DEFAULT_OWNER);
    let refused = match classify_metadata(stated, &one.version_id) {
        UnprovenMetadata::Nothing => None,
        UnprovenMetadata::Owner(why) | UnprovenMetadata::SetIds(why) => Some(why),
    };
    let posix = Posix { mode: Some(DEFAULT_MODE), uid: owner, gid: owner, mtime, atime };
    DesiredDirectory { posix, is_proven: false, refused }
}

#[cfg(test)]
mod tests;
