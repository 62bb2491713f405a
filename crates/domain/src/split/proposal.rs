//! The proposal: the syncs to write into `stack.toml` instead of one.

use serde::Serialize;
use toml::Table;

use super::assign::{AssignedPart, AssignedParts, assign_parts};
use super::cut::{CutTree, cut_tree};
use super::layout::{EntryKeys, PartLayout};
use super::pattern::{is_included, is_nameable};
use super::{Directory, Size};
use crate::config::{MAX_FILTER_CHARACTERS, ResolvedSync, StackConfig};
use crate::item_limit::percent_of_limit;
use crate::sync_name::SyncName;

/// The syncs that a sync is split into.
#[derive(Clone, Debug, Serialize)]
pub struct SplitProposal {
    pub sync: SyncName,
    /// Everything that the sync copies.
    pub total: Size,
    /// The sync itself is the first.
    pub syncs: Vec<ProposedSync>,
    /// Heavier than an equal share, and not divisible by directory: `/` stands for files that are
    /// in no directory, in many small ones, or in those that a filter can't name.
    pub indivisible: Vec<HeavyDirectory>,
    /// The exclude filter of the sync has no room for more directories.
    pub filter_is_full: bool,
}

/// A directory that can't be divided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeavyDirectory {
    pub path: String,
    #[serde(flatten)]
    pub size: Size,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub struct ProposedSync {
    pub name: SyncName,
    /// Seen from the source of the sync that is split; empty for that sync itself, which copies
    /// all others.
    pub directories: Vec<String>,
    #[serde(flatten)]
    pub size: Size,
    /// Of the items that one execution in Basic mode can work with.
    pub percent_of_limit: i64,
    /// The objects of deleted files remain, although the sync removes them today.
    pub stops_removing: bool,
    pub source: String,
    pub prefix: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    /// The `[[sync]]` entry.
    pub entry: String,
}

/// Proposes at most `into` syncs. `own` is the entry of the sync in the text, empty if it has
/// none; `taken` are the names of all syncs.
#[must_use]
pub fn propose_split(
    sync: &ResolvedSync,
    taken: &[SyncName],
    own: &Table,
    top: &Directory,
    into: usize,
) -> SplitProposal {
    let task = &sync.config.task;
    let cut = cut_tree(top, into, |path| is_nameable(path) && is_included(task, path));
    let indivisible = find_heavy(&cut, top.total, into);
    let used = task.excludes.iter().map(|pattern| pattern.chars().count() + 1).sum();
    let assigned = assign_parts(cut, into, MAX_FILTER_CHARACTERS.saturating_sub(used));
    let filter_is_full = assigned.is_filter_full;
    let syncs = propose_syncs(sync, taken, own, assigned);
    SplitProposal { sync: sync.name.clone(), total: top.total, syncs, indivisible, filter_is_full }
}

fn find_heavy(cut: &CutTree, whole: Size, into: usize) -> Vec<HeavyDirectory> {
    let share = whole.weight(whole) / into.max(1) as u128;
    let directories = cut.directories.iter().map(|one| (one.path.as_str(), one.size));
    [("/", cut.rest)]
        .into_iter()
        .chain(directories)
        .filter(|(_, size)| size.weight(whole) > share)
        .map(|(path, size)| HeavyDirectory { path: path.to_owned(), size })
        .collect()
}

fn propose_syncs(
    sync: &ResolvedSync,
    taken: &[SyncName],
    own: &Table,
    assigned: AssignedParts,
) -> Vec<ProposedSync> {
    let config = &sync.config;
    let mut parts = assigned.parts.into_iter();
    let first = parts.next().unwrap_or_default();
    let others: Vec<_> = parts.filter(|part| !part.directories.is_empty()).collect();
    let layouts: Vec<_> = others.iter().map(|part| PartLayout::of_part(config, part)).collect();
    let rest = PartLayout::of_rest(config, &layouts);
    let rest_part = AssignedPart { directories: Vec::new(), ..first };
    let mut syncs = vec![ProposedSync::new(sync.name.clone(), rest_part, rest, own, config)];
    let mut taken = taken.to_vec();
    for (part, layout) in others.into_iter().zip(layouts) {
        let name = new_name(&sync.name, &part.directories, &taken);
        taken.push(name.clone());
        syncs.push(ProposedSync::new(name, part, layout, own, config));
    }
    syncs
}

impl ProposedSync {
    fn new(
        name: SyncName,
        part: AssignedPart,
        layout: PartLayout,
        own: &Table,
        config: &StackConfig,
    ) -> Self {
        let items = i64::try_from(part.size.items).unwrap_or(i64::MAX);
        Self {
            entry: EntryKeys::of_part(own, config, &layout).to_text(&name),
            name,
            directories: part.directories,
            size: part.size,
            percent_of_limit: percent_of_limit(items),
            stops_removing: layout.stops_removing(config),
            source: layout.source,
            prefix: layout.prefix,
            includes: layout.includes,
            excludes: layout.excludes,
        }
    }
}

/// The name of a directory alone in its part, if it is one of a sync; otherwise that of the sync
/// with a number.
fn new_name(split: &SyncName, directories: &[String], taken: &[SyncName]) -> SyncName {
    let of_directory = match directories {
        [path] => path.rsplit_once('/').and_then(|(_, name)| SyncName::parse(name).ok()),
        _ => None,
    };
    let is_free = |name: &SyncName| !name.is_default() && !taken.contains(name);
    if let Some(name) = of_directory.filter(is_free) {
        return name;
    }
    let base = if split.is_default() { "part" } else { split.as_str() };
    let numbered = (2..).find_map(|number: u32| {
        let number = number.to_string();
        let kept = base.len().min(SyncName::MAX_LENGTH - 1 - number.len());
        SyncName::parse(&format!("{}-{number}", &base[..kept])).ok().filter(is_free)
    });
    numbered.unwrap_or_else(|| split.clone())
}
