//! Executions of a task: request, progress and result.

use std::fmt;

use domain::arn::{ExecutionArn, resource_id};
use serde::{Deserialize, Serialize};

use super::counters::ExecutionCounters;
use super::options::Options;
use super::shapes::{FilterRule, ManifestConfig, TaskReportConfig};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskExecution {
    pub arn: String,
    pub status: ExecutionStatus,
    /// The complete options, overrides included.
    pub options: Options,
    pub includes: Vec<FilterRule>,
    pub excludes: Vec<FilterRule>,
    #[serde(default)]
    pub manifest_config: Option<ManifestConfig>,
    pub task_report_config: Option<TaskReportConfig>,
    pub task_mode: String,
    /// The times of the start request, of the real begin and of the end, in seconds since the
    /// epoch.
    pub started: f64,
    pub launched: Option<f64>,
    pub ended: Option<f64>,
    pub counters: ExecutionCounters,
    pub result: ResultDetail,
    pub report_result: Option<TaskReportResult>,
}

/// `TaskExecutionStatus`. A cancelled execution ends as ERROR: the API has no other status for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    Queued,
    Launching,
    Preparing,
    Transferring,
    Verifying,
    Cancelling,
    Success,
    Error,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhaseStatus {
    #[default]
    Pending,
    Success,
    Error,
}

/// `TaskExecutionResultDetail`; durations in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResultDetail {
    pub prepare_duration: u64,
    pub prepare_status: PhaseStatus,
    pub total_duration: u64,
    pub transfer_duration: u64,
    pub transfer_status: PhaseStatus,
    pub verify_duration: u64,
    pub verify_status: PhaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

/// `ReportResult`: independent of the execution's own result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskReportResult {
    pub status: PhaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

impl TaskExecution {
    /// `exec-…`.
    #[must_use]
    pub fn id(&self) -> &str {
        resource_id(&self.arn)
    }

    #[must_use]
    pub fn is_enhanced(&self) -> bool {
        self.task_mode == "ENHANCED"
    }

    #[must_use]
    pub fn task_arn(&self) -> String {
        task_arn_of(&self.arn)
    }
}

/// The ARN of the task of an execution.
pub(crate) fn task_arn_of(execution_arn: &str) -> String {
    ExecutionArn::parse(execution_arn).map(|arn| arn.task().to_string()).unwrap_or_default()
}

impl ExecutionStatus {
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Error)
    }

    /// Whether the execution occupies its task: others have to queue.
    #[must_use]
    pub fn is_active(self) -> bool {
        !self.is_terminal() && self != Self::Queued
    }

    /// The value in the API and in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Launching => "LAUNCHING",
            Self::Preparing => "PREPARING",
            Self::Transferring => "TRANSFERRING",
            Self::Verifying => "VERIFYING",
            Self::Cancelling => "CANCELLING",
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PhaseStatus {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
        }
    }
}
