//! One record per execution: how it ended, and all that its alert and its metrics are made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::class::Class;
use super::last_run::{Baseline, LastRun, counts_unchanged};
pub use super::run_result::{Counters, FileProblems, Filters, PhaseDurations, RunOutcome};
use crate::arn::ExecutionArn;
use crate::sync_name::SyncName;

/// The end of an execution; written once. Fields that were added later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub execution: ExecutionArn,
    /// Absent in the records of the sync `default`.
    #[serde(default, skip_serializing_if = "SyncName::is_default")]
    pub sync: SyncName,
    pub outcome: RunOutcome,
    /// The class of the failure or anomaly; absent in a good execution. A success may have one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The time of the start request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
    /// The Lambda request that wrote it: distinguishes our own record after a lost response from
    /// another one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recorded_by: String,
    /// The slot it was started for; absent when something else started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The id of the execution whose busy files this one copied again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// Whether the execution covered only a part of the source.
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
    /// The age of the newest good copy at the end of the execution, in seconds; absent before the
    /// first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
    /// DataSync's error code, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
    /// `PENDING`, `SUCCESS` or `ERROR`; absent when the task writes no report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_status: Option<String>,
    /// DataSync's message about the report, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_error: Option<String>,
    /// The failures of single files in the report.
    #[serde(default, skip_serializing_if = "FileProblems::is_empty")]
    pub problems: FileProblems,
    /// The files that a retry copies again; no alert is sent before it.
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

impl RunRecord {
    /// Whether the run did all it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.outcome == RunOutcome::Succeeded && self.class.is_none()
    }

    /// Whether an alert says that the execution went wrong; not if a retry follows first.
    #[must_use]
    pub fn is_alerted_as_bad(&self) -> bool {
        !self.is_good() && self.retries.is_empty()
    }
}

impl Baseline {
    fn of_run(run: &RunRecord) -> Self {
        let (skipped, before) = (run.problems.skipped, run.previous.as_ref());
        Self {
            listed: run.listed,
            counts_unchanged: counts_unchanged(run.counters, skipped, before),
            skipped,
            filters: run.filters.clone(),
        }
    }
}

impl LastRun {
    /// The state of affairs after this run.
    #[must_use]
    pub fn after_run(run: &RunRecord) -> Self {
        let before = run.previous.as_ref();
        let whole = run.is_good() && !run.part;
        let bad_before = before.map_or(0, |before| before.bad_in_a_row);
        Self {
            execution: run.execution.clone(),
            started_at: run.started_at,
            outcome: run.outcome,
            bad_in_a_row: if whole { 0 } else { bad_before + u32::from(run.is_alerted_as_bad()) },
            good_since: match whole {
                true => run.started_at,
                false => before.and_then(|before| before.good_since),
            },
            baseline: match whole {
                true => Some(Baseline::of_run(run)),
                false => before.and_then(|before| before.baseline.clone()),
            },
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
