//! Limits out of their ranges.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const COUNTS: &[&str] = &[
    "[limits]\nmax_shrink_percent = 101",
    "[limits]\nmax_deleted_percent = -1",
    "[limits]\nmax_deleted_files = -1",
    "[limits]\nmax_more_skipped_files = 1.5",
];

pub(in crate::config) const TIMES: &[&str] = &[
    "[limits]\nreport_within_minutes = 0",
    "[limits]\nproof_within_minutes = 0",
    "[limits]\nmax_runtime_minutes = 0",
    "[limits]\nmax_launching_minutes = 43201",
    "[limits]\nmax_queued = 1",
];

#[test]
fn refused_counts() {
    insta::assert_snapshot!(describe_refusals(COUNTS), @"
    [limits] max_shrink_percent = 101
        limits.max_shrink_percent = 101: must be 0 to 100, in percent of the files of the last good execution; 100: no limit
    [limits] max_deleted_percent = -1
        limits.max_deleted_percent = -1: must be 0 to 100, in percent of the files of the last good execution; 100: no limit
    [limits] max_deleted_files = -1
        limits.max_deleted_files = -1: must be 0 or more: the most that an execution may have without an alert
    [limits] max_more_skipped_files = 1.5
        limits.max_more_skipped_files = 1.5: must be a whole number without quotes
    ");
}

#[test]
fn refused_times() {
    insta::assert_snapshot!(describe_refusals(TIMES), @"
    [limits] report_within_minutes = 0
        limits.report_within_minutes = 0: must be 1 to 60, in minutes: an event waits at most one hour for a report
    [limits] proof_within_minutes = 0
        limits.proof_within_minutes = 0: must be 1 to 1440, in minutes: the time that a verification may take before it is started again
    [limits] max_runtime_minutes = 0
        limits.max_runtime_minutes = 0: must be 1 to 43200, in minutes: DataSync forgets an execution after 30 days
    [limits] max_launching_minutes = 43201
        limits.max_launching_minutes = 43201: must be 1 to 43200, in minutes: DataSync forgets an execution after 30 days
    [limits] max_queued = 1
        limits.max_queued = 1: is not a known key; did you mean `max_queued_minutes`?
    ");
}
