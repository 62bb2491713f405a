//! One record per execution of a restore: what it restores, and how it ended.
//!
//! The command line writes it, at the start and at the end. A restore whose command was interrupted
//! has no end on record; DataSync knows its state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run::{RunOutcome, RunRecord};
use crate::arn::ExecutionArn;
use crate::execution::Execution;
use crate::restore::RestoreCounts;
use crate::sync_name::SyncName;

/// The execution of a restore. Fields that were added later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRun {
    pub execution: ExecutionArn,
    /// Absent in the records of the sync `default`.
    #[serde(default, skip_serializing_if = "SyncName::is_default")]
    pub sync: SyncName,
    pub started_at: DateTime<Utc>,
    /// The time whose state is restored.
    pub as_of: DateTime<Utc>,
    /// The target below the source directory, as in [`super::restore::RestoreTarget`].
    pub directory: String,
    /// The key of the manifest in the records bucket.
    pub manifest: String,
    pub overwrite: bool,
    pub files: u64,
    pub bytes: u64,
    /// Absent until the command line has seen the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RestoreEnd>,
}

/// The end of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreEnd {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    pub outcome: RunOutcome,
    /// Whether every requested file exists as it was.
    pub complete: bool,
    pub counts: RestoreCounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl RestoreEnd {
    #[must_use]
    pub fn new(execution: &Execution, counts: RestoreCounts) -> Self {
        let outcome = RunOutcome::of_execution(execution);
        Self {
            ended_at: execution.ended_at,
            complete: outcome == RunOutcome::Succeeded && counts.is_complete(),
            outcome,
            counts,
            error: execution.error.to_text(),
        }
    }
}

impl RunOutcome {
    /// The outcome of an execution that has ended, by its status and message alone. There is no
    /// status for a cancelled execution: it ends in `ERROR`, and its message says so.
    #[must_use]
    pub fn of_execution(execution: &Execution) -> Self {
        let message = execution.error.to_text().unwrap_or_default().to_lowercase();
        match execution.is_success() {
            true => Self::Succeeded,
            false if message.contains("cancel") => Self::Cancelled,
            false => Self::Failed,
        }
    }
}

impl RunRecord {
    /// Whether a filter left the execution without a single file. A filtered execution without
    /// files at the source may have a wrong pattern.
    #[must_use]
    pub fn matched_nothing(&self) -> bool {
        let counters = self.counters;
        let files = [counters.files_transferred, counters.files_verified, counters.files_skipped];
        self.part && self.listed.unwrap_or_default() == 0 && files == [0; 3]
    }
}
