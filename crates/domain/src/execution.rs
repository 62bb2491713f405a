//! A task execution as DataSync describes it (`DescribeTaskExecution`), without the SDK's types.

use chrono::{DateTime, Utc};

use crate::arn::ExecutionArn;
use crate::records::run::{Counters, Filters, PhaseDurations};

/// The word of `Options.VerifyMode` for a task that compares nothing after the transfer.
pub const VERIFY_MODE_NONE: &str = "NONE";
/// The mode in which an execution compares everything, transferred or not.
pub const VERIFY_MODE_EVERYTHING: &str = "POINT_IN_TIME_CONSISTENT";

/// What `DescribeTaskExecution` says of one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub arn: ExecutionArn,
    /// DataSync's word; it may be one that the API model doesn't know yet.
    pub status: String,
    /// `Options.VerifyMode`.
    pub verify_mode: Option<String>,
    /// What it was limited to.
    pub filters: Filters,
    /// When it was asked for.
    pub started_at: Option<DateTime<Utc>>,
    /// When it really began; later than `started_at` when it was queued.
    pub launched_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub counters: Counters,
    pub durations: PhaseDurations,
    pub error: ServiceMessage,
    /// Absent when the task writes no report.
    pub report: Option<ReportResult>,
}

/// `ReportResult`: the fate of the task report, which is not that of the execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportResult {
    /// `PENDING`, `SUCCESS` or `ERROR`.
    pub status: String,
    pub error: ServiceMessage,
}

/// What DataSync says about a failure; both empty when there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceMessage {
    pub code: Option<String>,
    pub detail: Option<String>,
}

impl ServiceMessage {
    /// `code: detail`, as far as there are any.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        let words: Vec<&str> =
            [&self.code, &self.detail].into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(": "))
    }
}

impl Execution {
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        is_terminal(&self.status)
    }

    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == "SUCCESS"
    }

    /// Whether everything was compared on both sides at its end, to the last file.
    #[must_use]
    pub fn compared_everything(&self) -> bool {
        self.is_success() && self.verify_mode.as_deref() == Some(VERIFY_MODE_EVERYTHING)
    }

    /// How many files and directories there are at the source, as far as DataSync says: in Enhanced
    /// mode it counts what it lists; in Basic mode what it compares, when it compares everything,
    /// and else what it transfers and what it skips.
    ///
    /// The last of these is an estimate: `FilesTransferred` may be more than there is to transfer
    /// (API reference), and that `FilesSkipped` has the unchanged files in it, no page says of the
    /// counter, only of the report. `counts_unchanged`: it was seen to.
    #[must_use]
    pub fn listed_files(&self, counts_unchanged: bool) -> Option<i64> {
        let counters = self.counters;
        counters.files_listed.or_else(|| match self.compared_everything() {
            true => Some(counters.files_verified),
            false if self.is_success() && counts_unchanged => {
                Some(counters.files_transferred + counters.files_skipped)
            }
            false => None,
        })
    }

    /// The report may still be written after the execution has ended: a state of its own.
    #[must_use]
    pub fn awaits_report(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.status == "PENDING")
    }
}

/// Whether an execution in this state is over. There is no state for a cancelled one: it ends in
/// `ERROR`.
#[must_use]
pub fn is_terminal(state: &str) -> bool {
    matches!(state, "SUCCESS" | "ERROR")
}
