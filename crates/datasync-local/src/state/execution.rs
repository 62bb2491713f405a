//! Executions of a task: what was asked, how far it came, how it ended.

use std::fmt;

use domain::arn::resource_id;
use serde::{Deserialize, Serialize};

use super::counters::Counters;
use super::options::Options;
use super::shapes::{FilterRule, ManifestConfig, TaskReportConfig};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub arn: String,
    pub status: Status,
    /// Complete, overrides included.
    pub options: Options,
    pub includes: Vec<FilterRule>,
    pub excludes: Vec<FilterRule>,
    #[serde(default)]
    pub manifest_config: Option<ManifestConfig>,
    pub task_report_config: Option<TaskReportConfig>,
    pub task_mode: String,
    /// Seconds since the epoch: when it was asked for, when it really began, when it ended.
    pub started: f64,
    pub launched: Option<f64>,
    pub ended: Option<f64>,
    pub counters: Counters,
    pub result: ResultDetail,
    pub report_result: Option<ReportResult>,
}

/// `TaskExecutionStatus`. A cancelled execution ends as ERROR: the API has no other word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
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

/// `ReportResult`: apart from the execution's own end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportResult {
    pub status: PhaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

impl Execution {
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
    pub fn task_arn(&self) -> &str {
        self.arn.split("/execution/").next().unwrap_or_default()
    }
}

impl Status {
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Error)
    }

    /// Whether the execution holds its task: others have to queue.
    #[must_use]
    pub fn is_active(self) -> bool {
        !self.is_terminal() && self != Self::Queued
    }

    /// The word in the API and in events.
    #[must_use]
    pub fn word(self) -> &'static str {
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

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl PhaseStatus {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
        }
    }
}
