//! The network: a VPC of our own with public and private subnets in several zones, or the one that
//! the configuration names.

use std::collections::BTreeMap;

use domain::config::{AvailabilityZones, NetworkConfig, NewNetwork, StackConfig};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::kinds::default_security_group::DefaultSecurityGroup;
use reconciler::kinds::elastic_ip::ElasticIp;
use reconciler::kinds::flow_log::FlowLog;
use reconciler::kinds::internet_gateway::InternetGateway;
use reconciler::kinds::log_group::LogGroup;
use reconciler::kinds::nat_gateway::NatGateway;
use reconciler::kinds::role::Role;
use reconciler::kinds::route_table::RouteTable;
use reconciler::kinds::subnet::Subnet;
use reconciler::kinds::vpc::Vpc;
use reconciler::kinds::vpc_endpoint::VpcEndpoint;

use super::subnets::{MOST_ZONES, blocks};
use crate::policies;
use crate::surroundings::Surroundings;

const EVERYWHERE: &str = "0.0.0.0/0";
/// Seconds; the longer of the two intervals that EC2 offers, and the cheaper one.
const FLOW_LOG_INTERVAL: i32 = 600;

/// Where the rest is placed: ids, or references to what is about to be made.
pub(super) struct Placement {
    pub vpc_id: String,
    /// Whom the security groups within the VPC talk to.
    pub cidrs: Vec<String>,
    pub private_subnets: Vec<Place>,
    /// Those of a VPC of our own.
    pub public_subnets: Vec<Place>,
    /// What must be in place before anything in the private subnets reaches the internet.
    pub way_out: Vec<ResourceId>,
}

/// One subnet.
pub(super) struct Place {
    pub id: String,
    pub arn: String,
    /// Empty for one that does not exist.
    pub zone: String,
}

impl Place {
    fn of_ours(subnet: &ResourceId, zone: &str) -> Self {
        Self { id: subnet.attribute("id"), arn: subnet.attribute("arn"), zone: zone.to_owned() }
    }

    fn existing(id: &str, names: &Names, surroundings: &Surroundings) -> Self {
        let found = surroundings.subnets.iter().find(|subnet| subnet.id == id);
        let zone = found.map(|subnet| subnet.availability_zone.clone()).unwrap_or_default();
        Self { id: id.to_owned(), arn: names.regional_arn("ec2", &format!("subnet/{id}")), zone }
    }
}

/// Adds the network. Where the configuration names one, ours is retired.
pub(super) fn add(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    surroundings: &Surroundings,
) -> Placement {
    match &config.network {
        NetworkConfig::New(network) => {
            add_vpc(graph, network, needs_way_out(config, network), names, surroundings)
        }
        NetworkConfig::Existing(network) => {
            retire_vpc(graph, names, surroundings);
            let place = |id: &String| Place::existing(id, names, surroundings);
            Placement {
                vpc_id: network.vpc_id.clone(),
                cidrs: surroundings.vpc.as_ref().map(|vpc| vpc.cidrs.clone()).unwrap_or_default(),
                private_subnets: network.subnet_ids.iter().map(place).collect(),
                public_subnets: Vec::new(),
                way_out: Vec::new(),
            }
        }
    }
}

/// The NAT gateway costs by the hour: it is there for the instance alone. DataSync needs none.
fn needs_way_out(config: &StackConfig, network: &NewNetwork) -> bool {
    network.nat_gateway && config.instance.enabled && config.instance.ssh_cidrs.is_empty()
}

/// The largest network of ours that an earlier configuration may have asked for: of what is to go,
/// only ids and references matter.
fn retire_vpc(graph: &mut Graph, names: &Names, surroundings: &Surroundings) {
    let largest = NewNetwork {
        cidr: String::new(),
        availability_zones: AvailabilityZones::Named(vec![String::new(); MOST_ZONES]),
        nat_gateway: true,
        flow_log_retention_days: 1,
    };
    let mut ours = Graph::default();
    add_vpc(&mut ours, &largest, true, names, surroundings);
    for node in ours.nodes() {
        graph.add_node(node.clone());
        graph.retire(&node.id);
    }
}

fn add_vpc(
    graph: &mut Graph,
    network: &NewNetwork,
    way_out: bool,
    names: &Names,
    surroundings: &Surroundings,
) -> Placement {
    let vpc = graph.add(
        "vpc",
        Vpc {
            cidr: network.cidr.clone(),
            dns_support: true,
            dns_hostnames: true,
            duplicates: Vec::new(),
        },
    );
    let vpc_id = vpc.attribute("id");
    let closed =
        DefaultSecurityGroup { vpc_id: vpc_id.clone(), ingress: Vec::new(), egress: Vec::new() };
    graph.add("default-security-group", closed);
    let gateway = graph.add(
        "internet-gateway",
        InternetGateway { vpc_id: vpc_id.clone(), duplicates: Vec::new() },
    );
    let zones = zones(network, surroundings);
    let (public, private) = add_subnets(graph, network, &vpc_id, &zones);

    let out = BTreeMap::from([(EVERYWHERE.to_owned(), gateway.attribute("id"))]);
    let public_routes = graph.add("public-route-table", route_table(&vpc_id, out, &public));
    let nat = add_nat_gateway(graph, way_out, &public, &[&gateway, &public_routes]);
    let out = nat.iter().map(|nat| (EVERYWHERE.to_owned(), nat.attribute("id"))).collect();
    let private_routes = graph.add("private-route-table", route_table(&vpc_id, out, &private));
    let endpoint = VpcEndpoint {
        vpc_id: vpc_id.clone(),
        service_name: names.s3_endpoint_service(),
        route_table_ids: vec![public_routes.attribute("id"), private_routes.attribute("id")],
        policy: policies::s3_endpoint(names),
        duplicates: Vec::new(),
    };
    graph.add("s3-endpoint", endpoint);
    add_flow_log(graph, network, &vpc_id, names);
    let places = |subnets: &[ResourceId]| -> Vec<Place> {
        subnets.iter().zip(&zones).map(|(subnet, zone)| Place::of_ours(subnet, zone)).collect()
    };
    Placement {
        vpc_id,
        cidrs: vec![network.cidr.clone()],
        private_subnets: places(&private),
        public_subnets: places(&public),
        way_out: nat.into_iter().chain([private_routes]).collect(),
    }
}

/// The zones to use: those named, or the first of the region. One that the region does not have
/// stays empty, and the preflight says so.
pub(crate) fn zones(network: &NewNetwork, surroundings: &Surroundings) -> Vec<String> {
    match &network.availability_zones {
        AvailabilityZones::Named(zones) => zones.clone(),
        AvailabilityZones::Count(count) => {
            let zone =
                |index| surroundings.availability_zones.get(index).cloned().unwrap_or_default();
            (0..usize::from(*count)).map(zone).collect()
        }
    }
}

/// The public and the private subnets of the zones in use. Those of zones no longer in use are
/// retired.
fn add_subnets(
    graph: &mut Graph,
    network: &NewNetwork,
    vpc_id: &str,
    zones: &[String],
) -> (Vec<ResourceId>, Vec<ResourceId>) {
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for zone in 0..MOST_ZONES {
        let (public_cidr, private_cidr) = blocks(&network.cidr, zone);
        let subnet = |cidr| Subnet {
            vpc_id: vpc_id.to_owned(),
            cidr,
            availability_zone: zones.get(zone).cloned().unwrap_or_default(),
            // What needs a public address asks for one.
            map_public_ip_on_launch: false,
            duplicates: Vec::new(),
        };
        let open = graph.add(&format!("public-subnet-{}", zone + 1), subnet(public_cidr));
        let closed = graph.add(private_subnet(zone).as_str(), subnet(private_cidr));
        if zone < zones.len() {
            public.push(open);
            private.push(closed);
        } else {
            graph.retire(&open);
            graph.retire(&closed);
        }
    }
    (public, private)
}

/// The private subnet of a zone, counted from 0, in a VPC of our own.
pub(super) fn private_subnet(zone: usize) -> ResourceId {
    ResourceId::new(format!("private-subnet-{}", zone + 1))
}

fn route_table(
    vpc_id: &str,
    routes: BTreeMap<String, String>,
    subnets: &[ResourceId],
) -> RouteTable {
    let subnet_ids = subnets.iter().map(|id| id.attribute("id")).collect();
    RouteTable { vpc_id: vpc_id.to_owned(), routes, subnet_ids, duplicates: Vec::new() }
}

/// One NAT gateway, in the first zone: it serves an administrator's instance, not the copy.
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
    graph.retire(&address);
    graph.retire(&gateway);
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
