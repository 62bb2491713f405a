//! `[functions]`: the size of the Lambda functions.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::options::Architecture;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionsConfig {
    /// Absent in what earlier releases wrote.
    #[serde(default)]
    pub architecture: Architecture,
    pub memory_mb: i32,
    pub timeout_seconds: i32,
    pub log_retention_days: i32,
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> FunctionsConfig {
    let mut read = Reader::section(document, "functions", problems);
    let section = FunctionsConfig {
        architecture: read.choice("architecture", Architecture::default()),
        memory_mb: read.number("memory_mb", defaults::MEMORY_MB),
        timeout_seconds: read.number("timeout_seconds", defaults::TIMEOUT_SECONDS),
        log_retention_days: read
            .number("log_retention_days", defaults::FUNCTION_LOG_RETENTION_DAYS),
    };
    read.finish();
    section
}
