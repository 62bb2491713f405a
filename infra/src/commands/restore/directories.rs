//! The directories of a restore: a manifest can't name them (DataSync User Guide, "Specifying what
//! DataSync transfers by using a manifest"), so they are put right from here, where the file system
//! is mounted here.
//!
//! Rule: one that stood before the restore began stays as it is, unless --overwrite. Which those
//! are is written down before anything is changed, so that a restore that was cut off tells its own
//! directories from others.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use domain::posix::{FileTime, Posix};
use domain::records::keys;
use domain::records::outputs::Outputs;
use futures::{StreamExt, TryStreamExt, stream};
use posix_files::MountedDirectory;
use serde::Serialize;
use tokio::time::sleep;

use super::choose::Directory;
use super::mounted::{DEFAULT_MODE, Mounted};
use super::unproven::{self, Claim, DEFAULT_OWNER, claim_of};
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
    /// No proof knows their owner and mode: they have the documented defaults.
    pub unproven: u64,
    /// `path: why`, the first ones.
    pub failures: Vec<String>,
    /// `path: why`, the first ones whose metadata asks for more than the defaults.
    pub refused: Vec<String>,
}

/// Where this machine sees the directory of the restore, and what stood there before.
#[derive(Debug)]
pub(super) struct Prepared {
    directory: MountedDirectory,
    found: BTreeSet<String>,
}

impl Prepared {
    /// Makes the directory, unless it is there.
    pub(super) fn make(&self) -> Result<Mounted> {
        Mounted::open_or_make(&self.directory)
            .with_context(|| format!("making `{}`", self.directory))
    }
}

/// Looks at what is there.
///
/// # Errors
/// When there is no directory, such as a symlink: DataSync could not mount it.
pub(super) async fn prepare(
    place: &Place,
    id: &str,
    directory: &MountedDirectory,
    tree: &[Directory],
) -> Result<Prepared> {
    let opened = Mounted::open(directory)
        .with_context(|| format!("nothing was started: looking at `{directory}`"));
    let opened = opened.advise("give `--to` a directory that is reached through directories alone");
    let found = match opened? {
        None => BTreeSet::new(),
        Some(there) => {
            let stands = |one: &&Directory| there.look(&one.path).ok().flatten().is_some();
            tree.iter().filter(stands).map(|one| one.path.clone()).collect()
        }
    };
    let found = remembered(place, id, found).await?;
    Ok(Prepared { directory: directory.clone(), found })
}

/// What stood there before the first try. What of it was removed since and is made again is ours.
async fn remembered(place: &Place, id: &str, now: BTreeSet<String>) -> Result<BTreeSet<String>> {
    let key = keys::restore_existing_directories(id);
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

/// Waits until the mount shows one of these files, which the report says were written: an NFS
/// client may remember for a minute that there was none.
///
/// # Errors
/// When it shows none: then another directory is mounted there.
pub(super) async fn shown(prepared: &Prepared, files: &[String]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let shown = || {
        let mounted = Mounted::open(&prepared.directory).ok().flatten();
        mounted.is_some_and(|mounted| {
            files.iter().any(|file| matches!(mounted.file(file), Ok(Some(_))))
        })
    };
    for _ in 0..SIGHT.as_secs() {
        if shown() {
            return Ok(());
        }
        sleep(Duration::from_secs(1)).await;
    }
    let elsewhere = Err(anyhow!(
        "`{}` shows none of the files that DataSync reports as restored, such as `{}`",
        prepared.directory,
        files[0]
    ));
    elsewhere
        .advise("give the mount point of this very file system, and run the same command again")
}

/// Makes those that are missing and puts right what differs, the deepest first: then nothing that
/// happens below changes their times any more.
pub(super) async fn finish(
    place: &Place,
    outputs: &Outputs,
    prepared: Prepared,
    tree: Vec<Directory>,
    overwrite: bool,
) -> Result<Directories> {
    let asked = stream::iter(tree).map(|one| async {
        let wanted = wanted(place, outputs, &one).await?;
        anyhow::Ok((one.path, wanted))
    });
    let wanted: Vec<(String, Wanted)> = asked.buffered(AT_A_TIME).try_collect().await?;
    let mounted = prepared.make()?;
    let finished = tokio::task::spawn_blocking(move || {
        put_right(&mounted, &prepared.found, &wanted, overwrite)
    });
    finished.await.context("finishing directories")
}

/// How a directory is to be.
#[derive(Clone, Debug, Default)]
struct Wanted {
    posix: Posix,
    is_proven: bool,
    /// What its metadata asks for beyond the defaults, without a proof.
    refused: Option<String>,
}

/// Owner and mode by the proof alone: whoever may write to the bucket may write any into the
/// metadata. Without a proof the defaults of DataSync (User Guide, "Default POSIX metadata"). A
/// time does no harm.
async fn wanted(place: &Place, outputs: &Outputs, one: &Directory) -> Result<Wanted> {
    let (s3, bucket) = (&place.aws.s3, &outputs.destination_bucket);
    let stated = unproven::metadata(s3, bucket, &one.key, &one.version_id).await?;
    Ok(wanted_by(&stated, one))
}

fn wanted_by(stated: &Posix, one: &Directory) -> Wanted {
    let modified = FileTime::from_seconds(one.at.timestamp());
    let (mtime, atime) = (stated.mtime.or(Some(modified)), stated.atime);
    if let Some(proof) = &one.proof {
        let mode = proof.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let posix = Posix { mode, uid: proof.uid, gid: proof.gid, mtime, atime };
        return Wanted { posix, is_proven: true, refused: None };
    }
    let owner = Some(DEFAULT_OWNER);
    let refused = match claim_of(stated, &one.version_id) {
        Claim::Nothing => None,
        Claim::Owner(why) | Claim::SetIds(why) => Some(why),
    };
    let posix = Posix { mode: Some(DEFAULT_MODE), uid: owner, gid: owner, mtime, atime };
    Wanted { posix, is_proven: false, refused }
}

fn put_right(
    mounted: &Mounted,
    found: &BTreeSet<String>,
    all_wanted: &[(String, Wanted)],
    overwrite: bool,
) -> Directories {
    let mut became = Directories { asked_for: all_wanted.len() as u64, ..Directories::default() };
    let (mut lost, mut made) = (BTreeSet::new(), BTreeSet::new());
    for (path, wanted) in all_wanted {
        became.unproven += u64::from(!wanted.is_proven);
        if let Some(why) = wanted.refused.as_ref().filter(|_| became.refused.len() < MAX_FAILURES) {
            became.refused.push(format!("/{path}: {why}; it has the defaults"));
        }
        let there = mounted
            .look(path)
            .and_then(|there| if there.is_some() { Ok(false) } else { mounted.make(path) });
        match there {
            Ok(is_new) => drop(is_new.then(|| made.insert(path))),
            Err(error) => {
                became.fail(path, &error);
                lost.insert(path);
            }
        }
    }
    let may_chown = rustix::process::geteuid().is_root();
    for (path, wanted) in all_wanted.iter().rev().filter(|(path, _)| !lost.contains(path)) {
        let mut posix = wanted.posix.clone();
        if !wanted.is_proven && !may_chown {
            (posix.uid, posix.gid) = (None, None);
        }
        let right = || mounted.look(path).map(|now| now.is_some_and(|now| posix.is_kept_by(&now)));
        match right() {
            Err(error) => became.fail(path, &error),
            Ok(true) if made.contains(path) => became.put_right += 1,
            Ok(true) => became.already_right += 1,
            Ok(false) if found.contains(path) && !overwrite => became.kept += 1,
            Ok(false) => match mounted.dress(path, &posix).and_then(|()| right()) {
                Ok(true) => became.put_right += 1,
                Ok(false) => {
                    became.fail(path, &io::Error::other("it does not take its mode, owner or time"))
                }
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

    use super::*;

    fn wanted(mode: u32, second: i64) -> Wanted {
        let mtime = Some(FileTime::from_seconds(second));
        let posix = Posix { mode: Some(0o040_000 | mode), mtime, ..Posix::default() };
        Wanted { posix, is_proven: true, refused: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_mount_of_something_else_is_noticed() {
        let top = tempfile::tempdir().unwrap();
        let prepared = Prepared {
            directory: MountedDirectory::new(top.path(), "back"),
            found: BTreeSet::new(),
        };
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
        let all_wanted: Vec<(String, Wanted)> =
            ["by datasync", "by datasync/deep", "empty", "empty/deep", "file", "old"]
                .iter()
                .zip(1..)
                .map(|(path, second)| ((*path).to_owned(), wanted(0o750, second)))
                .collect();
        let (mounted, found) = (
            Mounted::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap(),
            BTreeSet::from(["old".to_owned()]),
        );
        let first = put_right(&mounted, &found, &all_wanted, false);
        assert_eq!(
            (first.put_right, first.already_right, first.kept, first.failed),
            (4, 0, 1, 1),
            "{first:?}"
        );
        assert!(first.failures[0].starts_with("/file: "), "{:?}", first.failures);
        let again = put_right(&mounted, &found, &all_wanted, true);
        assert_eq!(
            (again.put_right, again.already_right, again.kept, again.failed),
            (1, 4, 0, 1),
            "{again:?}"
        );
    }

    #[test]
    fn owner_and_mode_come_from_a_proof_or_are_the_defaults() {
        let stated =
            Posix { mode: Some(0o046_777), uid: Some(0), gid: Some(0), ..Posix::default() };
        let proof = serde_json::json!({"path": "/d", "key": "d/", "version_id": "v1", "size": 0, "mode": "2750",
            "uid": 7, "gid": 8});
        let directory = |proof| {
            let (path, key, version_id) = ("d".to_owned(), "d/".to_owned(), "v1".to_owned());
            let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            Directory { path, key, version_id, at, proof }
        };
        let mtime = Some(FileTime::from_seconds(1_700_000_000));
        let proven = wanted_by(&stated, &directory(Some(serde_json::from_value(proof).unwrap())));
        let expected = Posix { mode: Some(0o2750), uid: Some(7), gid: Some(8), mtime, atime: None };
        assert_eq!((proven.posix, proven.refused), (expected, None));
        let planted = wanted_by(&stated, &directory(None));
        let owner = Some(65_534);
        let defaults = Posix { mode: Some(0o755), uid: owner, gid: owner, mtime, atime: None };
        assert_eq!(planted.posix, defaults);
        assert!(planted.refused.is_some_and(|why| why.contains("asks for mode 6777")));
        let foreign = wanted_by(&Posix::default(), &directory(None));
        assert_eq!((foreign.posix, foreign.refused), (defaults, None));
    }

    #[test]
    fn what_was_just_made_is_not_right_already() {
        let top = tempfile::tempdir().unwrap();
        let mounted = Mounted::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        let all_wanted = [("new".to_owned(), Wanted { is_proven: true, ..Wanted::default() })];
        let first = put_right(&mounted, &BTreeSet::new(), &all_wanted, false);
        assert_eq!((first.put_right, first.already_right), (1, 0));
        let again = put_right(&mounted, &BTreeSet::new(), &all_wanted, false);
        assert_eq!((again.put_right, again.already_right), (0, 1));
    }
}
