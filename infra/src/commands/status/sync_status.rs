//! The state of one sync.

use chrono::{DateTime, Utc};
use domain::records::pause::Pause;
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::runs::health::Freshness;
use crate::runs::recorded::RecordedRun;

#[derive(Debug, Default, Serialize)]
pub(super) struct SyncStatus {
    pub sync: SyncName,
    pub schedule: Option<ScheduleOverview>,
    /// The schedule of full verifications, where scheduled executions do not compare everything.
    pub full_verification: Option<ScheduleOverview>,
    pub task: Option<TaskOverview>,
    pub under_way: Option<CurrentExecution>,
    /// The restore that is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_under_way: Option<CurrentExecution>,
    pub freshness: Option<Freshness>,
    /// The time of the last sweep; absent where there was none.
    pub swept_at: Option<DateTime<Utc>>,
    /// The latest executions, the latest first; only the last one where several syncs are shown.
    pub runs: Vec<RecordedRun>,
    /// The argument that selects the sync; empty in a stack with one.
    #[serde(skip)]
    pub argument: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ScheduleOverview {
    pub expression: String,
    pub enabled: bool,
    pub paused: Option<Pause>,
    /// The time of the next execution; absent where it is unknown.
    pub next_run: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
pub(super) struct TaskOverview {
    pub arn: String,
    /// The status in DataSync; `MISSING` where DataSync does not list the task.
    pub status: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CurrentExecution {
    pub execution: String,
    /// The status in DataSync.
    pub status: String,
    pub files_transferred: i64,
    pub files_to_transfer: i64,
}

impl CurrentExecution {
    pub(super) fn to_text(&self) -> String {
        let Self { execution, status, files_transferred, files_to_transfer } = self;
        format!("{execution}, {status}, {files_transferred} of {files_to_transfer} files")
    }
}
