//! The bounds a run is judged by: `[limits]` of `stack.toml`, and what nobody has a reason to set.

use chrono::TimeDelta;

use crate::config::LimitsConfig;

/// What is still in order. One struct for `start-execution` and `on-execution-complete`, so that
/// both judge alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many per cent fewer files than in the last good run a source may have.
    pub max_shrink_percent: u32,
    /// How many files a run may delete at the destination.
    pub max_deleted_files: i64,
    /// The same, in per cent of the files of the last good run.
    pub max_deleted_percent: u32,
    /// Below so many files no percentage is judged: of three files one is a third.
    pub min_files_for_percentages: i64,
    /// How many more files than the last good run a run may skip.
    pub max_more_skipped_files: i64,
    /// How long after the end of a run its report may be unfinished.
    pub report_within: TimeDelta,
    /// How long after a run was recorded its proof may be missing.
    pub proof_within: TimeDelta,
    /// Beyond this many busy files, or this long a filter, no retry run is started: that is no
    /// accident any more.
    pub max_retried_files: usize,
    pub max_retry_filter_characters: usize,
    /// How long a run may take from its launch.
    pub max_runtime: TimeDelta,
    /// How long it may be in `LAUNCHING`. DataSync User Guide: "within about 10 minutes".
    pub max_launching: TimeDelta,
    /// How long it may be in `QUEUED`.
    pub max_queued: TimeDelta,
    /// How far apart two sweeps are at least: one lists all executions of the last 30 days.
    pub sweep_every: TimeDelta,
    /// How many executions one sweep hands to `on-execution-complete`.
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

/// As configured where nothing is: before the first deploy has written its configuration.
impl Default for Limits {
    fn default() -> Self {
        Self::from_config(&LimitsConfig::default())
    }
}
