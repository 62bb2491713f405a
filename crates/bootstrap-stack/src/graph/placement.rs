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
    /// Only in a VPC of the stack with an internet gateway.
    pub public_subnets: Vec<SubnetRef>,
    /// The resources by which the private subnets reach services of AWS and packages.
    pub service_access: Vec<ResourceId>,
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

/// The first subnet in one of the zones that are suitable for the instance. If there is none, it is
/// the first of all, and the preflight reports it.
pub(super) fn choose_subnet<'a>(
    subnets: &'a [SubnetRef],
    suitable_zones: Option<&[String]>,
) -> Option<&'a SubnetRef> {
    let suits =
        |subnet: &&SubnetRef| suitable_zones.is_none_or(|zones| zones.contains(&subnet.zone));
    subnets.iter().find(suits).or_else(|| subnets.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subnet_is_the_first_in_a_suitable_zone() {
        let subnet = |zone: &str| SubnetRef {
            id: format!("subnet-{zone}"),
            arn: String::new(),
            zone: zone.to_owned(),
        };
        let subnets = ["a", "b", "c"].map(subnet);
        let chosen = |zones: Option<&[&str]>| {
            let zones =
                zones.map(|zones| zones.iter().map(|zone| (*zone).to_owned()).collect::<Vec<_>>());
            choose_subnet(&subnets, zones.as_deref()).map(|subnet| subnet.id.as_str())
        };
        assert_eq!(chosen(None), Some("subnet-a"));
        assert_eq!(chosen(Some(&["a", "b"])), Some("subnet-a"));
        assert_eq!(chosen(Some(&["c", "b"])), Some("subnet-b"));
        assert_eq!(chosen(Some(&[])), Some("subnet-a"));
    }
}
