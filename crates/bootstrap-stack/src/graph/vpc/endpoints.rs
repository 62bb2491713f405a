//! The VPC endpoints: for S3 always, and in private mode for what the instance needs besides.
//!
//! Session Manager needs two: `ssm`, and `ssmmessages` for its channels. A third, `ec2messages`, is
//! not needed by SSM Agent 3.3.40.0 and later, as Amazon Linux 2023 has it (Systems Manager User
//! Guide, "Improve the security of EC2 instances by using VPC endpoints for Systems Manager"). The
//! EFS client needs none: it mounts by the mount target's host name, and signs with the role's
//! credentials from the instance.

use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::security_group::SecurityGroup;
use reconciler::resources::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};

use super::access::VpcAccess;
use crate::data_sources::INTERFACE_SERVICES;
use crate::graph::placement::SubnetRef;
use crate::graph::security_groups::tcp_rule;
use crate::policies;

const HTTPS: i32 = 443;

/// The parts of the VPC that endpoints are in.
pub(super) struct EndpointPlace<'a> {
    pub vpc_id: &'a str,
    pub cidr: &'a str,
    pub route_tables: Vec<&'a ResourceId>,
    /// The subnet of the instance.
    pub subnet: Option<&'a SubnetRef>,
}

/// Adds the endpoints; returns those that the instance needs. Interface endpoints that are not
/// wanted are pruned.
pub(super) fn add_endpoints(
    graph: &mut Graph,
    access: VpcAccess,
    names: &Names,
    place: &EndpointPlace<'_>,
) -> Vec<ResourceId> {
    let with_packages = access.interface_endpoints;
    let s3_endpoint = graph.add("s3-endpoint", s3_endpoint(names, place, with_packages));
    let group = graph.add("endpoint-security-group", endpoint_group(names, place));
    let interface_endpoints = INTERFACE_SERVICES.map(|service| {
        let endpoint = interface_endpoint(names, place, service, &group);
        graph.add(&format!("{service}-endpoint"), endpoint)
    });
    if access.interface_endpoints {
        return [s3_endpoint].into_iter().chain(interface_endpoints).collect();
    }
    interface_endpoints.iter().chain([&group]).for_each(|id| graph.prune(id));
    Vec::new()
}

fn s3_endpoint(names: &Names, place: &EndpointPlace<'_>, with_packages: bool) -> VpcEndpoint {
    VpcEndpoint {
        vpc_id: place.vpc_id.to_owned(),
        service_name: names.endpoint_service("s3"),
        endpoint_type: EndpointType::Gateway,
        route_table_ids: place.route_tables.iter().map(|table| table.attribute("id")).collect(),
        subnet_ids: Vec::new(),
        security_group_ids: Vec::new(),
        private_dns: false,
        policy: policies::s3_endpoint_policy(names, with_packages),
        duplicates: Vec::new(),
    }
}

/// In the subnet of the instance alone: in a second zone it would cost as much again and serve
/// nobody.
fn interface_endpoint(
    names: &Names,
    place: &EndpointPlace<'_>,
    service: &str,
    group: &ResourceId,
) -> VpcEndpoint {
    VpcEndpoint {
        vpc_id: place.vpc_id.to_owned(),
        service_name: names.endpoint_service(service),
        endpoint_type: EndpointType::Interface,
        route_table_ids: Vec::new(),
        subnet_ids: place.subnet.map(|subnet| subnet.id.clone()).into_iter().collect(),
        security_group_ids: vec![group.attribute("id")],
        private_dns: true,
        policy: policies::interface_endpoint_policy(names),
        duplicates: Vec::new(),
    }
}

fn endpoint_group(names: &Names, place: &EndpointPlace<'_>) -> SecurityGroup {
    SecurityGroup {
        name: format!("{}-endpoints", names.stack),
        description: "Interface endpoints".to_owned(),
        vpc_id: place.vpc_id.to_owned(),
        ingress: vec![tcp_rule(HTTPS, place.cidr, "HTTPS from the VPC")],
        egress: Vec::new(),
    }
}
