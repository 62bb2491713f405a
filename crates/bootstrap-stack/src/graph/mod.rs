//! The data plane as a graph: network, file system, bucket, roles, logging, locations, the task between them, and the
//! instance. Pure.
//!
//! It always holds everything a configuration may ask for: what this one does without is retired, so that a change of mind
//! removes what the earlier one made.

use pipeline::config::StackConfig;
use pipeline::names::Names;
use stack::graph::Graph;

use crate::surroundings::Surroundings;

mod destination;
mod instance;
mod network;
mod security_groups;
mod source;
mod subnets;
mod task;

pub(crate) use subnets::MOST_ZONES;
pub(crate) use task::log_group_name;

pub(crate) const FILE_SYSTEM: &str = "file-system";
pub(crate) const MOUNT_TARGETS: &str = "mount-targets";
pub(crate) const SOURCE_LOCATION: &str = "source-location";
pub(crate) const DESTINATION_LOCATION: &str = "destination-location";
pub(crate) const TASK: &str = "task";
pub(crate) const INSTANCE: &str = "instance";

/// Everything the task needs, the task, and the instance.
#[must_use]
pub fn data_plane(config: &StackConfig, names: &Names, surroundings: &Surroundings) -> Graph {
    let mut graph = Graph::default();
    let placement = network::add(&mut graph, config, names, surroundings);
    let groups = security_groups::add(&mut graph, config, &names.stack, &placement);
    let source = source::add(&mut graph, config, names, &placement, &groups);
    let destination = destination::add(&mut graph, config, names);
    task::add(&mut graph, config, names, &source.location, &destination);
    instance::add(&mut graph, config, names, &placement, &groups, &source);
    graph
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
