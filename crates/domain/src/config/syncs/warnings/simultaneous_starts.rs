//! Schedules that start many syncs at the same time.

use std::collections::BTreeMap;

use crate::config::schedule_expression::daily_starts;
use crate::config::{ConfigWarning, ResolvedSync, StackConfig};

/// The most syncs that start together without a warning.
const TOGETHER: usize = 10;
/// The most names in a message.
const SHOWN: usize = 12;

/// The syncs with a schedule, by the time at which they start together.
struct Starts<'a> {
    key: &'static str,
    syncs: Vec<(&'a ResolvedSync, &'a str)>,
}

pub(super) fn find_simultaneous_starts(
    config: &StackConfig,
    syncs: &[ResolvedSync],
) -> Vec<ConfigWarning> {
    // With a limit they wait for one another.
    if config.limits.max_parallel_executions.is_some() {
        return Vec::new();
    }
    let enabled = || syncs.iter().filter(|sync| sync.config.schedule.enabled);
    let executions = enabled().map(|sync| (sync, sync.config.schedule.expression.as_str()));
    let verifications = enabled().filter_map(|sync| Some((sync, sync.config.full_verification()?)));
    let all = [
        Starts { key: "schedule.expression", syncs: executions.collect() },
        Starts { key: "schedule.full_verification", syncs: verifications.collect() },
    ];
    all.iter().flat_map(Starts::find_warnings).collect()
}

impl Starts<'_> {
    fn find_warnings(&self) -> Vec<ConfigWarning> {
        let mut told: Vec<Vec<usize>> = Vec::new();
        let mut found = Vec::new();
        for (together, time) in self.group_by_time() {
            if !told.iter().any(|larger| together.iter().all(|sync| larger.contains(sync))) {
                found.push(self.describe_group(&together, &time));
                told.push(together);
            }
        }
        found
    }

    /// The groups that are too large, the largest first, each with its first time. Expressions with
    /// a time are compared by it, others only with their equals.
    fn group_by_time(&self) -> Vec<(Vec<usize>, String)> {
        let mut by_time: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (_, expression)) in self.syncs.iter().enumerate() {
            let times = match daily_starts(expression) {
                Some(minutes) => minutes.iter().map(|minute| show_time(*minute)).collect(),
                None => vec![(*expression).to_owned()],
            };
            times.into_iter().for_each(|time| by_time.entry(time).or_default().push(index));
        }
        let mut first_times: BTreeMap<Vec<usize>, String> = BTreeMap::new();
        for (time, together) in by_time.into_iter().filter(|(_, group)| group.len() > TOGETHER) {
            first_times.entry(together).or_insert(time);
        }
        let mut groups: Vec<_> = first_times.into_iter().collect();
        groups.sort_by_key(|(together, _)| std::cmp::Reverse(together.len()));
        groups
    }

    fn describe_group(&self, together: &[usize], time: &str) -> ConfigWarning {
        let names: Vec<_> =
            together.iter().map(|index| self.syncs[*index].0.name.as_str()).collect();
        let more = names.len().saturating_sub(SHOWN);
        let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let message = format!(
            "starts {} syncs at the same time ({time}: {shown}{and_more}), which compete for the \
                throughput of the file system; spread them by cron(…), or set \
                limits.max_parallel_executions",
            names.len()
        );
        let expression = self.syncs[together[0]].1;
        let is_of_all = self.syncs.iter().all(|(_, other)| *other == expression);
        let key = match is_of_all {
            true => self.key.to_owned(),
            false => format!("sync.{}.{}", names[0], self.key),
        };
        ConfigWarning::new(&key, expression, message)
    }
}

fn show_time(minute: u16) -> String {
    format!("{:02}:{:02} UTC", minute / 60, minute % 60)
}
