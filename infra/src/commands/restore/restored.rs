//! What a restore came to, and how that is worded.

use chrono::{DateTime, SecondsFormat, Utc};
use pipeline::execution::Execution;
use pipeline::restore::Settled;
use serde::Serialize;

use super::SHOWN;
use super::choose::Chosen;
use super::directories::Directories;
use super::target::Target;
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
    /// Every file asked for is there as it was and, where the file system is mounted here, every directory.
    pub complete: bool,
    #[serde(flatten)]
    settled: Settled,
    bytes: u64,
    /// Absent where the file system is not mounted here.
    directories: Option<Directories>,
    /// Those that came back, if at all, without their modes, owners and times.
    directories_left: u64,
}

impl Restored {
    pub(super) fn of(
        chosen: &Chosen,
        target: Target,
        carried: Option<(Execution, Settled)>,
        directories: Option<Directories>,
    ) -> Self {
        let (ended, mut settled) = match carried {
            Some((ended, settled)) => (Some(ended), settled),
            None => (None, Settled::default()),
        };
        let succeeded = ended.as_ref().is_none_or(Execution::succeeded);
        if !succeeded {
            // Then nobody has looked whether they are there.
            settled.failed += std::mem::take(&mut settled.already_there);
        }
        let files = settled.failed == 0 && settled.kept == 0 && settled.restored == settled.verified;
        let folders = directories.as_ref().is_none_or(|all| all.failed == 0 && all.kept == 0);
        let words = ended.as_ref().map(|ended| [ended.error.code.clone(), ended.error.detail.clone()]);
        Self {
            as_of: chosen.as_of,
            directory: target.directory,
            folder: target.folder,
            execution: ended.as_ref().map(|ended| ended.arn.id().to_owned()),
            error: words.into_iter().flatten().flatten().reduce(|code, why| format!("{code}: {why}")),
            status: ended.map(|ended| ended.status),
            complete: succeeded && files && folders,
            settled,
            bytes: chosen.bytes,
            directories_left: if directories.is_some() { 0 } else { chosen.directories },
            directories,
        }
    }

    pub(super) fn text(&self) -> String {
        let Settled { asked_for, restored, verified, kept, already_there, failed, failures, .. } = &self.settled;
        let verdict = if self.complete { "RESTORED" } else { "NOT COMPLETE" };
        let size = follow::bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut lines = vec![format!("{verdict}: {asked_for} files ({size}) as of {at} in `{}`", self.folder)];
        if let (Some(execution), Some(status)) = (&self.execution, &self.status) {
            lines.push(format!(
                "  files: {restored} restored, {verified} of them read back and equal, {already_there} there already, \
                 {kept} kept because they differ, {failed} failed ({execution} {status})"
            ));
        }
        lines.extend(self.error.iter().map(|error| format!("  DataSync: {error}")));
        lines.extend(failures.iter().take(SHOWN).map(|failure| format!("  {failure}")));
        lines.extend(self.of_directories());
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
            Some(Directories { asked_for, put_right, already_right, kept, failed, failures }) => {
                let line = format!(
                    "  directories: {asked_for}: {put_right} put right, {already_right} right already, {kept} kept as \
                     they were before, {failed} failed"
                );
                let failures = failures.iter().take(SHOWN).map(|failure| format!("  {failure}"));
                [line].into_iter().chain(failures).collect()
            }
            None if self.directories_left > 0 => vec![
                format!(
                    "  directories: {} came back as far as files lie in them, without modes, owners and times",
                    self.directories_left
                ),
                "For the rest: the same command as root, with --mounted <mount point>, where the file system is mounted"
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
            settled: Settled { asked_for: 3, restored: 2, verified: 2, already_there: 1, ..Settled::default() },
            bytes: 12,
            directories: None,
            directories_left: 2,
        }
    }

    #[test]
    fn what_came_back_and_what_did_not() {
        insta::assert_snapshot!(restored().text(), @r"
        RESTORED: 3 files (12 B) as of 2023-11-14T22:13:20Z in `/shared/back/`
          files: 2 restored, 2 of them read back and equal, 1 there already, 0 kept because they differ, 0 failed (exec-1 SUCCESS)
          directories: 2 came back as far as files lie in them, without modes, owners and times
        For the rest: the same command as root, with --mounted <mount point>, where the file system is mounted
        The next run copies `/shared/back/` to S3 too: move what you need, and delete it before.
        ");
        let directories = Directories {
            asked_for: 3,
            put_right: 1,
            kept: 1,
            failed: 1,
            failures: vec!["/x: Not a directory".into()],
            ..Directories::default()
        };
        let mounted = Restored { directories: Some(directories), directories_left: 0, complete: false, ..restored() };
        insta::assert_snapshot!(mounted.text(), @r"
        NOT COMPLETE: 3 files (12 B) as of 2023-11-14T22:13:20Z in `/shared/back/`
          files: 2 restored, 2 of them read back and equal, 1 there already, 0 kept because they differ, 0 failed (exec-1 SUCCESS)
          directories: 3: 1 put right, 0 right already, 1 kept as they were before, 1 failed
          /x: Not a directory
        To replace what differs: the same command with --overwrite
        The next run copies `/shared/back/` to S3 too: move what you need, and delete it before.
        ");
    }
}
