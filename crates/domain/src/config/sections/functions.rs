//! `[functions]`: the size of the Lambda functions.
//!
//! Source: Lambda Developer Guide, "Lambda quotas".

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::defaults;
use crate::config::document::Document;
use crate::config::options::Architecture;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionsConfig {
    /// Absent in what earlier releases wrote.
    #[serde(default)]
    pub architecture: Architecture,
    pub memory_mb: i32,
    pub timeout_seconds: i32,
    pub log_retention_days: i32,
}

pub(in crate::config) fn read_section(document: &mut Document) -> FunctionsConfig {
    let mut read = SectionReader::open(document, "functions");
    let section = FunctionsConfig {
        architecture: read.read_choice("architecture", Architecture::default()),
        memory_mb: read.read_number("memory_mb", defaults::MEMORY_MB),
        timeout_seconds: read.read_number("timeout_seconds", defaults::TIMEOUT_SECONDS),
        log_retention_days: read
            .read_number("log_retention_days", defaults::FUNCTION_LOG_RETENTION_DAYS),
    };
    read.finish();
    section
}

pub(in crate::config) fn check_section(functions: &FunctionsConfig, problems: &mut RuleProblems) {
    let memory = functions.memory_mb;
    let allowed = "must be 128 to 10240, in MB: a limit of Lambda";
    problems.require_value(
        (128..=10_240).contains(&memory),
        "functions.memory_mb",
        memory,
        allowed,
    );
    let timeout = functions.timeout_seconds;
    let allowed = "must be 120 to 900, in seconds: waiting for a report takes up to 60 seconds, \
        and Lambda stops a function after 900";
    problems.require_value(
        (120..=900).contains(&timeout),
        "functions.timeout_seconds",
        timeout,
        allowed,
    );
    problems.check_retention("functions.log_retention_days", functions.log_retention_days);
}
