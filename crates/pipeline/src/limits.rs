//! The bounds a run is judged by. Until `[limits]` of `stack.toml` exists everybody takes [`Limits::default`].

use chrono::TimeDelta;

/// What is still in order. One struct for `start-execution` and `on-execution-complete`, so that both judge alike.
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
    /// Beyond this many busy files, or this long a filter, no retry run is started: that is no accident any more.
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

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_shrink_percent: 50,
            max_deleted_files: 1_000,
            max_deleted_percent: 10,
            min_files_for_percentages: 20,
            max_more_skipped_files: 0,
            report_within: TimeDelta::minutes(10),
            max_retried_files: 500,
            max_retry_filter_characters: 50_000,
            max_runtime: TimeDelta::hours(24),
            max_launching: TimeDelta::minutes(30),
            max_queued: TimeDelta::hours(24),
            sweep_every: TimeDelta::minutes(5),
            max_handed_on: 50,
        }
    }
}
