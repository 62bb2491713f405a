//! The network: a VPC of the stack, or the one that the configuration names.

use domain::config::{NetworkConfig, StackConfig};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};

use super::vpc::{add_vpc, needs_nat_gateway, prune_vpc};
use crate::data_sources::DataSources;

/// The network for the other resources: ids, or references to resources that are created later.
pub(super) struct Placement {
    pub vpc_id: String,
    /// The addresses that the security groups allow within the VPC.
    pub cidrs: Vec<String>,
    pub private_subnets: Vec<SubnetRef>,
    /// Only in a VPC of the stack.
    pub public_subnets: Vec<SubnetRef>,
    /// The resources that the private subnets need for internet access.
    pub internet_access: Vec<ResourceId>,
}

/// One subnet.
pub(super) struct SubnetRef {
    pub id: String,
    pub arn: String,
    /// Empty if the subnet does not exist.
    pub zone: String,
}

impl SubnetRef {
    pub(super) fn from_resource(subnet: &ResourceId, zone: &str) -> Self {
        Self { id: subnet.attribute("id"), arn: subnet.attribute("arn"), zone: zone.to_owned() }
    }

    fn from_config(id: &str, names: &Names, data_sources: &DataSources) -> Self {
        let found = data_sources.subnets.iter().find(|subnet| subnet.id == id);
        let zone = found.map(|subnet| subnet.availability_zone.clone()).unwrap_or_default();
        Self { id: id.to_owned(), arn: names.regional_arn("ec2", &format!("subnet/{id}")), zone }
    }
}

/// Adds the network. If the configuration names one, the stack's own is pruned.
pub(super) fn add_network(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    data_sources: &DataSources,
) -> Placement {
    match &config.network {
        NetworkConfig::New(network) => {
            add_vpc(graph, network, needs_nat_gateway(config, network), names, data_sources)
        }
        NetworkConfig::Existing(network) => {
            prune_vpc(graph, names, data_sources);
            let subnet = |id: &String| SubnetRef::from_config(id, names, data_sources);
            Placement {
                vpc_id: network.vpc_id.clone(),
                cidrs: data_sources.vpc.as_ref().map(|vpc| vpc.cidrs.clone()).unwrap_or_default(),
                private_subnets: network.subnet_ids.iter().map(subnet).collect(),
                public_subnets: Vec::new(),
                internet_access: Vec::new(),
            }
        }
    }
}
