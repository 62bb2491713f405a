//! The roles by which DataSync reaches the buckets: one that writes to each bucket, and from the
//! first restore on one that reads it and writes to the file system. Syncs of one bucket share
//! them, so that a further sync adds none; its prefix goes into the policy.
//!
//! A role is there as long as one sync of its bucket is.

use std::collections::BTreeMap;

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;
use domain::records::deployed_sync::DeployedSync;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::iam::role::Role;
use serde_json::Value;

use super::source::file_system_arn;
use super::sync_ids::{destination_role, restore_role};
use crate::data_sources::DataSources;
use crate::policies;

/// Adds the roles of all syncs, and those that only an earlier configuration had, pruned.
pub(super) fn add_bucket_roles(
    graph: &mut Graph,
    stack: &StackConfig,
    names: &Names,
    syncs: &[ResolvedSync],
    data_sources: &DataSources,
) {
    let restores = &data_sources.restores;
    add_destination_roles(graph, stack, names, syncs);
    let restoring = syncs.iter().filter(|sync| restores.contains_key(&sync.name));
    for (roles, sharing) in group_syncs(stack, names, restoring) {
        let file_system = file_system_arn(sharing[0], names);
        let role = Role::new(
            roles.restore_name(names),
            policies::destination_trust(names, sharing[0]),
            policies::restore_access(names, &sharing, &file_system),
        );
        graph.add(&restore_role(&roles), role);
    }
    prune_earlier(graph, names, &data_sources.deployed, restores);
}

/// Adds a role for each bucket. That of `[destination]` is pruned if no sync writes there.
fn add_destination_roles(
    graph: &mut Graph,
    stack: &StackConfig,
    names: &Names,
    syncs: &[ResolvedSync],
) {
    let of_section = BucketRoles::default();
    let mut groups: BTreeMap<BucketRoles, Vec<&StackConfig>> = BTreeMap::new();
    for (roles, sharing) in group_syncs(stack, names, syncs.iter()) {
        // The file system of a sync does not matter for its bucket.
        groups.entry(BucketRoles { file_system_id: None, ..roles }).or_default().extend(sharing);
    }
    let is_used = groups.contains_key(&of_section);
    groups.entry(of_section.clone()).or_insert_with(|| vec![stack]);
    for (roles, sharing) in groups {
        let role = Role::new(
            roles.destination_name(names),
            policies::destination_trust(names, sharing[0]),
            policies::destination_access(names, &sharing),
        );
        let role = graph.add(&destination_role(&roles), role);
        if roles == of_section && !is_used {
            graph.prune(&role);
        }
    }
}

/// The views of the syncs that share their roles; no group is empty.
fn group_syncs<'a>(
    stack: &StackConfig,
    names: &Names,
    syncs: impl Iterator<Item = &'a ResolvedSync>,
) -> BTreeMap<BucketRoles, Vec<&'a StackConfig>> {
    let mut groups: BTreeMap<BucketRoles, Vec<&StackConfig>> = BTreeMap::new();
    for ResolvedSync { config, .. } in syncs {
        groups.entry(BucketRoles::of_sync(stack, config, names)).or_default().push(config);
    }
    groups
}

/// Adds the roles of deployed syncs that no configured sync has, pruned. Of a role that is deleted
/// only the name matters.
fn prune_earlier(
    graph: &mut Graph,
    names: &Names,
    deployed: &[DeployedSync],
    restores: &BTreeMap<SyncName, RestoreTarget>,
) {
    for DeployedSync { name, roles, .. } in deployed {
        let restore = || (restore_role(roles), roles.restore_name(names));
        let restore = restores.contains_key(name).then(restore);
        let earlier = [(destination_role(roles), roles.destination_name(names))];
        for (id, name) in earlier.into_iter().chain(restore) {
            if !graph.contains(&ResourceId::new(&id)) {
                let role = Role::new(name, policies::datasync_trust(names), Value::Null);
                let role = graph.add(&id, role);
                graph.prune(&role);
            }
        }
    }
}
