//! Rules about single options without a fixed set of words: filters and bandwidth.

use super::{OptionProblem, option_value};
use crate::config::TaskConfig;
use crate::config::sections::task::filter::{self, FilterKind};

pub(super) fn find_filter_problems(task: &TaskConfig) -> Vec<OptionProblem> {
    let mut found = check_bandwidth(task);
    for (key, filter, patterns) in [
        ("task.includes", FilterKind::Include, &task.includes),
        ("task.excludes", FilterKind::Exclude, &task.excludes),
    ] {
        if let Err(reason) = filter::check_length(patterns) {
            let instead = "copy a directory above them instead";
            found.push(OptionProblem::new(vec![option_value(key, patterns)], reason, instead));
        }
        for pattern in patterns {
            if let Err((reason, instead)) = filter::check_pattern(filter, pattern) {
                found.push(OptionProblem::new(vec![option_value(key, pattern)], reason, instead));
            }
        }
    }
    found
}

fn check_bandwidth(task: &TaskConfig) -> Vec<OptionProblem> {
    let Some(rate) = task.bytes_per_second.filter(|rate| *rate < 1) else { return Vec::new() };
    let reason = "must be at least 1: a rule of DataSync";
    vec![OptionProblem::new(
        vec![option_value("task.bytes_per_second", rate)],
        reason,
        "remove the key for no limit",
    )]
}
