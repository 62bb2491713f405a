//! The network: a VPC of the stack, or the one that the configuration names.

use domain::config::{ExistingNetwork, NetworkConfig, StackConfig};
use domain::names::Names;
use reconciler::graph::Graph;

use super::placement::{Placement, SubnetRef};
use super::vpc::{VpcAccess, add_vpc, prune_vpc};
use crate::data_sources::DataSources;

/// Adds the network. If the configuration names one, the stack's own is pruned.
pub(super) fn add_network(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    data_sources: &DataSources,
) -> Placement {
    match &config.network {
        NetworkConfig::New(network) => {
            add_vpc(graph, network, VpcAccess::from_config(config, network), names, data_sources)
        }
        NetworkConfig::Existing(network) => {
            prune_vpc(graph, names, data_sources);
            place_in_existing(network, names, data_sources)
        }
    }
}

fn place_in_existing(
    network: &ExistingNetwork,
    names: &Names,
    data_sources: &DataSources,
) -> Placement {
    let subnet = |id: &String| SubnetRef::from_config(id, names, data_sources);
    Placement {
        vpc_id: network.vpc_id.clone(),
        cidrs: data_sources.vpc.as_ref().map(|vpc| vpc.cidrs.clone()).unwrap_or_default(),
        private_subnets: network.subnet_ids.iter().map(subnet).collect(),
        public_subnets: Vec::new(),
        service_access: Vec::new(),
    }
}
