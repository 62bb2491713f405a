//! VPC: the network that everything else is in.
//!
//! Its DNS switches are attributes of their own, read and changed one by one (EC2 API reference,
//! `ModifyVpcAttribute`).

mod describe;

use aws::SdkFailure;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Vpc as Described, VpcState};
use serde::{Deserialize, Serialize};

use self::describe::{describe_vpc, has_subnets, live_resource};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::retry::{
    delete_when_free, retry_until_settled, sent_once, wait_until_gone,
};
use crate::resources::ec2::tagging::{
    is_managed, new_filter, stack_filter, tag_filters, tag_specification,
};
use crate::wait::{self, EC2_SETTLES};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// `10.42.0.0/16`
    pub cidr: String,
    /// Whether its DNS resolver is on.
    pub dns_support: bool,
    /// Whether instances get names; needs `dns_support`.
    pub dns_hostnames: bool,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for Vpc {
    const NAME: &'static str = "VPC";
    const ACTIONS: Actions = Actions {
        look: &[
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
        ],
        make: &["ec2:CreateVpc"],
        change: &["ec2:DeleteVpc", "ec2:ModifyVpcAttribute"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["cidr"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages = aws.ec2.describe_vpcs().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages
            .items()
            .send()
            .try_collect()
            .await
            .map_err(KindError::doing("listing VPCs for", id.as_str()))?;
        let managed = listed.into_iter().filter(|vpc| is_managed(aws, id, vpc.tags())).collect();
        let in_use = async |vpc: &Described| has_subnets(aws, id_of(vpc)).await;
        match keep_one(managed, id_of, in_use).await? {
            Some((vpc, duplicates)) => live_resource(aws, &vpc, duplicates).await.map(Some),
            None => Ok(None),
        }
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let vpc_id = match self.create_vpc(aws, id).await {
            Ok(vpc_id) => vpc_id,
            Err(error) => return adopt_after_lost_response(self, aws, id, error).await,
        };
        await_available(aws, &vpc_id).await?;
        // A new VPC has support and no names (Amazon VPC user guide, "DNS attributes for your
        // VPC").
        self.switch_dns(aws, &vpc_id, !self.dns_support, self.dns_hostnames).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let (support, hostnames) =
            (contains_field(changed, "dns_support"), contains_field(changed, "dns_hostnames"));
        self.switch_dns(aws, found.attribute("id"), support, hostnames).await?;
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for vpc_id in all_ids(found) {
            delete_one(aws, &vpc_id).await?;
        }
        Ok(())
    }
}

impl Vpc {
    async fn create_vpc(&self, aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
        let tags = tag_specification(aws, id, ResourceType::Vpc);
        let create = aws.ec2.create_vpc().cidr_block(&self.cidr).tag_specifications(tags);
        let send =
            async || Ok(create.clone().customize().config_override(sent_once()).send().await?);
        let made = retry_until_settled(send).await;
        let made = made.map_err(KindError::doing("creating VPC", id.as_str()))?;
        let vpc_id = made.vpc.and_then(|vpc| vpc.vpc_id);
        vpc_id.ok_or_else(|| {
            KindError::doing("creating VPC", id.as_str())(SdkFailure::incomplete("id of the VPC"))
        })
    }

    /// Sets the switches that differ, in the order that EC2 requires: host names only while the
    /// resolver is on.
    async fn switch_dns(
        &self,
        aws: &Aws,
        vpc_id: &str,
        support: bool,
        hostnames: bool,
    ) -> Result<(), KindError> {
        let value = |on| AttributeBooleanValue::builder().value(on).build();
        let modify = aws.ec2.modify_vpc_attribute().vpc_id(vpc_id);
        let support = support.then(|| modify.clone().enable_dns_support(value(self.dns_support)));
        let hostnames = hostnames.then(|| modify.enable_dns_hostnames(value(self.dns_hostnames)));
        let in_order = if self.dns_support { [support, hostnames] } else { [hostnames, support] };
        for call in in_order.into_iter().flatten() {
            let sent = retry_until_settled(async || Ok(call.clone().send().await?)).await;
            sent.map_err(KindError::doing("changing DNS of VPC", vpc_id))?;
        }
        Ok(())
    }
}

fn id_of(vpc: &Described) -> &str {
    vpc.vpc_id().unwrap_or_default()
}

async fn await_available(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    let available = wait::until(EC2_SETTLES, async || {
        let state = describe_vpc(aws, vpc_id).await?.pop().and_then(|vpc| vpc.state);
        Ok((state == Some(VpcState::Available)).then_some(()))
    });
    let never = || Cause::Other("it did not become available; the next apply resumes".to_owned());
    available.await?.ok_or_else(|| KindError::doing("waiting for VPC", vpc_id)(never()))
}

async fn delete_one(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    detach_our_gateways(aws, vpc_id).await?;
    let delete = aws.ec2.delete_vpc().vpc_id(vpc_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting VPC", vpc_id))?;
    wait_until_gone("deleting VPC", vpc_id, async || describe_vpc(aws, vpc_id).await).await
}

/// A gateway outlives a VPC that is replaced, and would keep it from going.
async fn detach_our_gateways(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    let attached = aws.ec2.describe_internet_gateways().filters(stack_filter(aws));
    let attached = attached.filters(new_filter("attachment.vpc-id", vpc_id)).send().await;
    let attached =
        attached.map_err(KindError::doing("listing internet gateways of VPC", vpc_id))?;
    for gateway in attached.internet_gateways() {
        super::internet_gateway::detach_gateway(
            aws,
            gateway.internet_gateway_id().unwrap_or_default(),
            vpc_id,
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
