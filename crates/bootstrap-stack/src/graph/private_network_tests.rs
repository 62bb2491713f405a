//! The graph of a private network, beside that of a standard one.

use std::collections::BTreeSet;

use reconciler::data_sources::EndpointService;
use reconciler::graph::ResourceId;
use reconciler::resources::Resource;
use reconciler::resources::ec2::security_group::SecurityGroup;
use reconciler::resources::ec2::vpc_endpoint::VpcEndpoint;

use super::tests::{data_plane_with, resource_ids};
use super::*;
use crate::testing::{config_with, stack_names, three_zones};

const PRIVATE: &str = "[network]\nmode = \"private\"";
const WITHOUT_INSTANCE: &str = "[network]\nmode = \"private\"\n[instance]\nenabled = false";

/// The resources that one configuration has and another has not.
fn added_resources(sections: &str, others: &str) -> String {
    let (these, those) = (data_plane_with(sections), data_plane_with(others));
    let those: BTreeSet<_> = resource_ids(&those, false).into_iter().collect();
    let added = resource_ids(&these, false).into_iter().filter(|id| !those.contains(id));
    added.collect::<Vec<_>>().join("\n")
}

#[test]
fn it_has_endpoints_in_place_of_gateways() {
    insta::assert_snapshot!(added_resources(PRIVATE, ""), @"
    endpoint-security-group
    ssm-endpoint
    ssmmessages-endpoint
    ");
    insta::assert_snapshot!(added_resources("", PRIVATE), @"
    internet-gateway
    nat-address
    nat-gateway
    public-route-table
    public-subnet-1
    public-subnet-2
    ");
}

#[test]
fn without_an_instance_only_the_s3_endpoint_is_left() {
    assert_eq!(added_resources(WITHOUT_INSTANCE, PRIVATE), "");
    insta::assert_snapshot!(added_resources(PRIVATE, WITHOUT_INSTANCE), @"
    endpoint-security-group
    instance
    instance-profile
    instance-role
    instance-security-group
    ssm-endpoint
    ssmmessages-endpoint
    ");
    let graph = data_plane_with(WITHOUT_INSTANCE);
    let is_endpoint = |id: &&str| id.ends_with("-endpoint");
    let endpoints: Vec<_> = resource_ids(&graph, false).into_iter().filter(is_endpoint).collect();
    assert_eq!(endpoints, ["s3-endpoint"]);
}

fn vpc_endpoint<'a>(graph: &'a Graph, id: &str) -> &'a VpcEndpoint {
    match &graph.get(&ResourceId::new(id)).unwrap().resource {
        Resource::VpcEndpoint(endpoint) => endpoint,
        other => panic!("{id} is a {}", other.kind_name()),
    }
}

#[test]
fn no_route_leads_out() {
    let graph = data_plane_with(PRIVATE);
    let tables =
        graph.nodes().filter(|node| !node.pruned).filter_map(|node| match &node.resource {
            Resource::RouteTable(table) => Some(table),
            _ => None,
        });
    let routes: Vec<_> = tables.map(|table| table.routes.len()).collect();
    assert_eq!(routes, [0], "one table, without a route");
    let tables = &vpc_endpoint(&graph, "s3-endpoint").route_table_ids;
    assert_eq!(tables, &["${private-route-table.id}"]);
}

#[test]
fn interface_endpoints_answer_to_the_usual_host_names() {
    let graph = data_plane_with(PRIVATE);
    insta::assert_json_snapshot!(vpc_endpoint(&graph, "ssmmessages-endpoint"), @r#"
    {
      "vpc_id": "${vpc.id}",
      "service_name": "com.amazonaws.eu-central-1.ssmmessages",
      "endpoint_type": "Interface",
      "route_table_ids": [],
      "subnet_ids": [
        "${private-subnet-1.id}"
      ],
      "security_group_ids": [
        "${endpoint-security-group.id}"
      ],
      "private_dns": true,
      "policy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "OwnIdentities",
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Principal": "*",
            "Condition": {
              "StringEquals": {
                "aws:PrincipalAccount": "111122223333"
              }
            }
          }
        ]
      },
      "duplicates": []
    }
    "#);
}

/// The subnets of the instance and of an endpoint, with these zones of the two services.
fn chosen_subnets(ssm: &[&str], messages: &[&str]) -> (String, Vec<String>) {
    let service = |service: &str, zones: &[&str]| EndpointService {
        name: stack_names().endpoint_service(service),
        zones: zones.iter().map(|zone| format!("eu-central-1{zone}")).collect(),
    };
    let services = vec![service("ssm", ssm), service("ssmmessages", messages)];
    let found = DataSources { endpoint_services: Some(services), ..three_zones() };
    let graph = data_plane(&config_with(PRIVATE), &stack_names(), &found);
    let Resource::Instance(instance) = &graph.get(&ResourceId::new(INSTANCE)).unwrap().resource
    else {
        panic!("the instance is an instance")
    };
    (instance.subnet_id.clone(), vpc_endpoint(&graph, "ssm-endpoint").subnet_ids.clone())
}

#[test]
fn the_endpoints_are_beside_the_instance_in_a_zone_that_has_both() {
    let in_subnet = |zone: usize| {
        let subnet = format!("${{private-subnet-{zone}.id}}");
        (subnet.clone(), vec![subnet])
    };
    assert_eq!(chosen_subnets(&["a", "b"], &["a", "b"]), in_subnet(1));
    assert_eq!(chosen_subnets(&["a", "b"], &["b", "c"]), in_subnet(2));
}

fn security_group<'a>(graph: &'a Graph, id: &str) -> &'a SecurityGroup {
    match &graph.get(&ResourceId::new(id)).unwrap().resource {
        Resource::SecurityGroup(group) => group,
        other => panic!("{id} is a {}", other.kind_name()),
    }
}

#[test]
fn only_https_leads_to_the_endpoints() {
    let graph = data_plane_with(PRIVATE);
    let ports = |rules: &[reconciler::resources::ec2::security_group::SecurityGroupRule]| {
        rules.iter().map(|rule| (rule.from_port, rule.peer.clone())).collect::<Vec<_>>()
    };
    let endpoints = security_group(&graph, "endpoint-security-group");
    assert_eq!(ports(&endpoints.ingress), [(443, "10.42.0.0/16".to_owned())]);
    assert_eq!(endpoints.egress, []);
    let instance = security_group(&graph, "instance-security-group");
    let out = [(2049, "10.42.0.0/16".to_owned()), (443, "0.0.0.0/0".to_owned())];
    assert_eq!((ports(&instance.egress), &instance.ingress), (out.to_vec(), &Vec::new()));
}

#[test]
fn the_instance_waits_for_its_endpoints_and_runs_amazon_linux() {
    let graph = data_plane_with(PRIVATE);
    let node = graph.get(&ResourceId::new(INSTANCE)).unwrap();
    let needed = graph.dependencies(node);
    for id in ["s3-endpoint", "ssm-endpoint", "ssmmessages-endpoint"] {
        assert!(needed.contains(&ResourceId::new(id)), "{id}");
    }
    let Resource::Instance(instance) = &node.resource else { panic!("it is an instance") };
    let system = (instance.image.as_str(), instance.root_device.as_str());
    insta::assert_snapshot!(format!("{system:?}"), @r#"("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "/dev/xvda")"#);
    assert!(instance.user_data.contains("dnf "));
}
