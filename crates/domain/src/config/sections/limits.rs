//! `[limits]`: the limits of an execution beyond which an alert is sent.

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::document::Document;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

/// The limits as configured. [`crate::limits::Limits`] adds those that are not configurable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsConfig {
    /// The most percent of files that a source may lose since the last good execution.
    pub max_shrink_percent: i32,
    /// The most objects that an execution may delete.
    pub max_deleted_files: i32,
    /// The same, in per cent of the files of the last good run.
    pub max_deleted_percent: i32,
    /// The most files that an execution may skip beyond those of the last good one.
    pub max_more_skipped_files: i32,
    /// The time from the end of an execution to its report.
    pub report_within_minutes: i32,
    /// The time from an execution to its proof.
    pub proof_within_minutes: i32,
    /// The time from the launch of an execution to its end.
    pub max_runtime_minutes: i32,
    /// The time that it may be in `LAUNCHING`.
    pub max_launching_minutes: i32,
    /// The time that it may be in `QUEUED`.
    pub max_queued_minutes: i32,
    /// The most executions of the stack that run at once; `None` is unlimited.
    pub max_parallel_executions: Option<i32>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_shrink_percent: 50,
            max_deleted_files: 1_000,
            max_deleted_percent: 10,
            max_more_skipped_files: 0,
            report_within_minutes: 10,
            proof_within_minutes: 60,
            max_runtime_minutes: 24 * 60,
            max_launching_minutes: 30,
            max_queued_minutes: 24 * 60,
            max_parallel_executions: None,
        }
    }
}

pub(in crate::config) fn read_section(document: &mut Document) -> LimitsConfig {
    let default = LimitsConfig::default();
    let mut read = SectionReader::open(document, "limits");
    let section = LimitsConfig {
        max_shrink_percent: read.read_number("max_shrink_percent", default.max_shrink_percent),
        max_deleted_files: read.read_number("max_deleted_files", default.max_deleted_files),
        max_deleted_percent: read.read_number("max_deleted_percent", default.max_deleted_percent),
        max_more_skipped_files: read
            .read_number("max_more_skipped_files", default.max_more_skipped_files),
        report_within_minutes: read
            .read_number("report_within_minutes", default.report_within_minutes),
        proof_within_minutes: read
            .read_number("proof_within_minutes", default.proof_within_minutes),
        max_runtime_minutes: read.read_number("max_runtime_minutes", default.max_runtime_minutes),
        max_launching_minutes: read
            .read_number("max_launching_minutes", default.max_launching_minutes),
        max_queued_minutes: read.read_number("max_queued_minutes", default.max_queued_minutes),
        max_parallel_executions: read.read_small_number("max_parallel_executions"),
    };
    read.finish();
    section
}

/// DataSync keeps an execution for 30 days (User Guide, "DataSync quotas"): it can't be cancelled
/// later.
const REMEMBERED_MINUTES: i32 = 30 * 24 * 60;

pub(in crate::config) fn check_section(limits: &LimitsConfig, problems: &mut RuleProblems) {
    let percent =
        "must be 0 to 100, in percent of the files of the last good execution; 100: no limit";
    for (key, value) in [
        ("limits.max_shrink_percent", limits.max_shrink_percent),
        ("limits.max_deleted_percent", limits.max_deleted_percent),
    ] {
        problems.require_value((0..=100).contains(&value), key, value, percent);
    }
    let count = "must be 0 or more: the most that an execution may have without an alert";
    for (key, value) in [
        ("limits.max_deleted_files", limits.max_deleted_files),
        ("limits.max_more_skipped_files", limits.max_more_skipped_files),
    ] {
        problems.require_value(value >= 0, key, value, count);
    }
    if let Some(most) = limits.max_parallel_executions {
        let allowed = "must be 1 or more: the most executions of the stack that run at once; \
            remove the key for no limit";
        problems.require_value(most >= 1, "limits.max_parallel_executions", most, allowed);
    }
    let within = limits.report_within_minutes;
    let allowed = "must be 1 to 60, in minutes: an event waits at most one hour for a report";
    problems.require_value(
        (1..=60).contains(&within),
        "limits.report_within_minutes",
        within,
        allowed,
    );
    let within = limits.proof_within_minutes;
    let allowed = "must be 1 to 1440, in minutes: the time that a verification may take before it \
        is started again";
    problems.require_value(
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
        problems.require_value((1..=REMEMBERED_MINUTES).contains(&value), key, value, minutes);
    }
}
