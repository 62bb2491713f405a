//! What a restore came to, and how that is worded.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::execution::Execution;
use domain::printable::escape_unprintable;
use domain::restore::RestoreCounts;
use serde::Serialize;

use super::SHOWN;
use super::choose::Chosen;
use super::directories::Directories;
use super::target::Target;
use super::told::Told;
use crate::follow;

/// What was restored.
#[derive(Debug, Serialize)]
pub(super) struct Restored {
    as_of: DateTime<Utc>,
    /// Below the source's folder.
    directory: String,
    #[serde(skip)]
    folder: String,
    /// Absent where there were directories only.
    execution: Option<String>,
    /// DataSync's state of the execution: `SUCCESS` or `ERROR`.
    status: Option<String>,
    error: Option<String>,
    /// Every file asked for is there as it was and, where the file system is mounted here, every
    /// directory.
    pub complete: bool,
    #[serde(flatten)]
    settled: RestoreCounts,
    bytes: u64,
    /// Absent where the file system is not mounted here.
    directories: Option<Directories>,
    /// Those that came back, if at all, without their modes, owners and times.
    directories_left: u64,
    not_restorable: Told,
    did_not_stand: Told,
    undecided: Told,
    refused: Told,
    unproven: Told,
    /// All of these for people.
    #[serde(skip)]
    told: Vec<String>,
}

impl Restored {
    pub(super) fn of(
        chosen: &Chosen,
        target: Target,
        carried: Option<(Execution, RestoreCounts)>,
        directories: Option<Directories>,
    ) -> Self {
        let (ended, settled) = match carried {
            Some((ended, settled)) => (Some(ended), settled),
            None => (None, RestoreCounts::default()),
        };
        let succeeded = ended.as_ref().is_none_or(Execution::is_success);
        let files =
            settled.failed == 0 && settled.kept == 0 && settled.restored == settled.verified;
        let folders = directories.as_ref().is_none_or(|all| all.failed == 0 && all.kept == 0);
        let words =
            ended.as_ref().map(|ended| [ended.error.code.clone(), ended.error.detail.clone()]);
        Self {
            as_of: chosen.as_of,
            directory: target.directory,
            folder: target.folder,
            execution: ended.as_ref().map(|ended| ended.arn.id().to_owned()),
            error: words
                .into_iter()
                .flatten()
                .flatten()
                .reduce(|code, why| format!("{code}: {why}")),
            status: ended.map(|ended| ended.status),
            complete: succeeded && files && folders && chosen.refused.count == 0,
            settled,
            bytes: chosen.bytes,
            directories_left: if directories.is_some() { 0 } else { chosen.directories },
            directories,
            not_restorable: chosen.not_restorable.clone(),
            did_not_stand: chosen.did_not_stand.clone(),
            undecided: chosen.undecided.clone(),
            refused: chosen.refused.clone(),
            unproven: chosen.unproven.clone(),
            told: chosen.told(),
        }
    }

    pub(super) fn text(&self) -> String {
        let RestoreCounts {
            asked_for,
            restored,
            verified,
            kept,
            already_there,
            failed,
            failures,
            ..
        } = &self.settled;
        let verdict = if self.complete { "RESTORED" } else { "NOT COMPLETE" };
        let size = follow::bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut lines =
            vec![format!("{verdict}: {asked_for} files ({size}) as of {at} in `{}`", self.folder)];
        if let (Some(execution), Some(status)) = (&self.execution, &self.status) {
            lines.push(format!(
                "  files: {restored} restored, {verified} of them read back and equal, {already_there} there already, \
                 {kept} kept because they differ, {failed} failed ({execution} {status})"
            ));
        }
        lines.extend(self.error.iter().map(|error| format!("  DataSync: {error}")));
        lines.extend(
            failures.iter().take(SHOWN).map(|failure| format!("  {}", escape_unprintable(failure))),
        );
        lines.extend(self.of_directories());
        lines.extend(self.told.iter().map(|line| format!("  {line}")));
        let kept_directories = self.directories.as_ref().map_or(0, |all| all.kept);
        if *kept > 0 || kept_directories > 0 {
            lines.push("To replace what differs: the same command with --overwrite".to_owned());
        }
        if !self.directory.is_empty() {
            lines.push(format!(
                "The next run copies `{}` to S3 too: move what you need, and delete it before.",
                self.folder
            ));
        }
        lines.join("\n") + "\n"
    }

    fn of_directories(&self) -> Vec<String> {
        match &self.directories {
            Some(Directories {
                asked_for,
                put_right,
                already_right,
                kept,
                failed,
                unproven,
                failures,
                refused,
            }) => {
                let line = format!(
                    "  directories: {asked_for}: {put_right} put right, {already_right} right already, {kept} kept as \
                     they were before, {failed} failed"
                );
                let defaults = format!(
                    "  {unproven} directories have the default owner and mode: \
                    no proof lists them"
                );
                let defaults = Some(defaults).filter(|_| *unproven > 0);
                let all = failures.iter().take(SHOWN).chain(refused.iter().take(SHOWN));
                [line]
                    .into_iter()
                    .chain(defaults)
                    .chain(all.map(|why| format!("  {}", escape_unprintable(why))))
                    .collect()
            }
            None if self.directories_left > 0 => vec![
                format!(
                    "  directories: {} came back as far as files lie in them, without modes, \
                        owners and times",
                    self.directories_left
                ),
                "For the rest: the same command as root, with --mounted <mount point>, where the \
                    file system is mounted"
                    .to_owned(),
            ],
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored() -> Restored {
        Restored {
            as_of: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            directory: "back/".into(),
            folder: "/shared/back/".into(),
            execution: Some("exec-1".into()),
            status: Some("SUCCESS".into()),
            error: None,
            complete: true,
            settled: RestoreCounts {
                asked_for: 3,
                restored: 2,
                verified: 2,
                already_there: 1,
                ..RestoreCounts::default()
            },
            bytes: 12,
            directories: None,
            directories_left: 2,
            not_restorable: Told::default(),
            did_not_stand: Told::default(),
            undecided: Told::default(),
            refused: Told::default(),
            unproven: Told::default(),
            told: vec!["1 versions did not stand then, and stay in S3:".into()],
        }
    }

    #[test]
    fn what_came_back_and_what_did_not() {
        insta::assert_snapshot!(restored().text(), @r"
        RESTORED: 3 files (12 B) as of 2023-11-14T22:13:20Z in `/shared/back/`
          files: 2 restored, 2 of them read back and equal, 1 there already, 0 kept because they differ, 0 failed (exec-1 SUCCESS)
          directories: 2 came back as far as files lie in them, without modes, owners and times
        For the rest: the same command as root, with --mounted <mount point>, where the file system is mounted
          1 versions did not stand then, and stay in S3:
        The next run copies `/shared/back/` to S3 too: move what you need, and delete it before.
        ");
        let directories = Directories {
            asked_for: 3,
            put_right: 1,
            kept: 1,
            failed: 1,
            unproven: 1,
            failures: vec!["/x: Not a directory".into()],
            refused: vec!["/y: no proof".into()],
            ..Directories::default()
        };
        let mounted = Restored {
            directories: Some(directories),
            directories_left: 0,
            complete: false,
            ..restored()
        };
        insta::assert_snapshot!(mounted.text(), @r"
        NOT COMPLETE: 3 files (12 B) as of 2023-11-14T22:13:20Z in `/shared/back/`
          files: 2 restored, 2 of them read back and equal, 1 there already, 0 kept because they differ, 0 failed (exec-1 SUCCESS)
          directories: 3: 1 put right, 0 right already, 1 kept as they were before, 1 failed
          1 directories have the default owner and mode: no proof lists them
          /x: Not a directory
          /y: no proof
          1 versions did not stand then, and stay in S3:
        To replace what differs: the same command with --overwrite
        The next run copies `/shared/back/` to S3 too: move what you need, and delete it before.
        ");
    }
}
