//! Warnings about the syncs of a stack together: quotas, overlapping directories, schedules that
//! start many at once. Pure.

use std::collections::BTreeMap;

use crate::config::{ConfigWarning, FileSystemConfig, ResolvedSync, StackConfig};

/// DataSync User Guide, "AWS DataSync quotas": tasks in an account and region, adjustable.
const TASKS: usize = 100;
/// EventBridge User Guide, "Amazon EventBridge quotas": rules of an event bus, adjustable.
const RULES: usize = 300;
/// The rules of a stack that no sync has of its own, rounded up.
const SHARED_RULES: usize = 5;
/// The most syncs of one schedule that start together without a warning.
const TOGETHER: usize = 10;

/// The warnings about all syncs of a stack.
pub(in crate::config) fn find_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    let syncs = config.resolve_syncs();
    let mut found = find_exceeded_quotas(&syncs);
    found.extend(find_overlaps(&syncs));
    found.extend(find_simultaneous_starts(config, &syncs));
    found
}

fn find_exceeded_quotas(syncs: &[ResolvedSync]) -> Vec<ConfigWarning> {
    let rules: usize = syncs
        .iter()
        .map(|sync| 2 + usize::from(sync.config.full_verification().is_some()))
        .sum::<usize>()
        + SHARED_RULES;
    let mut found = Vec::new();
    if syncs.len() > TASKS {
        let message = format!(
            "are more than the {TASKS} tasks that DataSync allows in a region unless AWS raised \
                the quota (DataSync User Guide, \"AWS DataSync quotas\")"
        );
        found.push(ConfigWarning::new("sync", syncs.len(), message));
    }
    if rules > RULES {
        let message = format!(
            "need {rules} EventBridge rules, more than the {RULES} of an event bus unless AWS \
                raised the quota; schedule.full_verification = \"never\" saves one a sync"
        );
        found.push(ConfigWarning::new("sync", syncs.len(), message));
    }
    found
}

/// Syncs that copy the same files, each once.
fn find_overlaps(syncs: &[ResolvedSync]) -> Vec<ConfigWarning> {
    let overlap = |(index, sync): (usize, &ResolvedSync)| {
        let other = syncs[..index].iter().find(|other| copies_same_files(sync, other))?;
        let message = format!(
            "overlaps {:?} of the sync `{}`: what is in both is copied, stored and billed twice; \
                exclude it in one of them with task.excludes if that is not wanted",
            other.config.source.subdirectory, other.name
        );
        let key = format!("sync.{}.source.subdirectory", sync.name);
        Some(ConfigWarning::new(&key, &sync.config.source.subdirectory, message))
    };
    syncs.iter().enumerate().filter_map(overlap).collect()
}

fn copies_same_files(one: &ResolvedSync, other: &ResolvedSync) -> bool {
    let file_system = |sync: &ResolvedSync| match &sync.config.file_system {
        FileSystemConfig::New(_) => None,
        FileSystemConfig::Existing(existing) => Some(existing.id.clone()),
    };
    file_system(one) == file_system(other)
        && one.config.source.access_point_id == other.config.source.access_point_id
        && has_common_paths(one, other)
}

/// Whether one directory is the other or contains it, and neither task leaves out what the other
/// copies.
fn has_common_paths(one: &ResolvedSync, other: &ResolvedSync) -> bool {
    let leaves_out = |outer: &ResolvedSync, inner: &ResolvedSync| {
        let directory = outer.config.source.subdirectory.as_str();
        let below = inner.config.source.subdirectory.strip_prefix(directory)?;
        Some(outer.config.task.leaves_out_all_of(&inner.config.task, &format!("/{below}")))
    };
    let found = [leaves_out(one, other), leaves_out(other, one)];
    found.contains(&Some(false)) && !found.contains(&Some(true))
}

fn find_simultaneous_starts(config: &StackConfig, syncs: &[ResolvedSync]) -> Vec<ConfigWarning> {
    let mut by_schedule: BTreeMap<&str, usize> = BTreeMap::new();
    for sync in syncs.iter().filter(|sync| sync.config.schedule.enabled) {
        *by_schedule.entry(sync.config.schedule.expression.as_str()).or_default() += 1;
    }
    let most = config
        .limits
        .max_parallel_executions
        .map_or(TOGETHER, |most| usize::try_from(most).unwrap_or(TOGETHER).max(TOGETHER));
    let piled = by_schedule.into_iter().filter(|(_, count)| *count > most);
    let warning = |(expression, count): (&str, usize)| {
        let message = format!(
            "starts {count} syncs at the same time, which compete for the file system's \
                throughput; spread them over the hour with cron(…), or set \
                limits.max_parallel_executions"
        );
        ConfigWarning::new("schedule.expression", expression, message)
    };
    piled.map(warning).collect()
}
