use std::sync::{Arc, Mutex};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_nat_gateway::CreateNatGatewayOutput;
use aws_sdk_ec2::operation::delete_nat_gateway::DeleteNatGatewayOutput;
use aws_sdk_ec2::operation::describe_nat_gateways::DescribeNatGatewaysOutput;
use aws_sdk_ec2::types::NatGatewayAddress;
use aws_smithy_mocks::{Rule, mock};
use tokio::time::Instant;

use super::NatGatewayState::{Available, Deleted, Deleting, Failed, Pending};
use super::*;
use crate::diff::changed_fields;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};
use crate::wait::NAT_GATEWAY_AVAILABLE;

fn desired_nat_gateway() -> NatGateway {
    NatGateway {
        subnet_id: "subnet-1".into(),
        allocation_id: "eipalloc-1".into(),
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("nat-gateway")
}

fn sdk_nat_gateway(gateway_id: &str, state: NatGatewayState) -> Described {
    let address = NatGatewayAddress::builder().allocation_id("eipalloc-1").build();
    let gateway =
        Described::builder().nat_gateway_id(gateway_id).subnet_id("subnet-1").state(state);
    gateway.nat_gateway_addresses(address).set_tags(managed_tags("nat-gateway")).build()
}

fn describe_output(gateways: Vec<Described>) -> DescribeNatGatewaysOutput {
    DescribeNatGatewaysOutput::builder().set_nat_gateways(Some(gateways)).build()
}

fn mock_list(gateways: Vec<Described>) -> Rule {
    let by_tags = mock!(Client::describe_nat_gateways)
        .match_requests(|request| request.nat_gateway_ids().is_empty());
    by_tags.then_output(move || describe_output(gateways.clone()))
}

/// The states that descriptions by id return, one after another.
fn mock_states(gateway_id: &'static str, states: &[NatGatewayState]) -> Rule {
    let by_id = mock!(Client::describe_nat_gateways)
        .match_requests(move |request| request.nat_gateway_ids() == [gateway_id]);
    let states = states.to_vec();
    let calls = Mutex::new(0);
    by_id.then_compute_output(move |_| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        describe_output(
            states
                .get(*calls - 1)
                .or(states.last())
                .map(|state| sdk_nat_gateway(gateway_id, state.clone()))
                .into_iter()
                .collect(),
        )
    })
}

/// Answers the ids in turn; remembers the tokens.
fn mock_create(gateway_ids: &'static [&'static str]) -> (Rule, Arc<Mutex<Vec<String>>>) {
    let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = tokens.clone();
    let tagged = |request: &aws_sdk_ec2::operation::create_nat_gateway::CreateNatGatewayInput| {
        request.tag_specifications()[0].tags == managed_tags("nat-gateway")
    };
    let create = mock!(Client::create_nat_gateway).match_requests(tagged).then_compute_output(
        move |request| {
            let mut seen = seen.lock().unwrap();
            seen.push(request.client_token().unwrap_or_default().to_owned());
            CreateNatGatewayOutput::builder()
                .nat_gateway(sdk_nat_gateway(gateway_ids[seen.len() - 1], Pending))
                .build()
        },
    );
    (create, tokens)
}

async fn read_live(gateways: Vec<Described>) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_list(gateways)), ..mocked::aws() };
    desired_nat_gateway().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_and_the_dead_are_absent() {
    let found =
        read_live(vec![sdk_nat_gateway("nat-0", Deleted), sdk_nat_gateway("nat-1", Available)])
            .await
            .unwrap();
    assert_eq!(
        (found.state.clone(), found.attribute("id")),
        (json!(desired_nat_gateway()), "nat-1")
    );
    for state in [Deleted, Deleting, Failed] {
        assert_eq!(read_live(vec![sdk_nat_gateway("nat-1", state)]).await, None);
    }
}

#[tokio::test]
async fn an_answer_without_an_address_says_nothing_against_ours() {
    let mut without = sdk_nat_gateway("nat-1", Available);
    without.nat_gateway_addresses = None;
    assert_eq!(desired_nat_gateway().allocation_of(&without), "eipalloc-1");
    let unknown = NatGateway { allocation_id: "${nat-address.id}".into(), ..desired_nat_gateway() };
    assert_eq!(unknown.allocation_of(&without), "");
}

#[tokio::test(start_paused = true)]
async fn create_waits_until_it_is_available_and_repeated_makes_no_second() {
    let ((create, tokens), becomes) =
        (mock_create(&["nat-1"]), mock_states("nat-1", &[Pending, Pending, Available]));
    let aws = |gateways| Aws {
        ec2: client!(aws_sdk_ec2, &mock_list(gateways), &create, &becomes),
        ..mocked::aws()
    };
    desired_nat_gateway().create(&aws(vec![]), &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), becomes.num_calls()), (1, 3));
    let fields = ("subnet-1", "eipalloc-1");
    assert_eq!(*tokens.lock().unwrap(), [client_token(&mocked::aws(), &resource_id(), &fields, 0)]);
    desired_nat_gateway()
        .create(&aws(vec![sdk_nat_gateway("nat-1", Available)]), &resource_id())
        .await
        .unwrap();
    desired_nat_gateway()
        .create(&aws(vec![sdk_nat_gateway("nat-1", Pending)]), &resource_id())
        .await
        .unwrap();
    assert_eq!((create.num_calls(), becomes.num_calls()), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_answers_with_a_dead_one_is_left_for_the_next() {
    let (create, tokens) = mock_create(&["nat-0", "nat-1", "nat-2", "nat-3"]);
    let forgotten = mock!(Client::describe_nat_gateways)
        .match_requests(|request| request.nat_gateway_ids() == ["nat-1"])
        .then_http_response(|| ec2_refusal("NatGatewayNotFound"));
    let (deleted, alive) = (mock_states("nat-2", &[Deleted]), mock_states("nat-3", &[Available]));
    let failed = mock_list(vec![sdk_nat_gateway("nat-0", Failed)]);
    let ec2 = client!(aws_sdk_ec2, &failed, &create, &forgotten, &deleted, &alive);
    desired_nat_gateway().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!(tokens.lock().unwrap().iter().collect::<BTreeSet<_>>().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_says_why() {
    let mut why = sdk_nat_gateway("nat-1", Failed);
    why.failure_code = Some("Gateway.NotAttached".into());
    why.failure_message = Some("Network vpc-1 has no Internet gateway attached".into());
    let fails = mock!(Client::describe_nat_gateways)
        .match_requests(|request| !request.nat_gateway_ids().is_empty())
        .then_output(move || describe_output(vec![why.clone()]));
    let (create, _) = mock_create(&["nat-1"]);
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &mock_list(vec![]), &create, &fails), ..mocked::aws() };
    let error = desired_nat_gateway().create(&aws, &resource_id()).await.unwrap_err();
    insta::assert_snapshot!(
        aws::failure::chain(&error),
        @"
        waiting for NAT gateway `nat-1`: Gateway.NotAttached: Network vpc-1 has no Internet gateway attached
        "
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_was_left_pending_is_waited_for_but_not_for_ever() {
    let found = read_live(vec![sdk_nat_gateway("nat-1", Pending)]).await.unwrap();
    assert_eq!(changed_fields(&found.state, &json!(desired_nat_gateway())), ["state"]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_states("nat-1", &[Pending])), ..mocked::aws() };
    let begun = Instant::now();
    let error = desired_nat_gateway()
        .update(&aws, &resource_id(), &found, &["state".into()])
        .await
        .unwrap_err();
    assert_eq!(
        (error.to_string(), begun.elapsed()),
        ("waiting for NAT gateway `nat-1`".into(), NAT_GATEWAY_AVAILABLE)
    );
}

fn mock_delete(gateway_id: &'static str) -> Rule {
    mock!(Client::delete_nat_gateway)
        .match_requests(move |request| request.nat_gateway_id() == Some(gateway_id))
        .then_output(|| DeleteNatGatewayOutput::builder().build())
}

#[tokio::test(start_paused = true)]
async fn duplicates_are_deleted_and_a_pending_one_is_the_duplicate() {
    let found =
        read_live(vec![sdk_nat_gateway("nat-1", Pending), sdk_nat_gateway("nat-2", Available)])
            .await
            .unwrap();
    assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("nat-2", vec!["nat-1".into()]));
    let delete = mock_delete("nat-1");
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &delete, &mock_states("nat-1", &[Deleting, Deleted])),
        ..mocked::aws()
    };
    desired_nat_gateway()
        .update(&aws, &resource_id(), &found, &["duplicates".into()])
        .await
        .unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn delete_returns_when_it_is_gone_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(vec![sdk_nat_gateway("nat-1", Available)]).await.unwrap();
    let (delete, states) =
        (mock_delete("nat-1"), mock_states("nat-1", &[Deleting, Deleting, Deleted]));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &states), ..mocked::aws() };
    desired_nat_gateway().delete(&aws, &found).await.unwrap();
    assert_eq!((delete.num_calls(), states.num_calls()), (1, 3));

    let gone =
        mock!(Client::delete_nat_gateway).then_http_response(|| ec2_refusal("NatGatewayNotFound"));
    let none = mock!(Client::describe_nat_gateways)
        .then_http_response(|| ec2_refusal("NatGatewayNotFound"));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &gone, &none), ..mocked::aws() };
    desired_nat_gateway().delete(&aws, &found).await.unwrap();
}
