//! The option rules of a DataSync task between EFS and S3: what does not go together, and what may
//! surprise. Pure.
//!
//! They hold for the task of `stack.toml` and for each execution that overrides its options, be it
//! a restore.
//!
//! Sources: DataSync API model 2018-11-09 (`Options`, `FilterRule`, `TaskMode`); DataSync User
//! Guide: "Choosing a task mode", "Configuring data verification", "Handling files, objects, and
//! metadata", "Using a manifest", "Troubleshooting tasks".

mod filters;
mod together;
mod warnings;

use std::fmt;

use super::{StackConfig, StorageClass, TaskConfig};

/// What is about to be transferred, and how.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// The options in effect: those of the task, with the overrides of the execution.
    pub task: &'a TaskConfig,
    /// The class of the objects written; `None` where S3 is what is read (a restore).
    pub storage_class: Option<StorageClass>,
    /// The class that the bucket's lifecycle moves objects to.
    pub later_storage_class: Option<StorageClass>,
    pub has_manifest: bool,
}

impl<'a> Transfer<'a> {
    /// As the schedule starts it: everything, without overrides.
    #[must_use]
    pub fn from_config(config: &'a StackConfig) -> Self {
        let destination = &config.destination;
        Self {
            task: &config.task,
            storage_class: Some(destination.storage_class),
            later_storage_class: destination
                .transition
                .as_ref()
                .map(|transition| transition.storage_class),
            has_manifest: false,
        }
    }
}

/// What DataSync would refuse, or what would come out wrong.
#[must_use]
pub fn find_violations(transfer: &Transfer<'_>) -> Vec<Finding> {
    let mut found = filters::violations(transfer.task);
    found.extend(together::RULES.iter().filter_map(|rule| rule(transfer)));
    found
}

/// What is allowed and may surprise.
#[must_use]
pub fn find_option_warnings(transfer: &Transfer<'_>) -> Vec<Finding> {
    warnings::RULES.iter().filter_map(|rule| rule(transfer)).collect()
}

/// A rule, and a transfer that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Those that have a part in it, at least one; the one to change comes first.
    pub options: Vec<OptionValue>,
    pub reason: String,
    /// What to do.
    pub instead: String,
}

/// An option as `stack.toml` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    /// `task.verify_mode`; `manifest` for the manifest of an execution.
    pub name: &'static str,
    /// With its quotes: `"NONE"`.
    pub value: String,
}

impl Finding {
    fn new(options: Vec<OptionValue>, reason: impl Into<String>, instead: &str) -> Self {
        Self { options, reason: reason.into(), instead: instead.to_owned() }
    }

    /// What is said of one of the options; `relation` leads to the others, each of which is named
    /// by `shown`.
    pub(super) fn about(
        &self,
        option: usize,
        relation: &str,
        shown: impl Fn(&OptionValue) -> String,
    ) -> String {
        let others = self.options.iter().enumerate().filter(|(index, _)| *index != option);
        let others: Vec<String> = others.map(|(_, option)| shown(option)).collect();
        match others.is_empty() {
            true => format!("{}; {}", self.reason, self.instead),
            false => {
                format!("{relation} {}: {}; {}", others.join(" and "), self.reason, self.instead)
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<String> = self.options.iter().map(ToString::to_string).collect();
        write!(f, "{}: {}; {}", options.join(" with "), self.reason, self.instead)
    }
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

fn option(name: &'static str, value: impl fmt::Debug) -> OptionValue {
    OptionValue { name, value: format!("{value:?}") }
}

fn verify_mode(transfer: &Transfer<'_>) -> OptionValue {
    option("task.verify_mode", transfer.task.verify_mode.as_str())
}

fn transfer_mode(transfer: &Transfer<'_>) -> OptionValue {
    option("task.transfer_mode", transfer.task.transfer_mode.as_str())
}

fn mode(transfer: &Transfer<'_>) -> OptionValue {
    option("task.mode", transfer.task.mode.as_str())
}

fn mtime(transfer: &Transfer<'_>) -> OptionValue {
    option("task.mtime", transfer.task.mtime.as_str())
}

fn preserve_deleted_files(transfer: &Transfer<'_>) -> OptionValue {
    option("task.preserve_deleted_files", transfer.task.preserve_deleted_files.as_str())
}

fn manifest() -> OptionValue {
    option("manifest", true)
}

#[cfg(test)]
mod tests;
