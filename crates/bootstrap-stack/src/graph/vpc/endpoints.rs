//! The VPC endpoints: for S3 always, and in private mode for what the instance needs besides.
//!
//! Session Manager needs two: `ssm`, and `ssmmessages` for its channels. A third, `ec2messages`, is
//! not needed by SSM Agent 3.3.40.0 and later, as Amazon Linux 2023 has it (Systems Manager User
//! Guide, "Improve the security of EC2 instances by using VPC endpoints for Systems Manager"). The
//! EFS client needs none: it mounts by the mount target's host name, and signs with the role's
//! credentials from the instance.

use domain::config::NewNetwork;
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::security_group::SecurityGroup;
use reconciler::resources::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};

use super::access::VpcAccess;
use crate::graph::placement::SubnetRef;
use crate::graph::security_groups::tcp_rule;
use crate::policies;

/// The services with an interface endpoint.
pub(crate) const INTERFACE_SERVICES: [&str; 2] = ["ssm", "ssmmessages"];
const HTTPS: i32 = 443;

pub(super) fn add_s3_endpoint(
    graph: &mut Graph,
    access: VpcAccess,
    names: &Names,
    vpc_id: &str,
    route_tables: &[&ResourceId],
) -> ResourceId {
    let endpoint = VpcEndpoint {
        vpc_id: vpc_id.to_owned(),
        service_name: names.endpoint_service("s3"),
        endpoint_type: EndpointType::Gateway,
        route_table_ids: route_tables.iter().map(|table| table.attribute("id")).collect(),
        subnet_ids: Vec::new(),
        security_group_ids: Vec::new(),
        private_dns: false,
        policy: policies::s3_endpoint_policy(names, access.interface_endpoints),
        duplicates: Vec::new(),
    };
    graph.add("s3-endpoint", endpoint)
}

/// Adds the interface endpoints in the subnet of the instance alone: in a second zone they would
/// cost as much again and serve nobody. Where they are not wanted they are pruned.
pub(super) fn add_interface_endpoints(
    graph: &mut Graph,
    access: VpcAccess,
    network: &NewNetwork,
    names: &Names,
    vpc_id: &str,
    subnet: Option<&SubnetRef>,
) -> Vec<ResourceId> {
    let group = graph.add("endpoint-security-group", endpoint_group(network, names, vpc_id));
    let endpoint = |service| VpcEndpoint {
        vpc_id: vpc_id.to_owned(),
        service_name: names.endpoint_service(service),
        endpoint_type: EndpointType::Interface,
        route_table_ids: Vec::new(),
        subnet_ids: subnet.map(|subnet| subnet.id.clone()).into_iter().collect(),
        security_group_ids: vec![group.attribute("id")],
        private_dns: true,
        policy: policies::interface_endpoint_policy(names),
        duplicates: Vec::new(),
    };
    let endpoints: Vec<_> = INTERFACE_SERVICES
        .into_iter()
        .map(|service| graph.add(&format!("{service}-endpoint"), endpoint(service)))
        .collect();
    if access.interface_endpoints {
        return endpoints;
    }
    endpoints.iter().chain([&group]).for_each(|id| graph.prune(id));
    Vec::new()
}

fn endpoint_group(network: &NewNetwork, names: &Names, vpc_id: &str) -> SecurityGroup {
    SecurityGroup {
        name: format!("{}-endpoints", names.stack),
        description: "Interface endpoints".to_owned(),
        vpc_id: vpc_id.to_owned(),
        ingress: vec![tcp_rule(HTTPS, &network.cidr, "HTTPS from the VPC")],
        egress: Vec::new(),
    }
}
