//! Rules about one option at a time: filters and bandwidth, which are no closed set of words.

use super::{Finding, option};
use crate::config::TaskConfig;
use crate::config::filter::{self, Filter};

pub(super) fn violations(task: &TaskConfig) -> Vec<Finding> {
    let mut found = bandwidth(task);
    for (key, filter, patterns) in [
        ("task.includes", Filter::Include, &task.includes),
        ("task.excludes", Filter::Exclude, &task.excludes),
    ] {
        if let Err(reason) = filter::check_length(patterns) {
            found.push(Finding::new(
                vec![option(key, patterns)],
                reason,
                "copy a folder above them instead",
            ));
        }
        for pattern in patterns {
            if let Err((reason, instead)) = filter::check(filter, pattern) {
                found.push(Finding::new(vec![option(key, pattern)], reason, instead));
            }
        }
    }
    found
}

fn bandwidth(task: &TaskConfig) -> Vec<Finding> {
    let Some(rate) = task.bytes_per_second.filter(|rate| *rate < 1) else { return Vec::new() };
    let reason = "must be at least 1: DataSync takes no less";
    vec![Finding::new(
        vec![option("task.bytes_per_second", rate)],
        reason,
        "leave it out for no limit",
    )]
}
