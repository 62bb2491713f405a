//! The data plane as a graph: network, file system, bucket, roles, logging, locations, the task
//! between them, and the instance. Pure.
//!
//! It always holds everything a configuration may ask for: what this one does without is retired,
//! so that a change of mind removes what the earlier one made. The way back alone comes with the
//! first restore.

use domain::config::StackConfig;
use domain::names::Names;
use reconciler::graph::Graph;

use crate::surroundings::Surroundings;

mod destination;
mod instance;
mod network;
mod restore;
mod security_groups;
mod source;
mod subnets;
mod task;

pub(crate) use network::zones as network_zones;
pub(crate) use subnets::MOST_ZONES;
pub(crate) use task::log_group_name;

pub(crate) const FILE_SYSTEM: &str = "file-system";
pub(crate) const MOUNT_TARGETS: &str = "mount-targets";
pub(crate) const SOURCE_LOCATION: &str = "source-location";
pub(crate) const DESTINATION_LOCATION: &str = "destination-location";
pub(crate) const TASK: &str = "task";
pub(crate) const INSTANCE: &str = "instance";
pub(crate) const RESTORE_ROLE: &str = "restore-role";
pub(crate) const RESTORE_TASK: &str = "restore-task";

/// Everything the task needs, the task, and the instance.
#[must_use]
pub fn data_plane(config: &StackConfig, names: &Names, surroundings: &Surroundings) -> Graph {
    let mut graph = Graph::default();
    let placement = network::add(&mut graph, config, names, surroundings);
    let groups = security_groups::add(&mut graph, config, &names.stack, &placement);
    let source = source::add(&mut graph, config, names, &placement, &groups);
    let destination = destination::add(&mut graph, config, names);
    let log_group_arn = task::add(&mut graph, config, names, &source.location, &destination);
    if let Some(target) = &surroundings.restore {
        restore::add(&mut graph, config, names, target, &source, &log_group_arn);
    }
    instance::add(
        &mut graph,
        config,
        names,
        &placement,
        &groups,
        &source,
        surroundings.instance_zones.as_deref(),
    );
    graph.bound_roles(config.stack.permissions_boundary_arn.as_deref());
    graph
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
