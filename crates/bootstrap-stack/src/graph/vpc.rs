//! The VPC of the stack: subnets in several zones, routes, gateways or endpoints, and flow log.

mod access;
mod endpoints;
mod internet;
mod zones;

use domain::config::{AvailabilityZones, NetworkMode, NewNetwork};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::default_security_group::DefaultSecurityGroup;
use reconciler::resources::ec2::flow_log::FlowLog;
use reconciler::resources::ec2::route_table::RouteTable;
use reconciler::resources::ec2::vpc::Vpc;
use reconciler::resources::iam::role::Role;
use reconciler::resources::logs::log_group::LogGroup;

use super::placement::{Placement, SubnetRef, choose_subnet};
use super::subnets::MAX_ZONES;
use crate::data_sources::DataSources;
use crate::policies;
use endpoints::{EndpointPlace, add_endpoints};

pub(super) use access::VpcAccess;
pub(crate) use zones::network_zones;

const EVERYWHERE: &str = "0.0.0.0/0";
/// Seconds; the longer of the two intervals that EC2 offers, and the cheaper one.
const FLOW_LOG_INTERVAL: i32 = 600;

/// Prunes the largest network that an earlier configuration may have asked for: of resources to be
/// deleted, only ids and references matter.
pub(super) fn prune_vpc(graph: &mut Graph, names: &Names, data_sources: &DataSources) {
    let largest = NewNetwork {
        mode: NetworkMode::Standard,
        cidr: String::new(),
        availability_zones: AvailabilityZones::Named(vec![String::new(); MAX_ZONES]),
        nat_gateway: true,
        flow_log_retention_days: 1,
    };
    let mut unused = Graph::default();
    add_vpc(&mut unused, &largest, VpcAccess::ALL, names, data_sources);
    for node in unused.nodes() {
        graph.add_node(node.clone());
        graph.prune(&node.id);
    }
}

/// Adds the VPC with everything in it.
pub(super) fn add_vpc(
    graph: &mut Graph,
    network: &NewNetwork,
    access: VpcAccess,
    names: &Names,
    data_sources: &DataSources,
) -> Placement {
    let vpc_id = add_empty_vpc(graph, network);
    let zones = network_zones(network, data_sources);
    let (public, private) = zones::add_subnets(graph, network, access, &vpc_id, &zones);
    let internet = internet::add_internet(graph, access, &vpc_id, &public);
    let private_routes = new_route_table(&vpc_id, internet.nat_gateway.as_ref(), &private);
    let private_routes = graph.add("private-route-table", private_routes);
    add_flow_log(graph, network, &vpc_id, names);
    let private_subnets = subnet_refs(&private, &zones);
    let place = EndpointPlace {
        vpc_id: &vpc_id,
        cidr: &network.cidr,
        route_tables: internet.route_table.iter().chain([&private_routes]).collect(),
        subnet: choose_subnet(&private_subnets, data_sources.suitable_zones().as_deref()),
    };
    let endpoints = add_endpoints(graph, access, names, &place);
    let service_access = internet.nat_gateway.into_iter().chain([private_routes]).chain(endpoints);
    Placement {
        service_access: service_access.collect(),
        vpc_id,
        cidrs: vec![network.cidr.clone()],
        private_subnets,
        public_subnets: if access.internet { subnet_refs(&public, &zones) } else { Vec::new() },
    }
}

/// Adds the VPC with a default security group without rules; returns the reference to its id.
fn add_empty_vpc(graph: &mut Graph, network: &NewNetwork) -> String {
    let vpc = Vpc {
        cidr: network.cidr.clone(),
        // The host names of mount targets, and the private DNS names of endpoints, need both.
        dns_support: true,
        dns_hostnames: true,
        duplicates: Vec::new(),
    };
    let vpc_id = graph.add("vpc", vpc).attribute("id");
    let default_group =
        DefaultSecurityGroup { vpc_id: vpc_id.clone(), ingress: Vec::new(), egress: Vec::new() };
    graph.add("default-security-group", default_group);
    vpc_id
}

fn subnet_refs(subnets: &[ResourceId], zones: &[String]) -> Vec<SubnetRef> {
    let refs = subnets.iter().zip(zones);
    refs.map(|(subnet, zone)| SubnetRef::from_resource(subnet, zone)).collect()
}

/// All that leaves the VPC goes to `outward`.
fn new_route_table(
    vpc_id: &str,
    outward: Option<&ResourceId>,
    subnets: &[ResourceId],
) -> RouteTable {
    let route = |gateway: &ResourceId| (EVERYWHERE.to_owned(), gateway.attribute("id"));
    let routes = outward.map(route).into_iter().collect();
    let subnet_ids = subnets.iter().map(|id| id.attribute("id")).collect();
    RouteTable { vpc_id: vpc_id.to_owned(), routes, subnet_ids, duplicates: Vec::new() }
}

fn add_flow_log(graph: &mut Graph, network: &NewNetwork, vpc_id: &str, names: &Names) {
    let log_group =
        LogGroup { name: names.flow_log_group(), retention_days: network.flow_log_retention_days };
    let log_group = graph.add("flow-log-group", log_group);
    let role = Role::new(
        names.role_name("flow-log"),
        policies::flow_log_trust(names),
        policies::flow_log_access(names),
    );
    let role = graph.add("flow-log-role", role);
    let flow_log = FlowLog {
        vpc_id: vpc_id.to_owned(),
        log_group_name: log_group.attribute("name"),
        role_arn: role.attribute("arn"),
        traffic_type: "ALL".to_owned(),
        max_aggregation_seconds: FLOW_LOG_INTERVAL,
        duplicates: Vec::new(),
    };
    graph.add("flow-log", flow_log);
}
