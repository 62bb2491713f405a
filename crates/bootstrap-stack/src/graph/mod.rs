//! The data plane as a graph: network, file system, bucket, roles, logging, locations, the task
//! between them, and the instance. Pure.
//!
//! It always contains every resource that a configuration may ask for. What this configuration does
//! not ask for is pruned, so that a changed configuration removes what the earlier one created.
//! Only the restore's resources are absent until the first restore.

use domain::config::StackConfig;
use domain::names::Names;
use reconciler::graph::Graph;

use crate::data_sources::DataSources;

mod destination;
mod instance;
mod network;
mod placement;
mod restore;
mod security_groups;
mod source;
mod subnets;
mod task;
mod vpc;

pub(crate) use subnets::MAX_ZONES;
pub(crate) use task::log_group_name;
pub(crate) use vpc::network_zones;

pub(crate) const FILE_SYSTEM: &str = "file-system";
pub(crate) const MOUNT_TARGETS: &str = "mount-targets";
pub(crate) const SOURCE_LOCATION: &str = "source-location";
pub(crate) const DESTINATION_LOCATION: &str = "destination-location";
pub(crate) const TASK: &str = "task";
pub(crate) const INSTANCE: &str = "instance";
pub(crate) const RESTORE_ROLE: &str = "restore-role";
pub(crate) const RESTORE_TASK: &str = "restore-task";

/// The graph of everything that the task needs, the task, and the instance.
#[must_use]
pub fn data_plane(config: &StackConfig, names: &Names, data_sources: &DataSources) -> Graph {
    let mut graph = Graph::default();
    let placement = network::add_network(&mut graph, config, names, data_sources);
    let groups = security_groups::add_security_groups(&mut graph, config, &names.stack, &placement);
    let source = source::add_source(&mut graph, config, names, &placement, &groups);
    let destination = destination::add_destination(&mut graph, config, names);
    let log_group_arn = task::add_task(&mut graph, config, names, &source.location, &destination);
    if let Some(target) = &data_sources.restore {
        restore::add_restore(&mut graph, config, names, target, &source, &log_group_arn);
    }
    let zones = data_sources.suitable_zones();
    instance::add_instance(
        &mut graph,
        config,
        names,
        &placement,
        &groups,
        &source,
        zones.as_deref(),
    );
    graph.bound_roles(config.stack.permissions_boundary_arn.as_deref());
    graph
}

#[cfg(test)]
mod private_network_tests;
#[cfg(test)]
mod tests;
