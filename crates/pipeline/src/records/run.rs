//! One record per execution: how it ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;

/// How an execution ended; written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub execution: ExecutionArn,
    pub outcome: RunOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
    pub counters: Counters,
    pub durations: PhaseDurations,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    Succeeded,
    Failed,
    /// Ended as ERROR because somebody cancelled it.
    Cancelled,
}

/// DataSync's counters, in its own units (`DescribeTaskExecution`). In Basic mode they count directories too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub files_to_transfer: i64,
    pub bytes_to_transfer: i64,
    pub files_transferred: i64,
    pub bytes_transferred: i64,
    pub bytes_written: i64,
    pub files_verified: i64,
    pub files_deleted: i64,
    pub files_skipped: i64,
}

/// Milliseconds by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseDurations {
    pub prepare_ms: i64,
    pub transfer_ms: i64,
    pub verify_ms: i64,
    pub total_ms: i64,
}
