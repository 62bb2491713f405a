//! The bounds a run is judged by: `[limits]` of `stack.toml`, and what nobody has a reason to set.

use chrono::TimeDelta;

use crate::config::LimitsConfig;

/// The limits of an execution. `start-execution` and `on-execution-complete` share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most percent of files that a source may lose since the last good execution.
    pub max_shrink_percent: u32,
    /// The most files that an execution may delete at the destination.
    pub max_deleted_files: i64,
    /// The same, in per cent of the files of the last good run.
    pub max_deleted_percent: u32,
    /// Below so many files no percentage is judged: of three files one is a third.
    pub min_files_for_percentages: i64,
    /// The most files that an execution may skip beyond those of the last good one.
    pub max_more_skipped_files: i64,
    /// The time from the end of an execution to its report.
    pub report_within: TimeDelta,
    /// The time from the run record to the proof.
    pub proof_within: TimeDelta,
    /// Beyond this many busy files, or this long a filter, no retry run is started: that is no
    /// accident any more.
    pub max_retried_files: usize,
    pub max_retry_filter_characters: usize,
    /// The time from the launch of an execution to its end.
    pub max_runtime: TimeDelta,
    /// The time that it may be in `LAUNCHING`. DataSync User Guide: "within about 10 minutes".
    pub max_launching: TimeDelta,
    /// The time that it may be in `QUEUED`.
    pub max_queued: TimeDelta,
    /// The least time between two sweeps: a sweep lists all executions of the last 30 days.
    pub sweep_every: TimeDelta,
    /// The most executions that a sweep passes to `on-execution-complete`.
    pub max_handed_on: usize,
}

impl Limits {
    #[must_use]
    pub fn from_config(configured: &LimitsConfig) -> Self {
        let minutes = |count: i32| TimeDelta::minutes(i64::from(count));
        Self {
            max_shrink_percent: configured.max_shrink_percent.unsigned_abs(),
            max_deleted_files: configured.max_deleted_files.into(),
            max_deleted_percent: configured.max_deleted_percent.unsigned_abs(),
            min_files_for_percentages: 20,
            max_more_skipped_files: configured.max_more_skipped_files.into(),
            report_within: minutes(configured.report_within_minutes),
            proof_within: minutes(configured.proof_within_minutes),
            max_retried_files: 500,
            max_retry_filter_characters: 50_000,
            max_runtime: minutes(configured.max_runtime_minutes),
            max_launching: minutes(configured.max_launching_minutes),
            max_queued: minutes(configured.max_queued_minutes),
            sweep_every: TimeDelta::minutes(5),
            max_handed_on: 50,
        }
    }
}

/// The limits before the first deploy has written a configuration.
impl Default for Limits {
    fn default() -> Self {
        Self::from_config(&LimitsConfig::default())
    }
}
