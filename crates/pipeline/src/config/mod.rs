//! `stack.toml`: what the user configures, and the same after every check.
//!
//! [`parse`] reports all problems at once; what it returns needs no further check. The functions read the result as JSON
//! from the records bucket.

mod cron;
mod defaults;
mod filter;
mod lines;
mod location_path;
mod options;
mod parse;
mod problem;
mod reader;
mod rules;
mod schedule_expression;
mod template;

use serde::{Deserialize, Serialize};

pub use options::{LogLevel, OverwriteMode, PreserveDeletedFiles, StorageClass, TransferMode, VerifyMode};
pub use parse::parse;
pub use problem::{ConfigProblem, ConfigProblems};
pub use template::{TemplateValues, template};

/// A whole, valid configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackConfig {
    pub stack: Stack,
    pub source: Source,
    pub destination: Destination,
    pub task: Task,
    pub schedule: Schedule,
    pub functions: Functions,
}

/// `[stack]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// 1 to 20 of `a-z 0-9 -`, beginning with a letter, not ending in `-`.
    pub name: String,
    pub region: String,
}

/// `[source]`: the file system, and where in the network DataSync reaches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `/`, or a folder of the file system, beginning and ending in `/`.
    pub subdirectory: String,
    /// `subnet-…`: gets the mount target and DataSync's network interfaces.
    pub subnet_id: String,
    /// `sg-…`, 1 to 5: must let TCP 2049 pass among themselves.
    pub security_group_ids: Vec<String>,
}

/// `[destination]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Empty, or ends in `/` and does not begin with it.
    pub prefix: String,
    pub storage_class: StorageClass,
    /// Days after which a version that is no longer current expires; `None` keeps all.
    pub noncurrent_version_expiration_days: Option<i32>,
}

/// `[task]`: DataSync's options under DataSync's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub verify_mode: VerifyMode,
    pub overwrite_mode: OverwriteMode,
    pub preserve_deleted_files: PreserveDeletedFiles,
    pub transfer_mode: TransferMode,
    pub log_level: LogLevel,
    /// `None` is unlimited.
    pub bytes_per_second: Option<i64>,
    /// Patterns as DataSync takes them, without the `|` between them.
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub log_retention_days: i32,
}

/// `[schedule]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// EventBridge's `rate(…)` or `cron(…)`, UTC.
    pub expression: String,
    pub enabled: bool,
}

/// `[functions]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Functions {
    pub memory_mb: i32,
    pub timeout_seconds: i32,
    pub log_retention_days: i32,
}
