//! `stack.toml`: what the user configures, and the same after every check.
//!
//! [`parse`] reports all problems at once; what it returns needs no further check. The functions
//! read the result as JSON from the records bucket.

mod cidr;
mod cron;
mod defaults;
mod filter;
mod full_verification;
mod ids;
mod lines;
mod location_path;
mod options;
mod parse;
mod problem;
mod reader;
mod rules;
mod schedule_expression;
mod sections;
pub mod task_rules;
mod template;
mod warnings;

use serde::{Deserialize, Serialize};

use crate::names::Names;

pub use options::{
    Architecture, Atime, LogLevel, Mtime, OverwriteMode, Owner, PosixPermissions,
    PreserveDeletedFiles, RetentionMode, StorageClass, TaskMode, TaskQueueing, ThroughputMode,
    TransferMode, VerifyMode,
};
pub use parse::parse;
pub use problem::{ConfigProblem, ConfigProblems};
pub use schedule_expression::{check as check_schedule_expression, rate_minutes};
pub use sections::alerts::Alerts;
pub use sections::destination::{Destination, Transition};
pub use sections::file_system::{ExistingFileSystem, FileSystem, NewFileSystem};
pub use sections::functions::Functions;
pub use sections::instance::Instance;
pub use sections::limits::ConfiguredLimits;
pub use sections::network::{AvailabilityZones, ExistingNetwork, Network, NewNetwork};
pub use sections::proof::Proving;
pub use sections::schedule::Schedule;
pub use sections::source::Source;
pub use sections::stack::Stack;
pub use sections::task::Task;
pub use template::{TemplateValues, template};
pub use warnings::ConfigWarning;

/// A whole, valid configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackConfig {
    pub stack: Stack,
    pub network: Network,
    pub file_system: FileSystem,
    pub source: Source,
    pub destination: Destination,
    pub task: Task,
    pub instance: Instance,
    pub schedule: Schedule,
    #[serde(default)]
    pub limits: ConfiguredLimits,
    #[serde(default)]
    pub proof: Proving,
    #[serde(default)]
    pub alerts: Alerts,
    pub functions: Functions,
}

impl StackConfig {
    /// What is allowed and may still surprise: shown by `plan`.
    #[must_use]
    pub fn warnings(&self) -> Vec<ConfigWarning> {
        warnings::of(self)
    }

    /// The bucket that files go to, whoever made it.
    #[must_use]
    pub fn destination_bucket(&self, names: &Names) -> String {
        self.destination.bucket.clone().unwrap_or_else(|| names.destination_bucket())
    }
}

#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod template_tests;
