//! `[task]`: DataSync's options under DataSync's names.

#[cfg(test)]
pub(in crate::config) mod combination_tests;
pub(crate) mod filter;
pub(crate) mod option_rules;
#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

pub use self::filter::MAX_CHARACTERS as MAX_FILTER_CHARACTERS;
use self::option_rules::{OptionProblem, OptionValue, Transfer, find_violations};

use crate::config::StackConfig;
use crate::config::defaults;
use crate::config::document::Document;
use crate::config::key_lines::KeyLines;
use crate::config::options::{
    Atime, LogLevel, Mtime, OverwriteMode, Owner, PosixPermissions, PreserveDeletedFiles, TaskMode,
    TaskQueueing, TransferMode, VerifyMode,
};
use crate::config::problem::ConfigProblem;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskConfig {
    pub mode: TaskMode,
    pub verify_mode: VerifyMode,
    pub overwrite_mode: OverwriteMode,
    pub atime: Atime,
    pub mtime: Mtime,
    pub uid: Owner,
    pub gid: Owner,
    pub posix_permissions: PosixPermissions,
    pub preserve_deleted_files: PreserveDeletedFiles,
    pub transfer_mode: TransferMode,
    pub task_queueing: TaskQueueing,
    pub log_level: LogLevel,
    /// `None` is unlimited.
    pub bytes_per_second: Option<i64>,
    /// Patterns as DataSync takes them, without the `|` between them.
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub log_retention_days: i32,
}

/// Options of the API that can only be wrong between EFS and S3, with why.
///
/// Source: DataSync API model 2018-11-09, `Options`.
const NOT_OFFERED: [(&str, &str); 4] = [
    ("preserve_devices", "is not offered: DataSync can't copy device files from EFS; remove it"),
    (
        "security_descriptor_copy_flags",
        "is not offered: it is for SMB and FSx for Windows; remove it",
    ),
    (
        "object_tags",
        "is not offered: it is for copies from object storage, and files have no tags; remove it",
    ),
    (
        "object_metadata",
        "is not offered: it is for copies from object storage, and files have none; remove it",
    ),
];

pub(in crate::config) fn read_section(document: &mut Document) -> TaskConfig {
    let mut read = SectionReader::open(document, "task");
    let section = TaskConfig {
        mode: read.read_choice("mode", TaskMode::Basic),
        verify_mode: read.read_choice("verify_mode", VerifyMode::OnlyFilesTransferred),
        overwrite_mode: read.read_choice("overwrite_mode", OverwriteMode::Always),
        atime: read.read_choice("atime", Atime::BestEffort),
        mtime: read.read_choice("mtime", Mtime::Preserve),
        uid: read.read_choice("uid", Owner::IntValue),
        gid: read.read_choice("gid", Owner::IntValue),
        posix_permissions: read.read_choice("posix_permissions", PosixPermissions::Preserve),
        preserve_deleted_files: read
            .read_choice("preserve_deleted_files", PreserveDeletedFiles::Preserve),
        transfer_mode: read.read_choice("transfer_mode", TransferMode::Changed),
        task_queueing: read.read_choice("task_queueing", TaskQueueing::Enabled),
        log_level: read.read_choice("log_level", LogLevel::Transfer),
        bytes_per_second: read.read_whole_number("bytes_per_second"),
        includes: read.read_texts("includes"),
        excludes: read.read_texts("excludes"),
        log_retention_days: read
            .read_number("log_retention_days", defaults::TASK_LOG_RETENTION_DAYS),
    };
    for (key, message) in NOT_OFFERED {
        read.refuse_key(key, message);
    }
    read.finish();
    section
}

pub(in crate::config) fn check_section(
    config: &StackConfig,
    lines: &KeyLines,
    problems: &mut RuleProblems,
) {
    problems.check_retention("task.log_retention_days", config.task.log_retention_days);
    let findings = find_violations(&Transfer::from_config(config));
    problems.0.extend(findings.into_iter().map(|finding| problem_of(finding, lines)));
}

/// Reported of the first option that the entry has, or else the text; the others are named beside
/// it.
fn problem_of(finding: OptionProblem, lines: &KeyLines) -> ConfigProblem {
    let is_written = |option: &OptionValue| lines.line_of(option.name).is_some();
    let is_own = |option: &OptionValue| lines.is_own(option.name);
    let own = finding.options.iter().position(is_own);
    let about = own.or_else(|| finding.options.iter().position(is_written)).unwrap_or(0);
    let shown = |option: &OptionValue| match is_written(option) {
        true => option.to_string(),
        false => format!("{option} (the default)"),
    };
    let message = finding.about(about, "does not go with", shown);
    let mut options = finding.options;
    let OptionValue { name, value } = options.remove(about);
    let with = options.into_iter().map(|option| option.name.to_owned()).collect();
    ConfigProblem { with, ..ConfigProblem::new(name, Some(value), message) }
}
