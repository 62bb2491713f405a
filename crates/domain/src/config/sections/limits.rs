//! `[limits]`: what a run may do and take before somebody is told.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

/// As written; [`crate::limits::Limits`] is what runs are judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsConfig {
    /// How many per cent fewer files than in the last good run a source may have.
    pub max_shrink_percent: i32,
    /// How many objects a run may delete.
    pub max_deleted_files: i32,
    /// The same, in per cent of the files of the last good run.
    pub max_deleted_percent: i32,
    /// How many more files than the last good run a run may skip.
    pub max_more_skipped_files: i32,
    /// How long after the end of a run its report may be unfinished.
    pub report_within_minutes: i32,
    /// How long after a run its proof may be missing.
    pub proof_within_minutes: i32,
    /// How long a run may be at work.
    pub max_runtime_minutes: i32,
    /// How long it may be in `LAUNCHING`.
    pub max_launching_minutes: i32,
    /// How long it may be in `QUEUED`.
    pub max_queued_minutes: i32,
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
        }
    }
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> LimitsConfig {
    let default = LimitsConfig::default();
    let mut read = Reader::section(document, "limits", problems);
    let section = LimitsConfig {
        max_shrink_percent: read.number("max_shrink_percent", default.max_shrink_percent),
        max_deleted_files: read.number("max_deleted_files", default.max_deleted_files),
        max_deleted_percent: read.number("max_deleted_percent", default.max_deleted_percent),
        max_more_skipped_files: read
            .number("max_more_skipped_files", default.max_more_skipped_files),
        report_within_minutes: read.number("report_within_minutes", default.report_within_minutes),
        proof_within_minutes: read.number("proof_within_minutes", default.proof_within_minutes),
        max_runtime_minutes: read.number("max_runtime_minutes", default.max_runtime_minutes),
        max_launching_minutes: read.number("max_launching_minutes", default.max_launching_minutes),
        max_queued_minutes: read.number("max_queued_minutes", default.max_queued_minutes),
    };
    read.finish();
    section
}
