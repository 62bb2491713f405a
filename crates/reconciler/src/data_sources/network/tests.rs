use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_availability_zones::DescribeAvailabilityZonesOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput;
use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsOutput;
use aws_sdk_ec2::types::{
    AvailabilityZone, AvailabilityZoneOptInStatus, AvailabilityZoneState, Tenancy,
    VpcCidrBlockAssociation,
};
use aws_smithy_mocks::mock;

use super::*;
use crate::testing::mocked::{self, client};

#[tokio::test]
async fn zones_are_sorted_and_none_is_left_out_for_a_bad_moment() {
    let describe = mock!(Client::describe_availability_zones).then_output(|| {
        let zone = |name, state, status| {
            AvailabilityZone::builder().zone_name(name).state(state).opt_in_status(status).build()
        };
        let zones = [
            zone(
                "eu-central-1b",
                AvailabilityZoneState::Impaired,
                AvailabilityZoneOptInStatus::OptInNotRequired,
            ),
            zone(
                "eu-central-1x",
                AvailabilityZoneState::Available,
                AvailabilityZoneOptInStatus::NotOptedIn,
            ),
            zone(
                "eu-central-1a",
                AvailabilityZoneState::Available,
                AvailabilityZoneOptInStatus::OptInNotRequired,
            ),
        ];
        DescribeAvailabilityZonesOutput::builder()
            .set_availability_zones(Some(zones.into()))
            .build()
    });
    let aws = Aws { ec2: client!(aws_sdk_ec2, &describe), ..mocked::aws() };
    assert_eq!(read_availability_zones(&aws).await.unwrap(), ["eu-central-1a", "eu-central-1b"]);
}

#[tokio::test]
async fn only_the_vpc_in_question_is_looked_at_closely() {
    let describe = mock!(Client::describe_vpcs).then_output(|| {
        let vpc = |id| {
            let second = VpcCidrBlockAssociation::builder().cidr_block("10.1.0.0/16").build();
            let vpc = Vpc::builder().vpc_id(id).cidr_block("10.0.0.0/16");
            vpc.instance_tenancy(Tenancy::Default).cidr_block_association_set(second).build()
        };
        DescribeVpcsOutput::builder().vpcs(vpc("vpc-1")).vpcs(vpc("vpc-2")).build()
    });
    let attribute = mock!(Client::describe_vpc_attribute).then_output(|| {
        let on = AttributeBooleanValue::builder().value(true).build();
        DescribeVpcAttributeOutput::builder().enable_dns_support(on).build()
    });
    let aws = Aws { ec2: client!(aws_sdk_ec2, &describe, &attribute), ..mocked::aws() };
    let found = read_vpcs(&aws, Some("vpc-2")).await.unwrap();
    assert_eq!(found[1].cidrs, ["10.0.0.0/16", "10.1.0.0/16"]);
    assert_eq!((found[0].dns_support, found[1].dns_support), (false, true));
    assert_eq!(attribute.num_calls(), 2);
}

#[tokio::test]
async fn subnets_are_read_by_a_filter() {
    let describe = mock!(Client::describe_subnets)
        .match_requests(|request| {
            request.subnet_ids().is_empty()
                && request.filters()[0].values() == ["subnet-1", "subnet-2"]
        })
        .then_output(|| {
            let subnet = aws_sdk_ec2::types::Subnet::builder()
                .subnet_id("subnet-1")
                .available_ip_address_count(9);
            let other = aws_sdk_ec2::types::Subnet::builder().subnet_id("subnet-9").build();
            DescribeSubnetsOutput::builder().subnets(subnet.build()).subnets(other).build()
        });
    let aws = Aws { ec2: client!(aws_sdk_ec2, &describe), ..mocked::aws() };
    let found = read_subnets(&aws, &["subnet-1".into(), "subnet-2".into()]).await.unwrap();
    assert_eq!((found.len(), found[0].free_addresses), (1, 9));
}
