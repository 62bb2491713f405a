//! Zones, VPCs, subnets and security groups.
//!
//! They are read by a filter, not by id: an absent one is then left out and does not fail the whole
//! call. MiniStack ignores some filters, so the response is filtered again.

use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, Vpc, VpcAttributeName};
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
        .filters(new_filter("zone-type", &["availability-zone".to_owned()]));
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

/// Reads every VPC of the region, and the DNS settings of the one with this id.
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
        vpcs.push(read_vpc(aws, &vpc, closely).await?);
    }
    Ok(vpcs)
}

async fn read_vpc(aws: &Aws, vpc: &Vpc, closely: Option<&str>) -> Result<ExistingVpc, KindError> {
    let id = vpc.vpc_id().unwrap_or_default().to_owned();
    let looked_at = closely == Some(id.as_str());
    let tenancy = vpc.instance_tenancy().map(|tenancy| tenancy.as_str().to_owned());
    Ok(ExistingVpc {
        cidrs: cidr_blocks(vpc),
        tenancy: tenancy.unwrap_or_default(),
        dns_support: looked_at
            && read_dns_attribute(aws, &id, VpcAttributeName::EnableDnsSupport).await?,
        dns_hostnames: looked_at
            && read_dns_attribute(aws, &id, VpcAttributeName::EnableDnsHostnames).await?,
        id,
    })
}

fn cidr_blocks(vpc: &Vpc) -> Vec<String> {
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

async fn read_dns_attribute(
    aws: &Aws,
    id: &str,
    attribute: VpcAttributeName,
) -> Result<bool, KindError> {
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
    let describe = aws.ec2.describe_subnets().filters(new_filter("subnet-id", ids));
    let found = describe.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.map_err(KindError::doing("reading subnets", &ids.join(", ")))?;
    Ok(found
        .into_iter()
        .map(to_existing_subnet)
        .filter(|subnet| ids.contains(&subnet.id))
        .collect())
}

fn to_existing_subnet(found: aws_sdk_ec2::types::Subnet) -> ExistingSubnet {
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
    let describe = aws.ec2.describe_security_groups().filters(new_filter("group-id", ids));
    let found = describe.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.map_err(KindError::doing("reading security groups", &ids.join(", ")))?;
    let group = |found: aws_sdk_ec2::types::SecurityGroup| ExistingSecurityGroup {
        id: found.group_id.unwrap_or_default(),
        vpc_id: found.vpc_id.unwrap_or_default(),
    };
    Ok(found.into_iter().map(group).filter(|group| ids.contains(&group.id)).collect())
}

fn new_filter(name: &str, values: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}

#[cfg(test)]
mod tests;
