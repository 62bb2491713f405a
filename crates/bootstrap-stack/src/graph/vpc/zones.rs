//! The zones of the VPC, with a public and a private subnet in each.

use domain::config::{AvailabilityZones, NewNetwork};
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::subnet::Subnet;

use super::access::VpcAccess;
use crate::data_sources::DataSources;
use crate::graph::subnets::{MAX_ZONES, subnet_cidrs};

/// The zones to use: those named, or the first of the region. A zone that the region does not have
/// stays empty, and the preflight reports it.
pub(crate) fn network_zones(network: &NewNetwork, data_sources: &DataSources) -> Vec<String> {
    match &network.availability_zones {
        AvailabilityZones::Named(zones) => zones.clone(),
        AvailabilityZones::Count(count) => {
            let zone =
                |index| data_sources.availability_zones.get(index).cloned().unwrap_or_default();
            (0..usize::from(*count)).map(zone).collect()
        }
    }
}

/// Adds the public and the private subnets; returns those of the zones in use. Those of unused
/// zones are pruned, and the public ones where there is no internet gateway.
pub(super) fn add_subnets(
    graph: &mut Graph,
    network: &NewNetwork,
    access: VpcAccess,
    vpc_id: &str,
    zones: &[String],
) -> (Vec<ResourceId>, Vec<ResourceId>) {
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for zone in 0..MAX_ZONES {
        let (public_cidr, private_cidr) = subnet_cidrs(&network.cidr, zone);
        let subnet = |cidr| new_subnet(vpc_id, cidr, zones.get(zone));
        let is_used = zone < zones.len();
        let public_id = ResourceId::new(format!("public-subnet-{}", zone + 1));
        add_subnet(graph, &public_id, subnet(public_cidr), is_used && access.internet);
        let private_id = ResourceId::new(format!("private-subnet-{}", zone + 1));
        add_subnet(graph, &private_id, subnet(private_cidr), is_used);
        if is_used {
            public.push(public_id);
            private.push(private_id);
        }
    }
    (public, private)
}

/// Adds a subnet; one that is not used is pruned.
fn add_subnet(graph: &mut Graph, id: &ResourceId, subnet: Subnet, is_used: bool) {
    graph.add(id.as_str(), subnet);
    if !is_used {
        graph.prune(id);
    }
}

fn new_subnet(vpc_id: &str, cidr: String, zone: Option<&String>) -> Subnet {
    Subnet {
        vpc_id: vpc_id.to_owned(),
        cidr,
        availability_zone: zone.cloned().unwrap_or_default(),
        // An instance that needs a public address requests one.
        map_public_ip_on_launch: false,
        duplicates: Vec::new(),
    }
}
