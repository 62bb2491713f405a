//! The rules between the syncs of a stack. Pure.

mod network;
mod prefixes;
mod properties;

use std::collections::BTreeMap;

use super::entry::Entry;
use crate::config::key_lines::KeyLines;
use crate::config::problem::ConfigProblem;
use crate::config::{DestinationConfig, StackConfig, SyncConfig};

/// A sync with its entry.
#[derive(Clone, Copy)]
struct Member<'a> {
    entry: &'a Entry,
    sync: &'a SyncConfig,
}

impl Member<'_> {
    /// The key in problems of a key of the destination.
    fn locate_key(&self, key: &str) -> String {
        self.entry.locate_key(&format!("destination.{key}"))
    }
}

/// Everything that is not allowed about the syncs together.
pub(super) fn check_together(
    config: &StackConfig,
    entries: &[Entry],
    lines: &KeyLines,
) -> Vec<ConfigProblem> {
    let members = entries.iter().zip(&config.syncs).map(|(entry, sync)| Member { entry, sync });
    let members: Vec<Member<'_>> = members.collect();
    let mut problems: Vec<_> = members.iter().filter_map(find_second_of_name).collect();
    let groups = group_by_bucket(&members, &config.stack.region);
    problems.extend(find_too_many_buckets(groups.len()));
    for members in groups {
        problems.extend(prefixes::find_overlaps(&members, lines));
        problems.extend(properties::find_differences(config, &members));
    }
    problems.extend(network::check_addresses(config, members.len()));
    problems
}

/// An entry with a name of another one has its number as key.
fn find_second_of_name(member: &Member<'_>) -> Option<ConfigProblem> {
    let name = member.entry.name.as_ref().filter(|_| member.entry.key.starts_with("sync["))?;
    let message = "is the name of another sync: choose another name, each occurs once";
    let key = format!("{}.name", member.entry.key);
    Some(ConfigProblem::new(&key, Some(format!("{:?}", name.as_str())), message))
}

/// The inline policies of a role have 10,240 characters in all (IAM User Guide, "IAM and AWS STS
/// quotas"), and verify-versions reads every bucket.
const MAX_BUCKETS: usize = 40;

fn find_too_many_buckets(buckets: usize) -> Option<ConfigProblem> {
    let message = format!(
        "need {buckets} buckets, and the policy of a function has room for {MAX_BUCKETS}: give \
            several syncs one bucket and prefixes of their own"
    );
    (buckets > MAX_BUCKETS).then(|| ConfigProblem::new("sync", None, message))
}

fn group_by_bucket<'a>(members: &[Member<'a>], stack_region: &str) -> Vec<Vec<Member<'a>>> {
    let mut groups: BTreeMap<_, Vec<Member<'a>>> = BTreeMap::new();
    for member in members {
        let bucket = identify_bucket(&member.sync.destination, stack_region);
        groups.entry(bucket).or_default().push(*member);
    }
    groups.into_values().collect()
}

/// The name of an existing bucket, which only one has, or the region of one of the stack's.
fn identify_bucket<'a>(
    destination: &'a DestinationConfig,
    stack_region: &'a str,
) -> (Option<&'a str>, &'a str) {
    match &destination.bucket {
        Some(name) => (Some(name), ""),
        None => (None, destination.bucket_region(stack_region)),
    }
}
