use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_vpc::CreateVpcOutput;
use aws_sdk_ec2::operation::delete_vpc::DeleteVpcOutput;
use aws_sdk_ec2::operation::describe_internet_gateways::DescribeInternetGatewaysOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput;
use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsOutput;
use aws_sdk_ec2::operation::detach_internet_gateway::DetachInternetGatewayOutput;
use aws_sdk_ec2::operation::modify_vpc_attribute::ModifyVpcAttributeOutput;
use aws_sdk_ec2::types::{InternetGateway, SecurityGroup, Subnet, VpcAttributeName};
use aws_smithy_mocks::{Rule, mock};
use serde_json::json;

use super::*;
use crate::diff::changed_fields;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn desired_vpc() -> Vpc {
    Vpc {
        cidr: "10.42.0.0/16".into(),
        dns_support: true,
        dns_hostnames: true,
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("vpc")
}

fn sdk_vpc(vpc_id: &str) -> Described {
    let vpc =
        Described::builder().vpc_id(vpc_id).cidr_block("10.42.0.0/16").state(VpcState::Available);
    vpc.set_tags(managed_tags("vpc")).build()
}

fn mock_describe(vpc_ids: &'static [&'static str]) -> Rule {
    let by_tags =
        mock!(Client::describe_vpcs).match_requests(|request| request.vpc_ids().is_empty());
    by_tags.then_output(|| {
        DescribeVpcsOutput::builder()
            .set_vpcs(Some(vpc_ids.iter().map(|id| sdk_vpc(id)).collect()))
            .build()
    })
}

/// Answers to a description by id: once the VPC, then no more.
fn mock_deletions(vpc_id: &'static str) -> Rule {
    let by_id =
        mock!(Client::describe_vpcs).match_requests(move |request| request.vpc_ids() == [vpc_id]);
    by_id.then_http_response(|| ec2_refusal("InvalidVpcID.NotFound"))
}

fn mock_dns(support: bool, hostnames: bool) -> Rule {
    mock!(Client::describe_vpc_attribute).then_compute_output(move |request| {
        let value = |on| AttributeBooleanValue::builder().value(on).build();
        let answer = DescribeVpcAttributeOutput::builder();
        match request.attribute() {
            Some(VpcAttributeName::EnableDnsSupport) => {
                answer.enable_dns_support(value(support)).build()
            }
            _ => answer.enable_dns_hostnames(value(hostnames)).build(),
        }
    })
}

fn default_group() -> Rule {
    mock!(Client::describe_security_groups).then_output(|| {
        let group = SecurityGroup::builder().group_id("sg-default").build();
        DescribeSecurityGroupsOutput::builder().security_groups(group).build()
    })
}

fn no_gateways() -> Rule {
    mock!(Client::describe_internet_gateways)
        .then_output(|| DescribeInternetGatewaysOutput::builder().build())
}

fn mock_delete(vpc_id: &'static str) -> Rule {
    let delete =
        mock!(Client::delete_vpc).match_requests(move |request| request.vpc_id() == Some(vpc_id));
    delete.then_output(|| DeleteVpcOutput::builder().build())
}

/// The switch that is set, as `enable_dns_hostnames` or not, and to what.
fn mock_set(hostnames: bool, on: bool) -> Rule {
    let modify = mock!(Client::modify_vpc_attribute).match_requests(move |request| {
        let value =
            if hostnames { request.enable_dns_hostnames() } else { request.enable_dns_support() };
        value.is_some_and(|value| value.value() == Some(on))
    });
    modify.then_output(|| ModifyVpcAttributeOutput::builder().build())
}

async fn read_live(vpc_ids: &'static [&'static str], dns: &Rule) -> Option<LiveResource> {
    let in_use = mock!(Client::describe_subnets).then_compute_output(|request| {
        let of_second = request.filters()[0].values() == ["vpc-2"];
        let subnets = of_second.then(|| vec![Subnet::builder().build()]);
        DescribeSubnetsOutput::builder().set_subnets(subnets).build()
    });
    let ec2 = client!(aws_sdk_ec2, &mock_describe(vpc_ids), dns, &default_group(), &in_use);
    desired_vpc().read(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired() {
    let found = read_live(&["vpc-1"], &mock_dns(true, true)).await.unwrap();
    assert_eq!(found.state, json!(desired_vpc()));
    assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1");
    assert_eq!(found.attribute("default_security_group_id"), "sg-default");
    assert_eq!(read_live(&[], &mock_dns(true, true)).await, None);
}

#[tokio::test]
async fn the_one_with_subnets_stays_and_the_others_are_deleted() {
    let found = read_live(&["vpc-3", "vpc-1", "vpc-2"], &mock_dns(true, true)).await.unwrap();
    assert_eq!(
        (found.attribute("id"), duplicate_ids(&found)),
        ("vpc-2", vec!["vpc-1".into(), "vpc-3".into()])
    );
    let (first, third) = (mock_delete("vpc-1"), mock_delete("vpc-3"));
    let ec2 = client!(
        aws_sdk_ec2,
        &no_gateways(),
        &first,
        &third,
        &mock_deletions("vpc-1"),
        &mock_deletions("vpc-3")
    );
    let aws = Aws { ec2, ..mocked::aws() };
    desired_vpc().update(&aws, &resource_id(), &found, &["duplicates".into()]).await.unwrap();
    assert_eq!((first.num_calls(), third.num_calls()), (1, 1));
}

#[tokio::test]
async fn create_waits_for_it_and_turns_on_names() {
    let create = mock!(Client::create_vpc)
        .match_requests(|request| {
            let tags = request.tag_specifications()[0].tags.clone();
            request.cidr_block() == Some("10.42.0.0/16") && tags == managed_tags("vpc")
        })
        .then_output(|| CreateVpcOutput::builder().vpc(sdk_vpc("vpc-1")).build());
    let available = mock!(Client::describe_vpcs)
        .match_requests(|request| request.vpc_ids() == ["vpc-1"])
        .then_output(|| DescribeVpcsOutput::builder().vpcs(sdk_vpc("vpc-1")).build());
    let names = mock_set(true, true);
    let ec2 = client!(aws_sdk_ec2, &mock_describe(&[]), &create, &available, &names);
    desired_vpc().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), names.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_repeated_create_completes_what_it_finds_and_a_lost_call_is_not_sent_again() {
    let names = mock_set(true, true);
    let ec2 = client!(
        aws_sdk_ec2,
        &mock_describe(&["vpc-1"]),
        &mock_dns(true, false),
        &default_group(),
        &names
    );
    desired_vpc().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!(names.num_calls(), 1);

    let lost = mock!(Client::create_vpc).sequence().http_status(500, None).times(2).build();
    let ec2 = client!(aws_sdk_ec2, &mock_describe(&[]), &lost);
    desired_vpc().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap_err();
    assert_eq!(lost.num_calls(), 1);
}

#[tokio::test]
async fn what_a_lost_call_made_is_completed() {
    let lost = mock!(Client::create_vpc).sequence().http_status(500, None).build();
    let appears = mock!(Client::describe_vpcs)
        .sequence()
        .output(|| DescribeVpcsOutput::builder().build())
        .output(|| DescribeVpcsOutput::builder().vpcs(sdk_vpc("vpc-1")).build())
        .build();
    let names = mock_set(true, true);
    let ec2 =
        client!(aws_sdk_ec2, &appears, &lost, &mock_dns(true, false), &default_group(), &names);
    desired_vpc().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((lost.num_calls(), names.num_calls()), (1, 1));
}

#[tokio::test]
async fn each_switch_is_set_alone() {
    for (support, hostnames, changed) in
        [(true, false, "dns_hostnames"), (false, true, "dns_support")]
    {
        let found = read_live(&["vpc-1"], &mock_dns(support, hostnames)).await.unwrap();
        assert_eq!(changed_fields(&found.state, &json!(desired_vpc())), [changed]);
        let set = mock_set(changed == "dns_hostnames", true);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &set), ..mocked::aws() };
        desired_vpc().update(&aws, &resource_id(), &found, &[changed.into()]).await.unwrap();
        assert_eq!(set.num_calls(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn delete_detaches_our_gateway_waits_for_dependents_and_one_that_is_gone_is_deleted() {
    let found = read_live(&["vpc-1"], &mock_dns(true, true)).await.unwrap();
    let attached = mock!(Client::describe_internet_gateways)
        .match_requests(|request| {
            request.filters().contains(&new_filter("tag:efs-s3:stack", "backup"))
        })
        .then_output(|| {
            let gateway = InternetGateway::builder().internet_gateway_id("igw-1").build();
            DescribeInternetGatewaysOutput::builder().internet_gateways(gateway).build()
        });
    let detach = mock!(Client::detach_internet_gateway)
        .match_requests(|request| request.internet_gateway_id() == Some("igw-1"))
        .then_output(|| DetachInternetGatewayOutput::builder().build());
    let delete = mock!(Client::delete_vpc)
        .sequence()
        .http_response(|| ec2_refusal("DependencyViolation"))
        .output(|| DeleteVpcOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidVpcID.NotFound"))
        .build();
    let ec2 = client!(aws_sdk_ec2, &attached, &detach, &delete, &mock_deletions("vpc-1"));
    let aws = Aws { ec2, ..mocked::aws() };
    desired_vpc().delete(&aws, &found).await.unwrap();
    assert_eq!((detach.num_calls(), delete.num_calls()), (1, 2));
    desired_vpc().delete(&aws, &found).await.unwrap();
}
