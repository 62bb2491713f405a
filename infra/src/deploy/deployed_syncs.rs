//! The syncs of a stack as the last deploy left them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::arn::TaskArn;
use domain::config::{DestinationConfig, StackConfig};
use domain::records::deployed_sync::DeployedSync;
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;

use super::policies::destinations::other_regions;

/// The facts about deployed syncs that both planes depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeployedSyncs {
    tasks: BTreeMap<SyncName, TaskArn>,
    /// All that may have resources, even after an interrupted first deploy.
    known: BTreeSet<SyncName>,
    paused: BTreeSet<SyncName>,
    /// The regions of destination buckets, apart from that of the stack.
    other_regions: BTreeSet<String>,
    /// Whether any sync of the deployed configuration has another file system or bucket than that
    /// of the sections.
    others: bool,
}

impl DeployedSyncs {
    /// Returns the syncs of the last complete deploy; none before the first one.
    pub(crate) fn from_outputs(outputs: Option<&Outputs>) -> Self {
        let syncs = || outputs.into_iter().flat_map(Outputs::each_sync);
        Self {
            tasks: syncs().map(|sync| (sync.sync.clone(), sync.task_arn.clone())).collect(),
            known: syncs().map(|sync| sync.sync.clone()).collect(),
            paused: BTreeSet::new(),
            other_regions: syncs().filter_map(|sync| sync.destination_region.clone()).collect(),
            others: syncs()
                .any(|sync| DeployedSync::of_outputs(sync).roles != BucketRoles::default()),
        }
    }

    /// Adds the syncs of the configuration that was deployed last: an interrupted deploy leaves
    /// resources of syncs that have no outputs yet.
    pub(crate) fn with_configuration(mut self, config: Option<&StackConfig>) -> Self {
        self.known.extend(config.into_iter().flat_map(StackConfig::sync_names));
        self.other_regions.extend(config.into_iter().flat_map(other_regions));
        self.others |= config.is_some_and(has_others);
        self
    }

    /// Returns the state after a deploy of the configuration, with these tasks.
    pub(crate) fn with_tasks<'a>(
        &'a self,
        config: &StackConfig,
        task: impl Fn(&SyncName) -> Option<&'a TaskArn>,
    ) -> Self {
        let known: BTreeSet<SyncName> = config.sync_names().into_iter().collect();
        let tasks = known.iter().filter_map(|sync| Some((sync.clone(), task(sync)?.clone())));
        Self { tasks: tasks.collect(), known, paused: self.paused.clone(), ..Self::default() }
    }

    /// Adds the syncs whose schedule a person paused.
    pub(crate) fn with_pauses<'a>(mut self, paused: impl Iterator<Item = &'a SyncName>) -> Self {
        self.paused.extend(paused.cloned());
        self
    }

    pub(crate) fn task(&self, sync: &SyncName) -> Option<&TaskArn> {
        self.tasks.get(sync)
    }

    /// Whether any sync has a task.
    pub(crate) fn has_task(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Whether both have the same tasks: the control plane depends on nothing else that a deploy of
    /// the data plane changes.
    pub(crate) fn has_same_tasks(&self, other: &Self) -> bool {
        self.tasks == other.tasks
    }

    pub(crate) fn is_paused(&self, sync: &SyncName) -> bool {
        self.paused.contains(sync)
    }

    /// Returns the deployed syncs that the configuration no longer contains.
    pub(crate) fn list_removed(&self, config: &StackConfig) -> Vec<SyncName> {
        let configured = config.sync_names();
        self.known.iter().filter(|sync| !configured.contains(sync)).cloned().collect()
    }

    /// Returns the configured syncs that are not deployed yet.
    pub(crate) fn list_added(&self, config: &StackConfig) -> Vec<SyncName> {
        let configured = config.sync_names().into_iter();
        configured.filter(|sync| !self.known.contains(sync)).collect()
    }

    /// Whether there is or was a role that no stack without `[[sync]]` entries has: for a file
    /// system or a bucket that the sections do not name.
    pub(crate) fn has_other_roles(&self, config: &StackConfig) -> bool {
        self.others || has_others(config)
    }

    /// Returns the regions of all buckets, configured and deployed, apart from the stack's.
    pub(crate) fn list_other_regions(&self, config: &StackConfig) -> BTreeSet<String> {
        self.other_regions.iter().cloned().chain(other_regions(config)).collect()
    }
}

fn has_others(config: &StackConfig) -> bool {
    let place = |of: &DestinationConfig| (of.bucket.clone(), of.region.clone());
    let of_section = place(&config.destination);
    config
        .syncs
        .iter()
        .any(|sync| sync.file_system.is_some() || place(&sync.destination) != of_section)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns deployed syncs with a task for each.
    pub(crate) fn deployed(syncs: &[&str]) -> DeployedSyncs {
        let sync = |(index, name): (usize, &&str)| {
            let arn = format!(
                "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b0945{index:02x}"
            );
            (SyncName::parse(name).unwrap(), TaskArn::parse(&arn).unwrap())
        };
        let tasks: BTreeMap<_, _> = syncs.iter().enumerate().map(sync).collect();
        DeployedSyncs { known: tasks.keys().cloned().collect(), tasks, ..DeployedSyncs::default() }
    }

    /// Returns a configuration with these syncs.
    pub(crate) fn config_of_syncs(names: &[&str]) -> StackConfig {
        let entry = |name: &&str| {
            format!(
                "[[sync]]\nname = \"{name}\"\nsource.subdirectory = \"/{name}/\"\n\
                 destination.prefix = \"{name}/\"\n"
            )
        };
        let entries: String = names.iter().map(entry).collect();
        let text = format!("[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n{entries}");
        domain::config::parse(&text).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn syncs_are_added_and_removed_by_their_names() {
        let names = |syncs: Vec<SyncName>| -> Vec<String> {
            syncs.iter().map(ToString::to_string).collect()
        };
        for (before, after, added, removed) in [
            (&["a", "b"][..], &["a", "b"][..], &[][..], &[][..]),
            (&["a", "b"], &["b", "c"], &["c"], &["a"]),
            (&[], &["a"], &["a"], &[]),
            (&["default"], &["a"], &["a"], &["default"]),
        ] {
            let (before, after) = (deployed(before), config_of_syncs(after));
            assert_eq!(names(before.list_added(&after)), added);
            assert_eq!(names(before.list_removed(&after)), removed);
        }
    }

    #[test]
    fn an_interrupted_deploy_leaves_syncs_without_a_task() {
        let before = deployed(&["a"]).with_configuration(Some(&config_of_syncs(&["a", "b"])));
        assert_eq!(before.list_removed(&config_of_syncs(&["a"])), [SyncName::parse("b").unwrap()]);
        assert!(before.has_same_tasks(&deployed(&["a"])));
    }
}
