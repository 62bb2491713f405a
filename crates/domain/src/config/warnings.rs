//! Warnings about allowed configurations: data loss, cost, missing access. The defaults have none.

use std::fmt;

use serde::Serialize;

use super::sections::task::option_rules::{OptionProblem, Transfer, find_option_warnings};
use super::sections::{destination, instance, network, schedule};
use super::{StackConfig, syncs};

/// One surprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigWarning {
    /// `task.overwrite_mode`
    pub key: String,
    /// The value as in `stack.toml`.
    pub value: String,
    /// The consequence, and the solution if it is unwanted.
    pub message: String,
}

/// In the order of the sections, then those about the syncs together.
pub(super) fn find_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    let mut found: Vec<ConfigWarning> = Vec::new();
    let syncs = config.resolve_syncs();
    let of_each: Vec<_> = syncs.iter().map(|sync| find_sync_warnings(&sync.config)).collect();
    for (sync, warning) in
        syncs.iter().zip(&of_each).flat_map(|(sync, all)| all.iter().map(move |one| (sync, one)))
    {
        let is_of_all = of_each.iter().all(|others| others.contains(warning));
        let key = format!("sync.{}.{}", sync.name, warning.key);
        match is_of_all {
            true if found.contains(warning) => {}
            true => found.push(warning.clone()),
            false => found.push(ConfigWarning { key, ..warning.clone() }),
        }
    }
    found.extend(syncs::warnings::find_warnings(config, &syncs));
    found
}

fn find_sync_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    let mut found = network::warnings::find_warnings(config);
    found.extend(instance::warnings::find_warnings(config));
    found.extend(destination::warnings::find_warnings(&config.destination));
    found.extend(
        find_option_warnings(&Transfer::from_config(config))
            .into_iter()
            .map(warning_from_option_problem),
    );
    found.extend(schedule::warnings::find_warnings(config));
    found
}

impl ConfigWarning {
    pub(super) fn new(key: &str, value: impl fmt::Debug, message: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: format!("{value:?}"), message: message.into() }
    }
}

fn warning_from_option_problem(problem: OptionProblem) -> ConfigWarning {
    let message = problem.about(0, "beside", ToString::to_string);
    let first = problem.options.into_iter().next();
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
pub(super) mod tests;
