//! Zones, VPCs, subnets and security groups.
//!
//! They are asked for by a filter, not by id: one that does not exist is then left out instead of
//! failing the whole call. MiniStack leaves some filters out of account, so the answer is sifted
//! once more.

use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, VpcAttributeName};
use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::kind_error::KindError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingVpc {
    pub id: String,
    /// Every IPv4 range, the first one first.
    pub cidrs: Vec<String>,
    /// `default`, `dedicated` or `host`.
    pub tenancy: String,
    pub dns_support: bool,
    pub dns_hostnames: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingSubnet {
    pub id: String,
    pub vpc_id: String,
    pub availability_zone: String,
    pub cidr: String,
    pub free_addresses: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingSecurityGroup {
    pub id: String,
    pub vpc_id: String,
}

/// The names of the region's availability zones that every account has, sorted. One that is
/// impaired just now is among them: a plan must not depend on the moment.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn read_availability_zones(aws: &Aws) -> Result<Vec<String>, KindError> {
    let describe = aws
        .ec2
        .describe_availability_zones()
        .filters(filter("zone-type", &["availability-zone".to_owned()]));
    let answer = describe
        .send()
        .await
        .map_err(KindError::doing("listing availability zones of", &aws.names.region))?;
    let usual = |status: &str| status == "opt-in-not-required";
    let zones = answer.availability_zones.unwrap_or_default().into_iter();
    let zones =
        zones.filter(|zone| zone.opt_in_status().is_none_or(|status| usual(status.as_str())));
    let mut names: Vec<String> = zones.filter_map(|zone| zone.zone_name).collect();
    names.sort();
    Ok(names)
}

/// Every VPC of the region. Whether DNS works in it is asked only of the one of this id.
///
/// # Errors
/// [`KindError`] when a call fails.
pub async fn read_vpcs(aws: &Aws, closely: Option<&str>) -> Result<Vec<ExistingVpc>, KindError> {
    let pages = aws
        .ec2
        .describe_vpcs()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await;
    let mut vpcs = Vec::new();
    for vpc in pages.map_err(KindError::doing("listing VPCs of", &aws.names.region))? {
        let id = vpc.vpc_id().unwrap_or_default().to_owned();
        let looked_at = closely == Some(id.as_str());
        vpcs.push(ExistingVpc {
            cidrs: cidrs(&vpc),
            tenancy: vpc
                .instance_tenancy()
                .map(|tenancy| tenancy.as_str().to_owned())
                .unwrap_or_default(),
            dns_support: looked_at && dns(aws, &id, VpcAttributeName::EnableDnsSupport).await?,
            dns_hostnames: looked_at && dns(aws, &id, VpcAttributeName::EnableDnsHostnames).await?,
            id,
        });
    }
    Ok(vpcs)
}

fn cidrs(vpc: &aws_sdk_ec2::types::Vpc) -> Vec<String> {
    let mut all: Vec<String> = vpc.cidr_block().map(str::to_owned).into_iter().collect();
    for other in
        vpc.cidr_block_association_set().iter().filter_map(|association| association.cidr_block())
    {
        if !all.iter().any(|cidr| cidr == other) {
            all.push(other.to_owned());
        }
    }
    all
}

async fn dns(aws: &Aws, id: &str, attribute: VpcAttributeName) -> Result<bool, KindError> {
    let describe = aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(attribute);
    let answer =
        describe.send().await.map_err(KindError::doing("reading DNS settings of VPC", id))?;
    let on = |value: Option<AttributeBooleanValue>| {
        value.and_then(|value| value.value).unwrap_or_default()
    };
    Ok(on(answer.enable_dns_support) || on(answer.enable_dns_hostnames))
}

/// Those of the subnets that exist.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn read_subnets(aws: &Aws, ids: &[String]) -> Result<Vec<ExistingSubnet>, KindError> {
    let describe = aws.ec2.describe_subnets().filters(filter("subnet-id", ids));
    let found = describe.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.map_err(KindError::doing("reading subnets", &ids.join(", ")))?;
    Ok(found.into_iter().map(subnet).filter(|subnet| ids.contains(&subnet.id)).collect())
}

fn subnet(found: aws_sdk_ec2::types::Subnet) -> ExistingSubnet {
    ExistingSubnet {
        id: found.subnet_id.unwrap_or_default(),
        vpc_id: found.vpc_id.unwrap_or_default(),
        availability_zone: found.availability_zone.unwrap_or_default(),
        cidr: found.cidr_block.unwrap_or_default(),
        free_addresses: found.available_ip_address_count.unwrap_or_default(),
    }
}

/// Those of the security groups that exist.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn read_security_groups(
    aws: &Aws,
    ids: &[String],
) -> Result<Vec<ExistingSecurityGroup>, KindError> {
    let describe = aws.ec2.describe_security_groups().filters(filter("group-id", ids));
    let found = describe.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.map_err(KindError::doing("reading security groups", &ids.join(", ")))?;
    let group = |found: aws_sdk_ec2::types::SecurityGroup| ExistingSecurityGroup {
        id: found.group_id.unwrap_or_default(),
        vpc_id: found.vpc_id.unwrap_or_default(),
    };
    Ok(found.into_iter().map(group).filter(|group| ids.contains(&group.id)).collect())
}

fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}

#[cfg(test)]
mod tests {
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
                AvailabilityZone::builder()
                    .zone_name(name)
                    .state(state)
                    .opt_in_status(status)
                    .build()
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
        assert_eq!(
            read_availability_zones(&aws).await.unwrap(),
            ["eu-central-1a", "eu-central-1b"]
        );
    }

    #[tokio::test]
    async fn only_the_vpc_in_question_is_looked_at_closely() {
        let describe = mock!(Client::describe_vpcs).then_output(|| {
            let vpc = |id| {
                let second = VpcCidrBlockAssociation::builder().cidr_block("10.1.0.0/16").build();
                let vpc = aws_sdk_ec2::types::Vpc::builder().vpc_id(id).cidr_block("10.0.0.0/16");
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
    async fn subnets_are_asked_for_by_a_filter() {
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
}
