//! The VPC of the stack: public and private subnets in several zones, with routes, NAT gateway, S3
//! endpoint and flow log.

use domain::config::{AvailabilityZones, NewNetwork, StackConfig};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::default_security_group::DefaultSecurityGroup;
use reconciler::resources::ec2::elastic_ip::ElasticIp;
use reconciler::resources::ec2::flow_log::FlowLog;
use reconciler::resources::ec2::internet_gateway::InternetGateway;
use reconciler::resources::ec2::nat_gateway::NatGateway;
use reconciler::resources::ec2::route_table::RouteTable;
use reconciler::resources::ec2::subnet::Subnet;
use reconciler::resources::ec2::vpc::Vpc;
use reconciler::resources::ec2::vpc_endpoint::VpcEndpoint;
use reconciler::resources::iam::role::Role;
use reconciler::resources::logs::log_group::LogGroup;

use super::placement::{Placement, SubnetRef};
use super::subnets::{MAX_ZONES, subnet_cidrs};
use crate::data_sources::DataSources;
use crate::policies;

const EVERYWHERE: &str = "0.0.0.0/0";
/// Seconds; the longer of the two intervals that EC2 offers, and the cheaper one.
const FLOW_LOG_INTERVAL: i32 = 600;

/// Whether the NAT gateway is needed. It costs by the hour and is only for the instance: DataSync
/// needs none.
pub(super) fn needs_nat_gateway(config: &StackConfig, network: &NewNetwork) -> bool {
    network.nat_gateway && config.instance.enabled && config.instance.ssh_cidrs.is_empty()
}

/// Prunes the largest network that an earlier configuration may have asked for: of resources to be
/// deleted, only ids and references matter.
pub(super) fn prune_vpc(graph: &mut Graph, names: &Names, data_sources: &DataSources) {
    let largest = NewNetwork {
        cidr: String::new(),
        availability_zones: AvailabilityZones::Named(vec![String::new(); MAX_ZONES]),
        nat_gateway: true,
        flow_log_retention_days: 1,
    };
    let mut unused = Graph::default();
    add_vpc(&mut unused, &largest, true, names, data_sources);
    for node in unused.nodes() {
        graph.add_node(node.clone());
        graph.prune(&node.id);
    }
}

/// Adds the VPC with everything in it.
pub(super) fn add_vpc(
    graph: &mut Graph,
    network: &NewNetwork,
    with_nat_gateway: bool,
    names: &Names,
    data_sources: &DataSources,
) -> Placement {
    let (vpc_id, gateway) = add_empty_vpc(graph, network);
    let zones = network_zones(network, data_sources);
    let (public, private) = add_subnets(graph, network, &vpc_id, &zones);
    let public_routes = new_route_table(&vpc_id, Some(&gateway), &public);
    let public_routes = graph.add("public-route-table", public_routes);
    let nat = add_nat_gateway(graph, with_nat_gateway, &public, &[&gateway, &public_routes]);
    let private_routes = new_route_table(&vpc_id, nat.as_ref(), &private);
    let private_routes = graph.add("private-route-table", private_routes);
    add_s3_endpoint(graph, names, &vpc_id, &[&public_routes, &private_routes]);
    add_flow_log(graph, network, &vpc_id, names);
    Placement {
        vpc_id,
        cidrs: vec![network.cidr.clone()],
        private_subnets: subnet_refs(&private, &zones),
        public_subnets: subnet_refs(&public, &zones),
        internet_access: nat.into_iter().chain([private_routes]).collect(),
    }
}

/// Adds the VPC with a default security group without rules and an internet gateway; returns the
/// reference to its id, and the gateway.
fn add_empty_vpc(graph: &mut Graph, network: &NewNetwork) -> (String, ResourceId) {
    let vpc = Vpc {
        cidr: network.cidr.clone(),
        dns_support: true,
        dns_hostnames: true,
        duplicates: Vec::new(),
    };
    let vpc_id = graph.add("vpc", vpc).attribute("id");
    let default_group =
        DefaultSecurityGroup { vpc_id: vpc_id.clone(), ingress: Vec::new(), egress: Vec::new() };
    graph.add("default-security-group", default_group);
    let gateway = InternetGateway { vpc_id: vpc_id.clone(), duplicates: Vec::new() };
    let gateway = graph.add("internet-gateway", gateway);
    (vpc_id, gateway)
}

fn add_s3_endpoint(graph: &mut Graph, names: &Names, vpc_id: &str, route_tables: &[&ResourceId]) {
    let endpoint = VpcEndpoint {
        vpc_id: vpc_id.to_owned(),
        service_name: names.s3_endpoint_service(),
        route_table_ids: route_tables.iter().map(|table| table.attribute("id")).collect(),
        policy: policies::s3_endpoint_policy(names),
        duplicates: Vec::new(),
    };
    graph.add("s3-endpoint", endpoint);
}

fn subnet_refs(subnets: &[ResourceId], zones: &[String]) -> Vec<SubnetRef> {
    let refs = subnets.iter().zip(zones);
    refs.map(|(subnet, zone)| SubnetRef::from_resource(subnet, zone)).collect()
}

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

/// Adds the public and the private subnets of the zones in use. Those of unused zones are pruned.
fn add_subnets(
    graph: &mut Graph,
    network: &NewNetwork,
    vpc_id: &str,
    zones: &[String],
) -> (Vec<ResourceId>, Vec<ResourceId>) {
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for zone in 0..MAX_ZONES {
        let (public_cidr, private_cidr) = subnet_cidrs(&network.cidr, zone);
        let subnet = |cidr| new_subnet(vpc_id, cidr, zones.get(zone));
        let is_used = zone < zones.len();
        let public_id = format!("public-subnet-{}", zone + 1);
        public.extend(add_subnet(graph, &public_id, subnet(public_cidr), is_used));
        let private_id = private_subnet(zone);
        private.extend(add_subnet(graph, private_id.as_str(), subnet(private_cidr), is_used));
    }
    (public, private)
}

/// Adds a subnet; one that is not used is pruned.
fn add_subnet(graph: &mut Graph, id: &str, subnet: Subnet, is_used: bool) -> Option<ResourceId> {
    let id = graph.add(id, subnet);
    if !is_used {
        graph.prune(&id);
    }
    is_used.then_some(id)
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

/// The private subnet of a zone, counted from 0, in the VPC of the stack.
pub(super) fn private_subnet(zone: usize) -> ResourceId {
    ResourceId::new(format!("private-subnet-{}", zone + 1))
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
