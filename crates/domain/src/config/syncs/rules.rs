//! The rules between the syncs of a stack. Pure.

mod buckets;
mod network;

use super::entry::Entry;
use crate::config::key_lines::KeyLines;
use crate::config::problem::ConfigProblem;
use crate::config::{StackConfig, SyncConfig};

/// A sync with its entry.
#[derive(Clone, Copy)]
struct Member<'a> {
    entry: &'a Entry,
    sync: &'a SyncConfig,
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
    problems.extend(buckets::check_buckets(config, &members, lines));
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
