use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_subnet::CreateSubnetOutput;
use aws_sdk_ec2::operation::delete_subnet::DeleteSubnetOutput;
use aws_sdk_ec2::operation::describe_network_interfaces::DescribeNetworkInterfacesOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::modify_subnet_attribute::ModifySubnetAttributeOutput;
use aws_sdk_ec2::types::NetworkInterface;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{refusal, tagged};
use crate::testing::mocked::{self, client};

fn desired() -> Subnet {
    Subnet {
        vpc_id: "vpc-1".into(),
        cidr: "10.42.0.0/24".into(),
        availability_zone: "eu-central-1a".into(),
        map_public_ip_on_launch: true,
        duplicates: Vec::new(),
    }
}

fn id() -> ResourceId {
    ResourceId::new("public-a")
}

fn described(subnet_id: &str, public: bool) -> Described {
    let subnet =
        Described::builder().subnet_id(subnet_id).vpc_id("vpc-1").cidr_block("10.42.0.0/24");
    let subnet = subnet.availability_zone("eu-central-1a").map_public_ip_on_launch(public);
    subnet.set_tags(tagged("public-a")).build()
}

fn describes(subnet_ids: &'static [&'static str], public: bool) -> Rule {
    let by_tags =
        mock!(Client::describe_subnets).match_requests(|request| request.subnet_ids().is_empty());
    by_tags.then_output(move || {
        let subnets = subnet_ids.iter().map(|id| described(id, public)).collect();
        DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build()
    })
}

fn gone() -> Rule {
    let by_id =
        mock!(Client::describe_subnets).match_requests(|request| !request.subnet_ids().is_empty());
    by_id.then_http_response(|| refusal("InvalidSubnetID.NotFound"))
}

fn maps() -> Rule {
    mock!(Client::modify_subnet_attribute)
        .match_requests(|request| {
            let value = request.map_public_ip_on_launch().and_then(AttributeBooleanValue::value);
            request.subnet_id() == Some("subnet-1") && value == Some(true)
        })
        .then_output(|| ModifySubnetAttributeOutput::builder().build())
}

fn creates() -> Rule {
    mock!(Client::create_subnet)
        .match_requests(|request| {
            let tags = request.tag_specifications()[0].tags.clone();
            request.availability_zone() == Some("eu-central-1a") && tags == tagged("public-a")
        })
        .then_output(|| CreateSubnetOutput::builder().subnet(described("subnet-1", false)).build())
}

async fn read(describe: &Rule) -> Option<LiveResource> {
    let in_use = mock!(Client::describe_network_interfaces).then_compute_output(|request| {
        let of_second = request.filters()[0].values() == ["subnet-2"];
        let interfaces = of_second.then(|| vec![NetworkInterface::builder().build()]);
        DescribeNetworkInterfacesOutput::builder().set_network_interfaces(interfaces).build()
    });
    let aws = Aws { ec2: client!(aws_sdk_ec2, describe, &in_use), ..mocked::aws() };
    desired().read(&aws, &id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired() {
    let found = read(&describes(&["subnet-1"], true)).await.unwrap();
    assert_eq!(found.state, json!(desired()));
    assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1");
    assert_eq!(read(&describes(&[], true)).await, None);
}

#[tokio::test]
async fn create_maps_public_addresses_and_repeated_makes_no_second() {
    let (create, map) = (creates(), maps());
    let aws = |describe: Rule| Aws {
        ec2: client!(aws_sdk_ec2, &describe, &create, &map),
        ..mocked::aws()
    };
    desired().create(&aws(describes(&[], true)), &id()).await.unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 1));
    desired().create(&aws(describes(&["subnet-1"], false)), &id()).await.unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
    desired().create(&aws(describes(&["subnet-1"], true)), &id()).await.unwrap();
    assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_an_earlier_call_once_it_can_be_seen_and_otherwise_an_error() {
    let conflict =
        mock!(Client::create_subnet).then_http_response(|| refusal("InvalidSubnet.Conflict"));
    let answer = |subnets| DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build();
    let late = mock!(Client::describe_subnets)
        .sequence()
        .output(move || answer(Vec::new()))
        .times(3)
        .output(move || answer(vec![described("subnet-1", true)]))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &late, &conflict), ..mocked::aws() };
    desired().create(&aws, &id()).await.unwrap();

    let aws = Aws { ec2: client!(aws_sdk_ec2, &describes(&[], true), &conflict), ..mocked::aws() };
    let error = desired().create(&aws, &id()).await.unwrap_err();
    assert_eq!(error.to_string(), "creating subnet `public-a`");
}

#[tokio::test]
async fn public_addresses_are_changed_in_place_and_duplicates_deleted() {
    let found = read(&describes(&["subnet-1"], false)).await.unwrap();
    let map = maps();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &map), ..mocked::aws() };
    desired().update(&aws, &id(), &found, &["map_public_ip_on_launch".into()]).await.unwrap();
    assert_eq!(map.num_calls(), 1);

    let found = read(&describes(&["subnet-1", "subnet-2"], true)).await.unwrap();
    assert_eq!(
        (found.attribute("id"), duplicate_ids(&found)),
        ("subnet-2", vec!["subnet-1".into()])
    );
    let delete = mock!(Client::delete_subnet)
        .match_requests(|request| request.subnet_id() == Some("subnet-1"))
        .then_output(|| DeleteSubnetOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone()), ..mocked::aws() };
    desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_network_interfaces_and_one_that_is_gone_is_deleted_already() {
    let found = read(&describes(&["subnet-1"], true)).await.unwrap();
    let delete = mock!(Client::delete_subnet)
        .sequence()
        .http_response(|| refusal("DependencyViolation"))
        .times(5)
        .http_response(|| refusal("InvalidSubnetID.NotFound"))
        .http_response(|| refusal("UnauthorizedOperation"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone()), ..mocked::aws() };
    desired().delete(&aws, &found).await.unwrap();
    assert_eq!(delete.num_calls(), 6);
    desired().delete(&aws, &found).await.unwrap_err();
}
