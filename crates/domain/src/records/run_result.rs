//! The parts of a run record: outcome, counters, durations, filters and failed files.

use serde::{Deserialize, Serialize};

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

/// The filters of an execution, as DataSync writes them: patterns with `|` between them.
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
