//! The place of resources in the network.

use domain::names::Names;
use reconciler::graph::ResourceId;

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
    /// A subnet of the stack.
    pub(super) fn from_resource(subnet: &ResourceId, zone: &str) -> Self {
        Self { id: subnet.attribute("id"), arn: subnet.attribute("arn"), zone: zone.to_owned() }
    }

    /// A subnet that the configuration names.
    pub(super) fn from_config(id: &str, names: &Names, data_sources: &DataSources) -> Self {
        let found = data_sources.subnets.iter().find(|subnet| subnet.id == id);
        let zone = found.map(|subnet| subnet.availability_zone.clone()).unwrap_or_default();
        Self { id: id.to_owned(), arn: names.regional_arn("ec2", &format!("subnet/{id}")), zone }
    }
}
