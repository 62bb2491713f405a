//! The data plane as a graph: network, file system, buckets, roles, logging, and for each sync its
//! locations and the task between them; and the instance. Pure.
//!
//! It always contains every resource that a configuration may ask for. What this configuration does
//! not ask for is pruned, so that a changed configuration removes what the earlier one created.
//! Absent are only a sync's resources of a restore until its first one, and syncs that were never
//! deployed; those of a removed sync are pruned.
//!
//! Rule: the nodes of a sync depend on nothing that another sync may add or remove. What syncs
//! share stays as long as one of them needs it, and keeps its name.

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;
use domain::sync_role::BucketRoles;
use reconciler::graph::Graph;

use crate::data_sources::DataSources;

mod bucket;
mod bucket_roles;
mod destination;
mod instance;
mod network;
mod placement;
mod removed;
mod restore;
mod security_groups;
mod shared;
mod source;
mod subnets;
mod sync;
mod sync_ids;
mod task;
mod vpc;

use shared::SharedResources;

pub(crate) use subnets::MAX_ZONES;
pub(crate) use sync_ids::{SyncIds, destination_role, restore_role, source_role};
pub(crate) use task::log_group_name;
pub(crate) use vpc::network_zones;

pub(crate) const FILE_SYSTEM: &str = "file-system";
pub(crate) const MOUNT_TARGETS: &str = "mount-targets";
pub(crate) const INSTANCE: &str = "instance";

/// The graph of everything that the tasks need, the tasks, and the instance.
#[must_use]
pub fn data_plane(config: &StackConfig, names: &Names, data_sources: &DataSources) -> Graph {
    let mut graph = Graph::default();
    let syncs = config.resolve_syncs();
    let placement = network::add_network(&mut graph, config, names, data_sources);
    let groups = security_groups::add_security_groups(&mut graph, config, &names.stack, &placement);
    let file_system = source::add_file_system(&mut graph, config, names, &placement, &groups);
    let zones = data_sources.suitable_zones();
    instance::add_instance(
        &mut graph,
        config,
        names,
        &placement,
        &groups,
        &file_system,
        zones.as_deref(),
    );
    bucket::add_buckets(&mut graph, config, names, &syncs, &data_sources.deployed);
    bucket_roles::add_bucket_roles(&mut graph, config, names, &syncs, data_sources);
    let shared = SharedResources {
        stack: config,
        names,
        placement: &placement,
        datasync_group: &groups.datasync,
        mountable: &file_system.mountable,
        source_role: source::add_source_role(&mut graph, config, names, &syncs),
        report: task::add_report(&mut graph, names),
        log_group: task::add_logging(&mut graph, config, names, &syncs),
        restored: data_sources.remember_restores(&syncs),
    };
    for sync in &syncs {
        let roles = BucketRoles::of_sync(config, &sync.config, names);
        let restore = data_sources.restores.get(&sync.name);
        sync::add_sync(&mut graph, &shared, sync, &roles, restore);
    }
    let (deployed, restores) = (&data_sources.deployed, &data_sources.restores);
    removed::prune_removed(&mut graph, &shared, deployed, restores);
    graph.bound_roles(config.stack.permissions_boundary_arn.as_deref());
    graph
}

/// Whether a sync reads another file system than the stack's.
fn has_own_file_system(stack: &StackConfig, sync: &ResolvedSync) -> bool {
    sync.config.file_system != stack.file_system
}

#[cfg(test)]
mod bucket_roles_tests;
#[cfg(test)]
mod many_syncs_tests;
#[cfg(test)]
mod private_network_tests;
#[cfg(test)]
mod tests;
