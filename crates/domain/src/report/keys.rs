//! The keys of report files, and the key of the object that a report row describes.
//!
//! Layout `<prefix>Summary-Reports/<task>/<exec>/<file>` and
//! `<prefix>Detailed-Reports/<task>/<exec>/<exec>.files-<kind>-v1-<NNNNN>-<17 hex>.json` (DataSync
//! User Guide, "Viewing task reports"; file names as AWS's own solutions read them). The summary's
//! file name is not documented.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The report a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReportKind {
    Summary,
    Transferred,
    Verified,
    Skipped,
    Deleted,
}

/// The reports of one execution: everything in their keys that is the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportLocation {
    /// `Subdirectory` of the report's destination as configured: with or without slashes at its
    /// ends, or empty.
    pub prefix: String,
    /// `task-` and 17 hexadecimal digits.
    pub task_id: String,
    /// `exec-` and 17 hexadecimal digits.
    pub execution_id: String,
}

/// The parts of the key of a report file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportKey {
    /// Everything before `Summary-Reports/` or `Detailed-Reports/`.
    pub prefix: String,
    pub task_id: String,
    pub execution_id: String,
    pub kind: ReportKind,
    /// The part's number, from 1; `None` for a summary.
    pub part: Option<u32>,
}

impl ReportKind {
    /// The detailed reports, in the order DataSync's documentation names them.
    pub const DETAILED: [Self; 4] =
        [Self::Transferred, Self::Skipped, Self::Verified, Self::Deleted];

    /// `transferred`: the word in the file name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Transferred => "transferred",
            Self::Verified => "verified",
            Self::Skipped => "skipped",
            Self::Deleted => "deleted",
        }
    }

    /// `Transferred`: the field that holds the rows in a detailed report.
    #[must_use]
    pub fn json_field(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Transferred => "Transferred",
            Self::Verified => "Verified",
            Self::Skipped => "Skipped",
            Self::Deleted => "Deleted",
        }
    }
}

impl ReportLocation {
    /// The prefix of all parts of all detailed reports of the execution.
    #[must_use]
    pub fn detailed_prefix(&self) -> String {
        self.report_prefix("Detailed-Reports")
    }

    /// The prefix of the summary.
    #[must_use]
    pub fn summary_prefix(&self) -> String {
        self.report_prefix("Summary-Reports")
    }

    /// The key of one part of a detailed report; `unique` is 17 hexadecimal digits.
    #[must_use]
    pub fn part_key(&self, kind: ReportKind, part: u32, unique: &str) -> String {
        let (folder, exec, word) = (self.detailed_prefix(), &self.execution_id, kind.as_str());
        format!("{folder}{exec}.files-{word}-v1-{part:05}-{unique}.json")
    }

    /// The key of the summary. Only its prefix is documented: the name is a guess that readers must
    /// not rely on.
    #[must_use]
    pub fn summary_key(&self, unique: &str) -> String {
        format!("{}{}.summary-v1-{unique}.json", self.summary_prefix(), self.execution_id)
    }

    fn report_prefix(&self, reports: &str) -> String {
        let prefix = self.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{prefix}{slash}{reports}/{}/{}/", self.task_id, self.execution_id)
    }
}

impl ReportKey {
    /// Reads a key; `None` when it is not one of a DataSync report. The name of a summary may be
    /// anything in `.json`.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let mut ends = key.rsplitn(5, '/');
        let (file, execution_id, task_id) = (ends.next()?, ends.next()?, ends.next()?);
        let (folder, rest) = (ends.next()?, ends.next());
        let ids_fit = task_id.starts_with("task-") && execution_id.starts_with("exec-");
        if !ids_fit || !file.ends_with(".json") {
            return None;
        }
        let (kind, part) = match folder {
            "Summary-Reports" => (ReportKind::Summary, None),
            "Detailed-Reports" => detailed_file(file, execution_id)?,
            _ => return None,
        };
        Some(Self {
            prefix: rest.map(|rest| format!("{rest}/")).unwrap_or_default(),
            task_id: task_id.to_owned(),
            execution_id: execution_id.to_owned(),
            kind,
            part,
        })
    }

    /// The place of the execution's other reports.
    #[must_use]
    pub fn to_location(&self) -> ReportLocation {
        ReportLocation {
            prefix: self.prefix.clone(),
            task_id: self.task_id.clone(),
            execution_id: self.execution_id.clone(),
        }
    }
}

fn detailed_file(file: &str, execution_id: &str) -> Option<(ReportKind, Option<u32>)> {
    let rest = file.strip_prefix(execution_id)?.strip_prefix(".files-")?;
    let (word, rest) = rest.split_once('-')?;
    let kind = ReportKind::DETAILED.into_iter().find(|kind| kind.as_str() == word)?;
    let part = rest.split('-').nth(1)?.parse().ok()?;
    Some((kind, Some(part)))
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The S3 key of the item at `relative_path` (with or without a leading slash) below a
/// destination's prefix (with or without slashes at its ends). A directory's key ends in a slash.
#[must_use]
pub fn object_key(destination_prefix: &str, relative_path: &str, is_directory: bool) -> String {
    let prefix = destination_prefix.trim_matches('/');
    let path = relative_path.trim_start_matches('/');
    let path = if is_directory { path.trim_end_matches('/') } else { path };
    let joint = if prefix.is_empty() || path.is_empty() { "" } else { "/" };
    let end = if is_directory { "/" } else { "" };
    format!("{prefix}{joint}{path}{end}")
}

#[cfg(test)]
mod tests;
