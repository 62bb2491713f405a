use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_subnet::CreateSubnetOutput;
use aws_sdk_ec2::operation::delete_subnet::DeleteSubnetOutput;
use aws_sdk_ec2::operation::describe_network_interfaces::DescribeNetworkInterfacesOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::modify_subnet_attribute::ModifySubnetAttributeOutput;
use aws_sdk_ec2::types::NetworkInterface;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn desired_subnet() -> Subnet {
    Subnet {
        vpc_id: "vpc-1".into(),
        cidr: "10.42.0.0/24".into(),
        availability_zone: "eu-central-1a".into(),
        map_public_ip_on_launch: true,
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("public-a")
}

fn sdk_subnet(subnet_id: &str, public: bool) -> Described {
    let subnet =
        Described::builder().subnet_id(subnet_id).vpc_id("vpc-1").cidr_block("10.42.0.0/24");
    let subnet = subnet.availability_zone("eu-central-1a").map_public_ip_on_launch(public);
    subnet.set_tags(managed_tags("public-a")).build()
}

fn mock_describe(subnet_ids: &'static [&'static str], public: bool) -> Rule {
    let by_tags =
        mock!(Client::describe_subnets).match_requests(|request| request.subnet_ids().is_empty());
    by_tags.then_output(move || {
        let subnets = subnet_ids.iter().map(|id| sdk_subnet(id, public)).collect();
        DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build()
    })
}

fn mock_absent() -> Rule {
    let by_id =
        mock!(Client::describe_subnets).match_requests(|request| !request.subnet_ids().is_empty());
    by_id.then_http_response(|| ec2_refusal("InvalidSubnetID.NotFound"))
}

fn mock_map_public_ip() -> Rule {
    mock!(Client::modify_subnet_attribute)
        .match_requests(|request| {
            let value = request.map_public_ip_on_launch().and_then(AttributeBooleanValue::value);
            request.subnet_id() == Some("subnet-1") && value == Some(true)
        })
        .then_output(|| ModifySubnetAttributeOutput::builder().build())
}

fn mock_create() -> Rule {
    mock!(Client::create_subnet)
        .match_requests(|request| {
            let tags = request.tag_specifications()[0].tags.clone();
            request.availability_zone() == Some("eu-central-1a") && tags == managed_tags("public-a")
        })
        .then_output(|| CreateSubnetOutput::builder().subnet(sdk_subnet("subnet-1", false)).build())
}

async fn read_live(describe: &Rule) -> Option<LiveResource> {
    let in_use = mock!(Client::describe_network_interfaces).then_compute_output(|request| {
        let of_second = request.filters()[0].values() == ["subnet-2"];
        let interfaces = of_second.then(|| vec![NetworkInterface::builder().build()]);
        DescribeNetworkInterfacesOutput::builder().set_network_interfaces(interfaces).build()
    });
    let aws = Aws { ec2: client!(aws_sdk_ec2, describe, &in_use), ..mocked::aws() };
    desired_subnet().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired() {
    let found = read_live(&mock_describe(&["subnet-1"], true)).await.unwrap();
    assert_eq!(found.state, json!(desired_subnet()));
    assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1");
    assert_eq!(read_live(&mock_describe(&[], true)).await, None);
}

#[tokio::test]
async fn create_maps_public_addresses_and_repeated_makes_no_second() {
    let (create, map) = (mock_create(), mock_map_public_ip());
    let aws = |describe: Rule| Aws {
        ec2: client!(aws_sdk_ec2, &describe, &create, &map),
        ..mocked::aws()
    };
    desired_subnet().create(&aws(mock_describe(&[], true)), &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 1));
    desired_subnet()
        .create(&aws(mock_describe(&["subnet-1"], false)), &resource_id())
        .await
        .unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
    desired_subnet()
        .create(&aws(mock_describe(&["subnet-1"], true)), &resource_id())
        .await
        .unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_an_earlier_call_once_it_can_be_seen_and_otherwise_an_error() {
    let conflict =
        mock!(Client::create_subnet).then_http_response(|| ec2_refusal("InvalidSubnet.Conflict"));
    let answer = |subnets| DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build();
    let late = mock!(Client::describe_subnets)
        .sequence()
        .output(move || answer(Vec::new()))
        .times(3)
        .output(move || answer(vec![sdk_subnet("subnet-1", true)]))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &late, &conflict), ..mocked::aws() };
    desired_subnet().create(&aws, &resource_id()).await.unwrap();

    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &mock_describe(&[], true), &conflict), ..mocked::aws() };
    let error = desired_subnet().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(error.to_string(), "creating subnet `public-a`");
}

#[tokio::test]
async fn public_addresses_are_changed_in_place_and_duplicates_deleted() {
    let found = read_live(&mock_describe(&["subnet-1"], false)).await.unwrap();
    let map = mock_map_public_ip();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &map), ..mocked::aws() };
    desired_subnet()
        .update(&aws, &resource_id(), &found, &["map_public_ip_on_launch".into()])
        .await
        .unwrap();
    assert_eq!(map.num_calls(), 1);

    let found = read_live(&mock_describe(&["subnet-1", "subnet-2"], true)).await.unwrap();
    assert_eq!(
        (found.attribute("id"), duplicate_ids(&found)),
        ("subnet-2", vec!["subnet-1".into()])
    );
    let delete = mock!(Client::delete_subnet)
        .match_requests(|request| request.subnet_id() == Some("subnet-1"))
        .then_output(|| DeleteSubnetOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &mock_absent()), ..mocked::aws() };
    desired_subnet().update(&aws, &resource_id(), &found, &["duplicates".into()]).await.unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_network_interfaces_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(&mock_describe(&["subnet-1"], true)).await.unwrap();
    let delete = mock!(Client::delete_subnet)
        .sequence()
        .http_response(|| ec2_refusal("DependencyViolation"))
        .times(5)
        .http_response(|| ec2_refusal("InvalidSubnetID.NotFound"))
        .http_response(|| ec2_refusal("UnauthorizedOperation"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &mock_absent()), ..mocked::aws() };
    desired_subnet().delete(&aws, &found).await.unwrap();
    assert_eq!(delete.num_calls(), 6);
    desired_subnet().delete(&aws, &found).await.unwrap_err();
}
