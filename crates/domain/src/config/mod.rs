//! `stack.toml`: what the user configures, and the same after every check.
//!
//! [`parse()`] reports all problems at once; what it returns needs no further check. The functions
//! read the result as JSON from the records bucket.

mod account_guard;
mod cidr;
mod cron;
mod defaults;
mod document;
mod ids;
mod key_lines;
pub(crate) mod location_path;
mod options;
mod parse;
mod problem;
mod rule_problems;
mod rules;
mod schedule_expression;
mod section_reader;
mod sections;
mod syncs;
mod template;
mod warnings;

use serde::{Deserialize, Serialize};

use crate::names::Names;

pub use account_guard::refuse_other_account;
pub use options::{
    Architecture, Atime, LogLevel, Mtime, NetworkMode, OverwriteMode, Owner, PosixPermissions,
    PreserveDeletedFiles, RetentionMode, StorageClass, TaskMode, TaskQueueing, ThroughputMode,
    TransferMode, VerifyMode,
};
pub use parse::parse;
pub use problem::{ConfigProblem, ConfigProblems};
pub use schedule_expression::{check as check_schedule_expression, rate_minutes};
pub use sections::alerts::AlertsConfig;
pub use sections::destination::{DestinationConfig, StorageTransition};
pub use sections::file_system::{ExistingFileSystem, FileSystemConfig, NewFileSystem};
pub use sections::functions::FunctionsConfig;
pub use sections::instance::InstanceConfig;
pub use sections::limits::LimitsConfig;
pub use sections::network::{AvailabilityZones, ExistingNetwork, NetworkConfig, NewNetwork};
pub use sections::proof::ProofConfig;
pub use sections::schedule::ScheduleConfig;
pub use sections::source::SourceConfig;
pub use sections::stack::StackSettings;
pub(crate) use sections::task::option_rules;
pub use sections::task::{MAX_FILTER_CHARACTERS, TaskConfig};
pub use syncs::{ResolvedSync, SyncConfig};
pub use template::{TemplateValues, render_template};
pub use warnings::ConfigWarning;

/// A whole, valid configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackConfig {
    pub stack: StackSettings,
    pub network: NetworkConfig,
    pub file_system: FileSystemConfig,
    pub source: SourceConfig,
    pub destination: DestinationConfig,
    pub task: TaskConfig,
    pub instance: InstanceConfig,
    pub schedule: ScheduleConfig,
    #[serde(default)]
    pub limits: LimitsConfig,
    #[serde(default)]
    pub proof: ProofConfig,
    #[serde(default)]
    pub alerts: AlertsConfig,
    pub functions: FunctionsConfig,
    /// The `[[sync]]` entries, with what the sections above leave to them; without any there is one
    /// sync, `default`. [`StackConfig::resolve_syncs`] has both cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub syncs: Vec<SyncConfig>,
}

impl StackConfig {
    /// Returns the warnings about allowed values; `plan` shows them.
    #[must_use]
    pub fn find_warnings(&self) -> Vec<ConfigWarning> {
        warnings::find_warnings(self)
    }

    /// The destination bucket, new or existing.
    #[must_use]
    pub fn destination_bucket(&self, names: &Names) -> String {
        let new = || {
            let region = self.destination.bucket_region(&names.region);
            Names::new(&names.stack, &names.account, region).destination_bucket()
        };
        self.destination.bucket.clone().unwrap_or_else(new)
    }
}

#[cfg(test)]
mod documentation_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod template_tests;
