//! Creates and changes the directories of a restore where the file system is mounted.

use std::collections::BTreeSet;
use std::io;

use domain::posix::Posix;

use super::super::open_mount::OpenMount;
use super::{DesiredDirectory, DirectoriesOutcome};

/// The number of failures that are listed.
const MAX_FAILURES: usize = 1000;

/// The result for one directory.
enum DirectoryResult {
    Unchanged,
    Changed,
    /// A different directory that may not be changed.
    Kept,
}

pub(super) fn apply_desired(
    mounted: &OpenMount,
    existing: &BTreeSet<String>,
    all_wanted: &[(String, DesiredDirectory)],
    overwrite: bool,
) -> DirectoriesOutcome {
    let mut outcome =
        DirectoriesOutcome { asked_for: all_wanted.len() as u64, ..DirectoriesOutcome::default() };
    let (found, created) = create_missing(mounted, all_wanted, &mut outcome);
    for (path, wanted) in all_wanted.iter().rev() {
        let is_new = created.contains(path.as_str());
        let may_change = overwrite || !existing.contains(path);
        if is_new || found.contains(path.as_str()) {
            let result = apply_one(mounted, path, wanted, may_change);
            outcome.count_result(path, result, is_new);
        }
    }
    outcome
}

/// Creates the directories that are missing. Returns those that existed and those that it created.
fn create_missing<'a>(
    mounted: &OpenMount,
    all_wanted: &'a [(String, DesiredDirectory)],
    outcome: &mut DirectoriesOutcome,
) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let (mut found, mut created) = (BTreeSet::new(), BTreeSet::new());
    for (path, wanted) in all_wanted {
        outcome.add_unproven(path, wanted);
        let there = mounted.directory_metadata(path).and_then(|there| {
            if there.is_some() { Ok(false) } else { mounted.create_directory(path) }
        });
        match there {
            Ok(true) => drop(created.insert(path.as_str())),
            Ok(false) => drop(found.insert(path.as_str())),
            Err(error) => outcome.add_failure(path, &error),
        }
    }
    (found, created)
}

fn apply_one(
    mounted: &OpenMount,
    path: &str,
    wanted: &DesiredDirectory,
    may_change: bool,
) -> io::Result<DirectoryResult> {
    let posix = settable_metadata(wanted);
    if is_right(mounted, path, &posix)? {
        return Ok(DirectoryResult::Unchanged);
    }
    if !may_change {
        return Ok(DirectoryResult::Kept);
    }
    mounted.apply_metadata(path, &posix)?;
    if is_right(mounted, path, &posix)? {
        return Ok(DirectoryResult::Changed);
    }
    Err(io::Error::other("the file system does not store its mode, owner or time"))
}

/// Returns the desired metadata without a default owner that this process may not set.
fn settable_metadata(wanted: &DesiredDirectory) -> Posix {
    let mut posix = wanted.posix.clone();
    if !wanted.is_proven && !rustix::process::geteuid().is_root() {
        (posix.uid, posix.gid) = (None, None);
    }
    posix
}

fn is_right(mounted: &OpenMount, path: &str, posix: &Posix) -> io::Result<bool> {
    let now = mounted.directory_metadata(path)?;
    Ok(now.is_some_and(|now| posix.is_kept_by(&now)))
}

impl DirectoriesOutcome {
    fn count_result(&mut self, path: &str, result: io::Result<DirectoryResult>, is_new: bool) {
        match result {
            Ok(DirectoryResult::Unchanged) if !is_new => self.already_right += 1,
            Ok(DirectoryResult::Unchanged | DirectoryResult::Changed) => self.put_right += 1,
            Ok(DirectoryResult::Kept) => self.kept += 1,
            Err(error) => self.add_failure(path, &error),
        }
    }

    fn add_unproven(&mut self, path: &str, wanted: &DesiredDirectory) {
        self.unproven += u64::from(!wanted.is_proven);
        if let Some(why) = wanted.refused.as_ref().filter(|_| self.refused.len() < MAX_FAILURES) {
            self.refused.push(format!("/{path}: {why}; it gets the defaults"));
        }
    }

    fn add_failure(&mut self, path: &str, error: &io::Error) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(format!("/{path}: {error}"));
        }
    }
}
