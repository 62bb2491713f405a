//! A task execution as DataSync describes it (`DescribeTaskExecution`), without the SDK's types.

use chrono::{DateTime, Utc};

use crate::arn::ExecutionArn;
use crate::records::run::{Counters, PhaseDurations};

/// The word of `Options.VerifyMode` for a task that compares nothing after the transfer.
pub const VERIFY_MODE_NONE: &str = "NONE";

/// What `DescribeTaskExecution` says of one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub arn: ExecutionArn,
    /// DataSync's word; it may be one that the API model doesn't know yet.
    pub status: String,
    /// `Options.VerifyMode`.
    pub verify_mode: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub counters: Counters,
    pub durations: PhaseDurations,
    pub error: ServiceWords,
    /// Absent when the task writes no report.
    pub report: Option<ReportResult>,
}

/// `ReportResult`: the fate of the task report, which is not that of the execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportResult {
    /// `PENDING`, `SUCCESS` or `ERROR`.
    pub status: String,
    pub error: ServiceWords,
}

/// What DataSync says about a failure; both empty when there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceWords {
    pub code: Option<String>,
    pub detail: Option<String>,
}

impl ServiceWords {
    /// `code: detail`, as far as there are any.
    #[must_use]
    pub fn joined(&self) -> Option<String> {
        let words: Vec<&str> = [&self.code, &self.detail].into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(": "))
    }
}

impl Execution {
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        is_terminal(&self.status)
    }

    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status == "SUCCESS"
    }

    /// The report may still be written after the execution has ended: a state of its own.
    #[must_use]
    pub fn awaits_report(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.status == "PENDING")
    }
}

/// Whether an execution in this state is over. There is no state for a cancelled one: it ends in `ERROR`.
#[must_use]
pub fn is_terminal(state: &str) -> bool {
    matches!(state, "SUCCESS" | "ERROR")
}
