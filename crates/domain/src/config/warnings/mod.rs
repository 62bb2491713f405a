//! What is allowed about a configuration and may still surprise: loss, cost, no way in. None speaks
//! of the defaults.

mod cost;
mod network;
mod schedule;

use std::fmt;

use serde::Serialize;

use super::StackConfig;
use super::task_rules::{self, Finding, Transfer};

/// One surprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigWarning {
    /// `task.overwrite_mode`
    pub key: String,
    /// As `stack.toml` writes it.
    pub value: String,
    /// What will happen, and what to do if that is not meant.
    pub message: String,
}

/// In the order of the sections.
pub(super) fn of(config: &StackConfig) -> Vec<ConfigWarning> {
    let mut found = network::of(config);
    found.extend(cost::of(&config.destination));
    found.extend(
        task_rules::find_option_warnings(&Transfer::from_config(config))
            .into_iter()
            .map(of_finding),
    );
    found.extend(schedule::of(config));
    found
}

impl ConfigWarning {
    fn new(key: &str, value: impl fmt::Debug, message: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: format!("{value:?}"), message: message.into() }
    }
}

fn of_finding(finding: Finding) -> ConfigWarning {
    let message = finding.about(0, "beside", ToString::to_string);
    let first = finding.options.into_iter().next();
    let (key, value) =
        first.map(|option| (option.name.to_owned(), option.value)).unwrap_or_default();
    ConfigWarning { key, value, message }
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.key, self.value, self.message)
    }
}

#[cfg(test)]
mod tests;
