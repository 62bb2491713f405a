//! The effect of a plan on each sync: added, removed, renamed, and how many of its resources
//! change. Pure.

use std::collections::BTreeSet;
use std::fmt::Write;

use domain::config::StackConfig;
use domain::sync_name::SyncName;
use reconciler::graph::ResourceId;
use reconciler::plan::{Counts, FORMAT_VERSION, Plan, Step};
use serde::Serialize;

use super::deployed_state::DeployedState;

/// The resources that syncs of a bucket share: a region or a bucket is in the place of a sync.
const NOT_OF_A_SYNC: [&str; 3] = ["destination-bucket", "destination-role", "restore-role"];

/// The effect of a plan on one sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SyncChange {
    pub sync: SyncName,
    pub status: SyncChangeKind,
    /// The removed sync that has the same source and destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<SyncName>,
    /// The changes of its own resources, not of those that it shares with others.
    pub resources: Counts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SyncChangeKind {
    Added,
    Kept,
    Removed,
}

/// Returns the effect on each sync: the configured ones in the order of the text, then the removed
/// ones.
pub(crate) fn list_changes(
    config: &StackConfig,
    deployed: &DeployedState,
    plans: &[&Plan],
) -> Vec<SyncChange> {
    let before = deployed.to_syncs();
    let (added, removed) = (before.list_added(config), before.list_removed(config));
    let configured = config.sync_names().into_iter();
    let status = |sync: &SyncName| match added.contains(sync) {
        true => SyncChangeKind::Added,
        false => SyncChangeKind::Kept,
    };
    let mut changes: Vec<SyncChange> = configured
        .map(|sync| (status(&sync), sync))
        .chain(removed.iter().map(|sync| (SyncChangeKind::Removed, sync.clone())))
        .map(|(status, sync)| new_change(sync, status))
        .collect();
    for change in changes.iter_mut().filter(|change| change.status == SyncChangeKind::Added) {
        let same = |old: &&SyncName| copies_the_same(config, &change.sync, deployed, old);
        change.renamed_from = removed.iter().find(same).cloned();
    }
    count_resources(&mut changes, plans);
    changes
}

fn new_change(sync: SyncName, status: SyncChangeKind) -> SyncChange {
    SyncChange { sync, status, renamed_from: None, resources: Counts::default() }
}

/// Whether a removed sync had the source and the destination of a new one.
fn copies_the_same(
    config: &StackConfig,
    new: &SyncName,
    deployed: &DeployedState,
    old: &SyncName,
) -> bool {
    let before = deployed.config.as_ref().and_then(|config| config.of_sync(old));
    let (Some(new), Some(old)) = (config.of_sync(new), before) else { return false };
    (new.file_system, new.source, new.destination) == (old.file_system, old.source, old.destination)
}

fn count_resources(changes: &mut [SyncChange], plans: &[&Plan]) {
    let steps: Vec<&Step> = plans.iter().flat_map(|plan| &plan.steps).collect();
    let names: Vec<SyncName> = changes.iter().map(|change| change.sync.clone()).collect();
    // What another sync has with a name of its own, `default` has without one.
    let own: BTreeSet<&str> = steps
        .iter()
        .filter_map(|step| split_id(&step.id, &names))
        .map(|(resource, _)| resource)
        .collect();
    for change in changes {
        let belongs = |step: &&&Step| match split_id(&step.id, &names) {
            Some((_, sync)) => sync == change.sync,
            None => change.sync.is_default() && own.contains(without_region(&step.id)),
        };
        let steps = steps.iter().filter(belongs).map(|step| (*step).clone()).collect();
        change.resources = Plan { format_version: FORMAT_VERSION, steps }.counts();
    }
}

/// Returns the resource and the sync of a qualified id: `task` and `home` of `task.home`.
fn split_id<'a>(id: &'a ResourceId, syncs: &[SyncName]) -> Option<(&'a str, SyncName)> {
    let id = without_region(id);
    let (resource, _) = id.split_once('.')?;
    let sync = SyncName::of_qualified(id, resource)?;
    (syncs.contains(&sync) && !NOT_OF_A_SYNC.contains(&resource)).then_some((resource, sync))
}

/// Returns the id of a location without the region of its bucket, which follows `@`.
fn without_region(id: &ResourceId) -> &str {
    id.as_str().split_once('@').map_or(id.as_str(), |(id, _)| id)
}

/// Returns a line for each sync; nothing for a stack that has and had one sync.
pub(crate) fn changes_text(changes: &[SyncChange]) -> String {
    if changes.len() < 2 {
        return String::new();
    }
    let width = changes.iter().map(|change| change.sync.as_str().len()).max().unwrap_or_default();
    let mut text = "Syncs:\n".to_owned();
    for change in changes {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {:width$}  {}", change.sync.as_str(), change_text(change));
    }
    for change in changes {
        if let Some(old) = &change.renamed_from {
            let _ = writeln!(
                text,
                "`{old}` was renamed to `{}`: it is another sync, and its runs start anew. The \
                    records of `{old}` stay.",
                change.sync
            );
        }
    }
    text
}

fn change_text(SyncChange { status, resources, .. }: &SyncChange) -> String {
    let status = match status {
        SyncChangeKind::Added => "new: ",
        SyncChangeKind::Kept => "",
        SyncChangeKind::Removed => "removed: ",
    };
    let Counts { add, change, destroy } = resources;
    let counted = [(add, "add"), (change, "change"), (destroy, "destroy")];
    let counted = counted.iter().filter(|(count, _)| **count > 0);
    let texts: Vec<String> = counted.map(|(count, verb)| format!("{count} to {verb}")).collect();
    match texts.is_empty() {
        true => format!("{status}no changes"),
        false => format!("{status}{}", texts.join(", ")),
    }
}

#[cfg(test)]
mod tests;
