//! The way to the internet: internet gateway, public route table and NAT gateway.

use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::elastic_ip::ElasticIp;
use reconciler::resources::ec2::internet_gateway::InternetGateway;
use reconciler::resources::ec2::nat_gateway::NatGateway;

use super::access::VpcAccess;
use super::new_route_table;

/// Those of the resources that are not pruned.
pub(super) struct Internet {
    /// Of the public subnets.
    pub route_table: Option<ResourceId>,
    pub nat_gateway: Option<ResourceId>,
}

/// Adds the resources. What the configuration does not ask for is pruned.
pub(super) fn add_internet(
    graph: &mut Graph,
    access: VpcAccess,
    vpc_id: &str,
    public: &[ResourceId],
) -> Internet {
    let gateway = InternetGateway { vpc_id: vpc_id.to_owned(), duplicates: Vec::new() };
    let gateway = graph.add("internet-gateway", gateway);
    let route_table = new_route_table(vpc_id, Some(&gateway), public);
    let route_table = graph.add("public-route-table", route_table);
    let nat_gateway = add_nat_gateway(graph, access.nat_gateway, public, &[&gateway, &route_table]);
    if access.internet {
        return Internet { route_table: Some(route_table), nat_gateway };
    }
    graph.prune(&gateway);
    graph.prune(&route_table);
    Internet { route_table: None, nat_gateway }
}

/// Adds one NAT gateway, in the first zone: it serves the instance, not the copy.
fn add_nat_gateway(
    graph: &mut Graph,
    wanted: bool,
    public: &[ResourceId],
    after: &[&ResourceId],
) -> Option<ResourceId> {
    let address = graph.add_after("nat-address", ElasticIp { duplicates: Vec::new() }, after);
    let subnet_id = public.first().map(|id| id.attribute("id")).unwrap_or_default();
    let gateway =
        NatGateway { subnet_id, allocation_id: address.attribute("id"), duplicates: Vec::new() };
    let gateway = graph.add_after("nat-gateway", gateway, after);
    if wanted {
        return Some(gateway);
    }
    graph.prune(&address);
    graph.prune(&gateway);
    None
}
