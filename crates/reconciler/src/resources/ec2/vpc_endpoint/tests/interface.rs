//! Interface endpoints.

use aws_sdk_ec2::types::{LastError, SecurityGroupIdentifier};

use super::*;
use crate::diff::changed_fields;

fn desired_interface() -> VpcEndpoint {
    VpcEndpoint {
        service_name: "com.amazonaws.eu-central-1.ssm".into(),
        endpoint_type: EndpointType::Interface,
        route_table_ids: Vec::new(),
        subnet_ids: vec!["subnet-2".into(), "subnet-1".into()],
        security_group_ids: vec!["sg-1".into()],
        private_dns: true,
        ..desired_vpc_endpoint()
    }
}

fn sdk_interface(subnets: &[&str], group: &str, state: &str) -> Described {
    let group = SecurityGroupIdentifier::builder().group_id(group).build();
    let endpoint = Described::builder().vpc_endpoint_id("vpce-1").vpc_id("vpc-1");
    let endpoint = endpoint.service_name("com.amazonaws.eu-central-1.ssm").state(state.into());
    endpoint
        .vpc_endpoint_type(VpcEndpointType::Interface)
        .set_subnet_ids(Some(subnets.iter().map(|&id| id.to_owned()).collect()))
        .groups(group)
        .private_dns_enabled(true)
        .policy_document(desired_vpc_endpoint().policy.to_string())
        .set_tags(managed_tags("s3-endpoint"))
        .build()
}

fn usual_interface(state: &str) -> Described {
    sdk_interface(&["subnet-1", "subnet-2"], "sg-1", state)
}

async fn read_interface(endpoint: Described) -> LiveResource {
    let ec2 = client!(aws_sdk_ec2, &mock_describe(vec![endpoint]));
    let aws = Aws { ec2, ..mocked::aws() };
    desired_interface().read(&aws, &resource_id()).await.unwrap().unwrap()
}

async fn changed_of(endpoint: Described) -> Vec<String> {
    changed_fields(&read_interface(endpoint).await.state, &json!(desired_interface()))
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_and_what_differs_shows() {
    assert_eq!(changed_of(usual_interface("available")).await, Vec::<String>::new());
    assert_eq!(changed_of(usual_interface("pending")).await, ["state"]);
    let mut other = sdk_interface(&["subnet-1"], "sg-2", "available");
    other.private_dns_enabled = Some(false);
    assert_eq!(changed_of(other).await, ["private_dns", "security_group_ids", "subnet_ids"]);
    let mut gateway = usual_interface("available");
    gateway.vpc_endpoint_type = Some(VpcEndpointType::Gateway);
    assert_eq!(changed_of(gateway).await, ["endpoint_type"]);
}

#[tokio::test]
async fn a_response_without_groups_counts_as_desired_but_for_references() {
    let mut mute = usual_interface("available");
    (mute.groups, mute.private_dns_enabled) = (None, None);
    assert_eq!(changed_of(mute.clone()).await, Vec::<String>::new());
    let ec2 = client!(aws_sdk_ec2, &mock_describe(vec![mute]));
    let aws = Aws { ec2, ..mocked::aws() };
    let unknown = VpcEndpoint {
        security_group_ids: vec!["${endpoint-security-group.id}".into()],
        ..desired_interface()
    };
    let found = unknown.read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!(found.state["security_group_ids"], json!([]));
}

/// A describe call by id that answers these in turn, the last one for ever.
fn mock_states(states: &'static [&'static str]) -> Rule {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    mock!(Client::describe_vpc_endpoints)
        .match_requests(|request| request.vpc_endpoint_ids() == ["vpce-1"])
        .then_compute_output(move |_| {
            let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut endpoint = usual_interface(states[call.min(states.len() - 1)]);
            endpoint.last_error =
                Some(LastError::builder().message("the quota is reached").build());
            DescribeVpcEndpointsOutput::builder().vpc_endpoints(endpoint).build()
        })
}

fn mock_empty_list() -> Rule {
    mock!(Client::describe_vpc_endpoints)
        .match_requests(|request| request.vpc_endpoint_ids().is_empty())
        .then_output(|| DescribeVpcEndpointsOutput::builder().build())
}

fn mock_create() -> Rule {
    mock!(Client::create_vpc_endpoint)
        .match_requests(|request| {
            request.vpc_endpoint_type() == Some(&VpcEndpointType::Interface)
                && request.subnet_ids() == ["subnet-2", "subnet-1"]
                && request.security_group_ids() == ["sg-1"]
                && request.private_dns_enabled() == Some(true)
                && request.route_table_ids().is_empty()
        })
        .then_output(|| {
            let made = usual_interface("pending");
            CreateVpcEndpointOutput::builder().vpc_endpoint(made).build()
        })
}

#[tokio::test(start_paused = true)]
async fn create_waits_until_it_can_be_used() {
    let (create, states) = (mock_create(), mock_states(&["pending", "pending", "Available"]));
    let ec2 = client!(aws_sdk_ec2, &mock_empty_list(), &create, &states);
    let aws = Aws { ec2, ..mocked::aws() };
    desired_interface().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), states.num_calls()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_or_stays_pending_is_an_error_with_its_reason() {
    let error_of = async |states: &'static [&'static str]| {
        let ec2 = client!(aws_sdk_ec2, &mock_empty_list(), &mock_create(), &mock_states(states));
        let aws = Aws { ec2, ..mocked::aws() };
        let error = desired_interface().create(&aws, &resource_id()).await.unwrap_err();
        aws::failure::chain(&error)
    };
    insta::assert_snapshot!(error_of(&["pending", "failed"]).await, @r#"waiting for VPC endpoint `vpce-1`: it is failed: the quota is reached; delete it, then apply again"#);
    insta::assert_snapshot!(error_of(&["pending"]).await, @r#"waiting for VPC endpoint `vpce-1`: it is pending for 10 minutes; the next apply continues to wait"#);
}

#[tokio::test(start_paused = true)]
async fn subnets_and_groups_are_changed_in_place_and_waited_for() {
    let found = read_interface(sdk_interface(&["subnet-1", "subnet-3"], "sg-2", "pending")).await;
    let modify = mock!(Client::modify_vpc_endpoint)
        .match_requests(|request| {
            let subnets = (request.add_subnet_ids(), request.remove_subnet_ids());
            let groups = (request.add_security_group_ids(), request.remove_security_group_ids());
            subnets == (&["subnet-2".to_owned()], &["subnet-3".to_owned()])
                && groups == (&["sg-1".to_owned()], &["sg-2".to_owned()])
                && request.private_dns_enabled().is_none()
                && request.policy_document().is_none()
        })
        .then_output(|| ModifyVpcEndpointOutput::builder().build());
    let states = mock_states(&["pending", "available", "pending", "available"]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &modify, &states), ..mocked::aws() };
    let changed = ["security_group_ids", "state", "subnet_ids"].map(str::to_owned);
    desired_interface().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!((modify.num_calls(), states.num_calls()), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn private_dns_is_turned_on_in_place() {
    let mut off = usual_interface("available");
    off.private_dns_enabled = Some(false);
    let found = read_interface(off).await;
    let modify = mock!(Client::modify_vpc_endpoint)
        .match_requests(|request| {
            request.private_dns_enabled() == Some(true) && request.add_subnet_ids().is_empty()
        })
        .then_output(|| ModifyVpcEndpointOutput::builder().build());
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &modify, &mock_states(&["available"])), ..mocked::aws() };
    let changed = ["private_dns".to_owned()];
    desired_interface().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!(modify.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn delete_waits_until_its_network_interfaces_are_gone() {
    let found = read_interface(usual_interface("available")).await;
    let (delete, states) = (mock_delete("vpce-1", None), mock_states(&["deleting", "deleted"]));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &states), ..mocked::aws() };
    desired_interface().delete(&aws, &found).await.unwrap();
    assert_eq!((delete.num_calls(), states.num_calls()), (1, 2));
}
