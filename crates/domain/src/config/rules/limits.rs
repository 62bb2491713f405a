//! `[limits]`: what makes sense of a limit.

use super::Problems;
use crate::config::LimitsConfig;

/// DataSync remembers an execution for 30 days (User Guide, "DataSync quotas"): nobody can cancel
/// it later.
const REMEMBERED_MINUTES: i32 = 30 * 24 * 60;

pub(super) fn check(limits: &LimitsConfig, problems: &mut Problems) {
    let percent =
        "must be 0 to 100, in per cent of the files of the last good run; 100: never told";
    for (key, value) in [
        ("limits.max_shrink_percent", limits.max_shrink_percent),
        ("limits.max_deleted_percent", limits.max_deleted_percent),
    ] {
        problems.require((0..=100).contains(&value), key, value, percent);
    }
    let count = "must be 0 or more: how many a run may have before somebody is told";
    for (key, value) in [
        ("limits.max_deleted_files", limits.max_deleted_files),
        ("limits.max_more_skipped_files", limits.max_more_skipped_files),
    ] {
        problems.require(value >= 0, key, value, count);
    }
    let within = limits.report_within_minutes;
    let allowed = "must be 1 to 60, in minutes: an event waits no longer than an hour for a report";
    problems.require((1..=60).contains(&within), "limits.report_within_minutes", within, allowed);
    let within = limits.proof_within_minutes;
    let allowed =
        "must be 1 to 1440, in minutes: so long a check may take before it is begun again";
    problems.require(
        (1..=24 * 60).contains(&within),
        "limits.proof_within_minutes",
        within,
        allowed,
    );
    let minutes = "must be 1 to 43200, in minutes: DataSync forgets an execution after 30 days";
    for (key, value) in [
        ("limits.max_runtime_minutes", limits.max_runtime_minutes),
        ("limits.max_launching_minutes", limits.max_launching_minutes),
        ("limits.max_queued_minutes", limits.max_queued_minutes),
    ] {
        problems.require((1..=REMEMBERED_MINUTES).contains(&value), key, value, minutes);
    }
}
