//! `[task]`: the option rules, said of `stack.toml`.

use super::Problems;
use crate::config::StackConfig;
use crate::config::lines::Lines;
use crate::config::problem::ConfigProblem;
use crate::config::task_rules::{self, Finding, OptionValue, Transfer};

pub(super) fn check(config: &StackConfig, lines: &Lines, problems: &mut Problems) {
    problems.retention("task.log_retention_days", config.task.log_retention_days);
    let findings = task_rules::find_violations(&Transfer::from_config(config));
    problems.0.extend(findings.into_iter().map(|finding| problem_of(finding, lines)));
}

/// Said of the first option that the text has; the others are named beside it.
fn problem_of(finding: Finding, lines: &Lines) -> ConfigProblem {
    let is_written = |option: &OptionValue| lines.of_key(option.name).is_some();
    let about = finding.options.iter().position(is_written).unwrap_or(0);
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
