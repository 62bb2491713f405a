//! The outcome of a restore, and its text.

use chrono::{DateTime, Utc};
use domain::execution::Execution;
use domain::point_in_time::format_time;
use domain::printable::escape_unprintable;
use domain::restore::RestoreCounts;
use serde::Serialize;

use super::SHOWN;
use super::destination::RestoreDestination;
use super::directories::DirectoriesOutcome;
use super::path_list::PathList;
use super::select_versions::SelectedVersions;
use crate::ui::format::format_bytes;

const REPLACE_HINT: &str =
    "To replace different files and directories, run the same command with --overwrite.";
const MOUNT_HINT: &str = "To restore them completely, run the same command as root with \
    --mounted <mount point> where the file system is mounted.";

/// The outcome of a restore.
#[derive(Debug, Serialize)]
pub(super) struct RestoreOutcome {
    as_of: DateTime<Utc>,
    /// The path relative to the source directory.
    directory: String,
    #[serde(skip)]
    folder: String,
    /// Whether it was a directory of the source before, which executions go on copying.
    existed: bool,
    /// The execution; absent where there were only directories.
    execution: Option<String>,
    /// The status in DataSync: `SUCCESS` or `ERROR`.
    status: Option<String>,
    error: Option<String>,
    /// Whether every requested file exists as it was and, where the file system is mounted, every
    /// directory.
    pub complete: bool,
    #[serde(flatten)]
    settled: RestoreCounts,
    bytes: u64,
    /// The result for the directories; absent where the file system is not mounted on this machine.
    directories: Option<DirectoriesOutcome>,
    /// The number of directories that were restored, if at all, without modes, owners and times.
    directories_left: u64,
    not_restorable: PathList,
    did_not_stand: PathList,
    undecided: PathList,
    refused: PathList,
    unproven: PathList,
    /// The remarks for people.
    #[serde(skip)]
    remarks: Vec<String>,
}

impl RestoreOutcome {
    pub(super) fn from_parts(
        chosen: &SelectedVersions,
        target: RestoreDestination,
        transferred: Option<(Execution, RestoreCounts)>,
        directories: Option<DirectoriesOutcome>,
    ) -> Self {
        let (ended, settled) = match transferred {
            Some((ended, settled)) => (Some(ended), settled),
            None => (None, RestoreCounts::default()),
        };
        let succeeded = ended.as_ref().is_none_or(Execution::is_success);
        let files = settled.is_complete();
        let folders = directories.as_ref().is_none_or(|all| all.failed == 0 && all.kept == 0);
        let error_parts =
            ended.as_ref().map(|ended| [ended.error.code.clone(), ended.error.detail.clone()]);
        Self {
            as_of: chosen.as_of,
            directory: target.directory,
            folder: target.folder,
            existed: target.existed,
            execution: ended.as_ref().map(|ended| ended.arn.id().to_owned()),
            error: error_parts
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
            remarks: chosen.remark_lines(),
        }
    }

    pub(super) fn outcome_text(&self) -> String {
        let verdict = if self.complete { "RESTORED" } else { "NOT COMPLETE" };
        let size = format_bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = format_time(self.as_of);
        let files = self.settled.asked_for;
        let mut lines =
            vec![format!("{verdict}: {files} files ({size}) as of {at} in `{}`", self.folder)];
        lines.extend(self.file_lines());
        lines.extend(self.directory_lines());
        lines.extend(self.remarks.iter().map(|line| format!("  {line}")));
        let kept_directories = self.directories.as_ref().map_or(0, |all| all.kept);
        if self.settled.kept > 0 || kept_directories > 0 {
            lines.push(REPLACE_HINT.to_owned());
        }
        lines.extend(self.copy_note());
        lines.join("\n") + "\n"
    }

    /// Returns what executions do with the restored files, unless they were restored in place.
    fn copy_note(&self) -> Option<String> {
        (!self.existed && !self.directory.is_empty()).then(|| {
            format!(
                "Executions leave out `{}`: move the files that you need to their places.",
                self.folder
            )
        })
    }

    fn file_lines(&self) -> Vec<String> {
        let RestoreCounts { restored, verified, kept, already_there, failed, .. } = &self.settled;
        let counts = self.execution.iter().zip(&self.status).map(|(execution, status)| {
            format!(
                "  files: {restored} restored, {verified} of them verified, {already_there} \
                 already existed, {kept} different and kept, {failed} failed ({execution} {status})"
            )
        });
        let error = self.error.iter().map(|error| format!("  DataSync: {error}"));
        let failures = self.settled.failures.iter().take(SHOWN);
        let failures = failures.map(|failure| format!("  {}", escape_unprintable(failure)));
        counts.chain(error).chain(failures).collect()
    }

    fn directory_lines(&self) -> Vec<String> {
        match &self.directories {
            Some(outcome) => outcome.text_lines(),
            None if self.directories_left > 0 => vec![
                format!(
                    "  directories: {} restored only where they contain files, without modes, \
                     owners and times",
                    self.directories_left
                ),
                MOUNT_HINT.to_owned(),
            ],
            None => Vec::new(),
        }
    }
}

impl DirectoriesOutcome {
    fn text_lines(&self) -> Vec<String> {
        let Self { asked_for, put_right, already_right, kept, failed, unproven, .. } = self;
        let counts = format!(
            "  directories: {asked_for}: {put_right} restored, {already_right} already existed, \
             {kept} different and kept, {failed} failed"
        );
        let defaults = format!(
            "  {unproven} directories have the default owner and mode, because no proof lists them"
        );
        let defaults = Some(defaults).filter(|_| *unproven > 0);
        let reasons = self.failures.iter().take(SHOWN).chain(self.refused.iter().take(SHOWN));
        let reasons = reasons.map(|why| format!("  {}", escape_unprintable(why)));
        [counts].into_iter().chain(defaults).chain(reasons).collect()
    }
}

#[cfg(test)]
mod tests;
