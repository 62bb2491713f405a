//! Reads of a VPC and its settings.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Vpc as Described, VpcAttributeName};
use futures::future::try_join3;
use serde_json::json;

use super::{Vpc, id_of};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_kind::LiveResource;
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::retry_until_settled;
use crate::resources::ec2::tagging::new_filter;

pub(super) async fn live_resource(
    aws: &Aws,
    vpc: &Described,
    duplicates: Vec<String>,
) -> Result<LiveResource, KindError> {
    let vpc_id = id_of(vpc);
    let (dns_support, dns_hostnames, default_group) = try_join3(
        is_on(aws, vpc_id, VpcAttributeName::EnableDnsSupport),
        is_on(aws, vpc_id, VpcAttributeName::EnableDnsHostnames),
        default_security_group(aws, vpc_id),
    )
    .await?;
    let cidr = vpc.cidr_block().unwrap_or_default().to_owned();
    let state = json!(Vpc { cidr, dns_support, dns_hostnames, duplicates });
    let attributes = live_attributes(aws, vpc_id, default_group);
    Ok(LiveResource { state, attributes, managed: true })
}

fn live_attributes(aws: &Aws, vpc_id: &str, default_group: String) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("id".to_owned(), vpc_id.to_owned()),
        ("arn".to_owned(), aws.names.regional_arn("ec2", &format!("vpc/{vpc_id}"))),
        ("default_security_group_id".to_owned(), default_group),
    ])
}

pub(super) async fn is_on(
    aws: &Aws,
    vpc_id: &str,
    attribute: VpcAttributeName,
) -> Result<bool, KindError> {
    let describe = aws.ec2.describe_vpc_attribute().vpc_id(vpc_id).attribute(attribute);
    let answer = retry_until_settled(async || Ok(describe.clone().send().await?)).await;
    let answer = answer.map_err(KindError::doing("reading DNS of VPC", vpc_id))?;
    let value = answer.enable_dns_support.or(answer.enable_dns_hostnames);
    Ok(value.and_then(|value| value.value).unwrap_or(false))
}

/// The default security group, which every VPC has.
pub(super) async fn default_security_group(aws: &Aws, vpc_id: &str) -> Result<String, KindError> {
    let describe = aws.ec2.describe_security_groups().filters(new_filter("vpc-id", vpc_id));
    let answer = describe.filters(new_filter("group-name", "default")).send().await;
    let answer =
        answer.map_err(KindError::doing("finding the default security group of VPC", vpc_id))?;
    Ok(answer.security_groups().iter().find_map(|group| group.group_id.clone()).unwrap_or_default())
}

pub(super) async fn has_subnets(aws: &Aws, vpc_id: &str) -> Result<bool, KindError> {
    let answer = aws.ec2.describe_subnets().filters(new_filter("vpc-id", vpc_id)).send().await;
    let answer = answer.map_err(KindError::doing("listing subnets of VPC", vpc_id))?;
    Ok(!answer.subnets().is_empty())
}

pub(super) async fn describe_vpc(aws: &Aws, vpc_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_vpcs().vpc_ids(vpc_id).send().await;
    let answer = answer.map(|answer| answer.vpcs.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing VPC", vpc_id))
}
