//! The directories of a restore: a manifest can't name them (DataSync User Guide, "Specifying what DataSync transfers by using
//! a manifest"), so they are put right from here, where the file system is mounted here.
//!
//! Rule: one that stood before the restore began stays as it is, unless --overwrite. Which those are is written down before
//! anything is changed, so that a restore that was cut off tells its own directories from others.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_edge::SdkFailure;
use futures::{StreamExt, TryStreamExt, stream};
use pipeline::posix::Posix;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use serde::Serialize;
use tokio::time::sleep;

use super::choose::Directory;
use super::mounted::Mounted;
use crate::advice::Advise;
use crate::place::Place;

/// How many objects are asked for their metadata at a time.
const AT_A_TIME: usize = 32;
/// For what others made to show on an NFS mount: `acdirmax` is 60 seconds (nfs(5)).
const SIGHT: Duration = Duration::from_secs(90);
/// How many failures are named.
const MAX_FAILURES: usize = 1000;

/// What became of the directories.
#[derive(Debug, Default, Serialize)]
pub(super) struct Directories {
    pub asked_for: u64,
    /// Made or changed to be as they were.
    pub put_right: u64,
    pub already_right: u64,
    /// They differ, and stood before the restore began.
    pub kept: u64,
    pub failed: u64,
    /// `path: why`, the first ones.
    pub failures: Vec<String>,
}

/// Where this machine sees the directory of the restore, and what stood there before.
#[derive(Debug)]
pub(super) struct Prepared {
    directory: PathBuf,
    found: BTreeSet<String>,
}

impl Prepared {
    /// Makes the directory, unless it is there.
    pub(super) fn make(&self) -> Result<Mounted> {
        let context = || format!("making `{}`", self.directory.display());
        std::fs::create_dir_all(&self.directory).with_context(context)?;
        Mounted::open(&self.directory)
            .with_context(context)?
            .ok_or_else(|| anyhow!("it is gone again"))
            .with_context(context)
    }
}

/// Looks at what is there.
pub(super) async fn prepare(place: &Place, id: &str, directory: &Path, tree: &[Directory]) -> Result<Prepared> {
    let context = || format!("looking at `{}`", directory.display());
    let found = match Mounted::open(directory).with_context(context)? {
        None => BTreeSet::new(),
        Some(there) => {
            let stands = |one: &&Directory| there.look(&one.path).ok().flatten().is_some();
            tree.iter().filter(stands).map(|one| one.path.clone()).collect()
        }
    };
    let found = remembered(place, id, found).await?;
    Ok(Prepared { directory: directory.to_owned(), found })
}

/// What stood there before the first try. What of it was removed since and is made again is ours.
async fn remembered(place: &Place, id: &str, now: BTreeSet<String>) -> Result<BTreeSet<String>> {
    let key = keys::restore_found(id);
    let Some(before) = place.records.read::<BTreeSet<String>>(&key).await? else {
        place.records.write(&key, &now).await?;
        return Ok(now);
    };
    let still: BTreeSet<String> = before.intersection(&now).cloned().collect();
    if still != before {
        place.records.write(&key, &still).await?;
    }
    Ok(still)
}

/// Waits until the mount shows one of these files, which DataSync has found or written: an NFS client may remember for a minute
/// that there was none.
///
/// # Errors
/// When it shows none: then another directory is mounted there.
pub(super) async fn shown(prepared: &Prepared, files: &[String]) -> Result<()> {
    let shown = || files.iter().any(|file| prepared.directory.join(file).symlink_metadata().is_ok());
    for _ in 0..SIGHT.as_secs() {
        if shown() {
            return Ok(());
        }
        sleep(Duration::from_secs(1)).await;
    }
    let elsewhere = Err(anyhow!("what was restored does not show in `{}`", prepared.directory.display()));
    elsewhere.advise("the files are back; give the mount point of this very file system for the directories")
}

/// Makes those that are missing and puts right what differs, the deepest first: then nothing that happens below changes
/// their times any more.
pub(super) async fn finish(
    place: &Place,
    outputs: &Outputs,
    prepared: Prepared,
    tree: Vec<Directory>,
    overwrite: bool,
) -> Result<Directories> {
    let asked = stream::iter(tree).map(|one| async {
        let posix = posix_of(place, outputs, &one).await?;
        anyhow::Ok((one.path, posix))
    });
    let wanted: Vec<(String, Posix)> = asked.buffered(AT_A_TIME).try_collect().await?;
    let mounted = prepared.make()?;
    let finished = tokio::task::spawn_blocking(move || put_right(&mounted, &prepared.found, &wanted, overwrite));
    finished.await.context("finishing directories")
}

async fn posix_of(place: &Place, outputs: &Outputs, one: &Directory) -> Result<Posix> {
    let head = place.aws.s3.head_object().bucket(&outputs.destination_bucket).key(&one.key);
    let head = head.version_id(&one.version_id).send().await.map_err(SdkFailure::from);
    let head = head.with_context(|| format!("asking for the metadata of directory `{}`", one.path))?;
    Ok(Posix::from_metadata(|key| head.metadata().and_then(|all| all.get(key)).map(String::as_str)))
}

fn put_right(mounted: &Mounted, found: &BTreeSet<String>, wanted: &[(String, Posix)], overwrite: bool) -> Directories {
    let mut became = Directories { asked_for: wanted.len() as u64, ..Directories::default() };
    let mut lost = BTreeSet::new();
    for (path, _) in wanted {
        let there = mounted.look(path).and_then(|there| if there.is_some() { Ok(()) } else { mounted.make(path) });
        if let Err(error) = there {
            became.fail(path, &error);
            lost.insert(path);
        }
    }
    for (path, posix) in wanted.iter().rev().filter(|(path, _)| !lost.contains(path)) {
        let right = || mounted.look(path).map(|now| now.is_some_and(|now| posix.is_kept_by(&now)));
        match right() {
            Err(error) => became.fail(path, &error),
            Ok(true) => became.already_right += 1,
            Ok(false) if found.contains(path) && !overwrite => became.kept += 1,
            Ok(false) => match mounted.dress(path, posix).and_then(|()| right()) {
                Ok(true) => became.put_right += 1,
                Ok(false) => became.fail(path, &io::Error::other("it does not take its mode, owner or time")),
                Err(error) => became.fail(path, &error),
            },
        }
    }
    became
}

impl Directories {
    fn fail(&mut self, path: &str, error: &io::Error) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(format!("/{path}: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pipeline::posix::FileTime;

    use super::*;

    fn posix(mode: u32, second: i64) -> Posix {
        Posix { mode: Some(0o040_000 | mode), mtime: Some(FileTime::from_parts(second, 0)), ..Posix::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_mount_of_something_else_is_noticed() {
        let top = tempfile::tempdir().unwrap();
        let prepared = Prepared { directory: top.path().join("back"), found: BTreeSet::new() };
        let files = ["gone".to_owned(), "a/link".to_owned()];
        shown(&prepared, &files).await.unwrap_err();
        fs::create_dir_all(top.path().join("back/a")).unwrap();
        std::os::unix::fs::symlink("nowhere", top.path().join("back/a/link")).unwrap();
        shown(&prepared, &files).await.unwrap();
    }

    #[test]
    fn what_stood_before_is_kept_and_the_rest_put_right() {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir_all(top.path().join("old")).unwrap();
        fs::create_dir_all(top.path().join("by datasync/deep")).unwrap();
        fs::write(top.path().join("file"), "").unwrap();
        let wanted: Vec<(String, Posix)> = ["by datasync", "by datasync/deep", "empty", "empty/deep", "file", "old"]
            .iter()
            .zip(1..)
            .map(|(path, second)| ((*path).to_owned(), posix(0o750, second)))
            .collect();
        let (mounted, found) = (Mounted::open(top.path()).unwrap().unwrap(), BTreeSet::from(["old".to_owned()]));
        let first = put_right(&mounted, &found, &wanted, false);
        assert_eq!((first.put_right, first.already_right, first.kept, first.failed), (4, 0, 1, 1), "{first:?}");
        assert!(first.failures[0].starts_with("/file: "), "{:?}", first.failures);
        let again = put_right(&mounted, &found, &wanted, true);
        assert_eq!((again.put_right, again.already_right, again.kept, again.failed), (1, 4, 0, 1), "{again:?}");
    }
}
