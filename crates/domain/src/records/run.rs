//! One record per execution: how it ended, and all that its alert and its metrics are made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::class::Class;
use super::last_run::LastRun;
use crate::arn::ExecutionArn;

/// How an execution ended; written once. Fields that came later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub execution: ExecutionArn,
    pub outcome: RunOutcome,
    /// What went wrong; absent when nothing did. A success may have one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
    /// The Lambda request that wrote it: tells a lost reply from somebody else's record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recorded_by: String,
    /// The slot it was started for; absent when something else started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The id of the execution whose busy files this one copied again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// Whether it looked at a part of the source only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    pub counters: Counters,
    /// Files and directories at the source; absent where DataSync does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<i64>,
    pub durations: PhaseDurations,
    /// Bytes a second while it transferred; absent where it transferred nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<i64>,
    /// How old the newest good copy was when the run ended, in seconds; absent before the first
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
    /// DataSync's own words, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
    /// `PENDING`, `SUCCESS` or `ERROR`; absent when the task writes no report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_status: Option<String>,
    /// DataSync's words about the report, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_error: Option<String>,
    /// What the report says went wrong with single files.
    #[serde(default, skip_serializing_if = "FileProblems::is_empty")]
    pub problems: FileProblems,
    /// The files that a retry run copies again: then nobody is told yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<String>,
    /// The state of affairs before this run; absent for the first, and for one that is recorded
    /// after a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<LastRun>,
    /// A later run that was recorded before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overtaken_by: Option<ExecutionArn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    Succeeded,
    Failed,
    /// Ended as ERROR because somebody cancelled it.
    Cancelled,
}

/// DataSync's counters, in its own units (`DescribeTaskExecution`). In Basic mode they count
/// directories too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub files_to_transfer: i64,
    pub bytes_to_transfer: i64,
    pub files_transferred: i64,
    pub bytes_transferred: i64,
    pub bytes_written: i64,
    pub files_verified: i64,
    pub files_deleted: i64,
    /// Unchanged files among them (API reference, `FilesSkipped`).
    pub files_skipped: i64,
    /// Files at the source; DataSync counts them in Enhanced mode only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_listed: Option<i64>,
}

/// Milliseconds by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseDurations {
    pub prepare_ms: i64,
    pub transfer_ms: i64,
    pub verify_ms: i64,
    pub total_ms: i64,
}

/// What an execution was limited to, in DataSync's spelling: patterns with `|` between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub includes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excludes: Option<String>,
    /// The key of the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

/// Single files that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileProblems {
    pub count: u64,
    /// The number of busy files among them.
    #[serde(skip_serializing_if = "is_no_file")]
    pub busy: u64,
    /// The first ones, `path: why`.
    pub first: Vec<String>,
    /// Rows of the Skipped report with a failed status. DataSync's `FilesSkipped` counts unchanged
    /// files too.
    #[serde(skip_serializing_if = "is_none_skipped")]
    pub skipped: i64,
    /// Report parts that were not read, because there are so many.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread_parts: usize,
}

impl RunRecord {
    /// Whether the run did all it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.outcome == RunOutcome::Succeeded && self.class.is_none()
    }

    /// Whether somebody is told that it went wrong; not where a retry run comes first.
    #[must_use]
    pub fn is_alerted_as_bad(&self) -> bool {
        !self.is_good() && self.retries.is_empty()
    }
}

impl Filters {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl FileProblems {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RunOutcome {
    /// The word in records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_no_file(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none_skipped(count: &i64) -> bool {
    *count == 0
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One as the first version of this pipeline wrote it.
    const OLD: &str = r#"{"execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
        "outcome":"succeeded","recorded_at":"2026-11-23T10:00:00Z","counters":{"files_to_transfer":3,"bytes_to_transfer":12,
        "files_transferred":2,"bytes_transferred":12,"bytes_written":12,"files_verified":3,"files_deleted":0,
        "files_skipped":0},"durations":{"prepare_ms":1,"transfer_ms":2,"verify_ms":3,"total_ms":6}}"#;

    pub(in super::super) fn record() -> RunRecord {
        serde_json::from_str(OLD).unwrap()
    }

    #[test]
    fn a_record_of_an_earlier_version_is_read() {
        assert!(record().is_good() && record().previous.is_none());
        let again: RunRecord =
            serde_json::from_str(&serde_json::to_string(&record()).unwrap()).unwrap();
        assert_eq!(again, record());
    }

    #[test]
    fn who_is_told() {
        let bad =
            RunRecord { outcome: RunOutcome::Failed, class: Some(Class::BusyFile), ..record() };
        let doubtful = RunRecord { class: Some(Class::Shrunk), ..record() };
        let retried = RunRecord { retries: vec!["/a".into()], ..bad.clone() };
        for (run, good, told) in [
            (record(), true, false),
            (bad, false, true),
            (doubtful, false, true),
            (retried, false, false),
        ] {
            assert_eq!((run.is_good(), run.is_alerted_as_bad()), (good, told), "{run:?}");
        }
    }
}
