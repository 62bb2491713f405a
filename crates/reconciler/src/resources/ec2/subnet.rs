//! Subnet: a part of a VPC in one availability zone.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Subnet as Described};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{
    delete_when_free, retry_until_settled, sent_once, wait_until_gone,
};
use crate::resources::ec2::tagging::{is_managed, new_filter, tag_filters, tag_specification};
use crate::wait::{self, VISIBLE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    pub vpc_id: String,
    /// `10.42.0.0/24`
    pub cidr: String,
    /// `eu-central-1a`
    pub availability_zone: String,
    /// Whether instances get a public address by default.
    pub map_public_ip_on_launch: bool,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for Subnet {
    const NAME: &'static str = "subnet";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
        make: &["ec2:CreateSubnet"],
        change: &["ec2:DeleteSubnet", "ec2:ModifySubnetAttribute"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["vpc_id", "cidr", "availability_zone"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages = aws.ec2.describe_subnets().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed = listed.map_err(KindError::doing("listing subnets for", id.as_str()))?;
        let managed =
            listed.into_iter().filter(|subnet| is_managed(aws, id, subnet.tags())).collect();
        let in_use = async |subnet: &Described| has_interfaces(aws, id_of(subnet)).await;
        let picked = keep_one(managed, id_of, in_use).await?;
        Ok(picked.map(|(subnet, duplicates)| live_resource(aws, &subnet, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        match self.create_subnet(aws, id).await {
            // A new subnet gives no public addresses (EC2 API reference, `CreateSubnet`).
            Ok(subnet_id) if self.map_public_ip_on_launch => {
                self.map_public_ip(aws, &subnet_id).await
            }
            Ok(_) => Ok(()),
            Err(error) if error.is(&["InvalidSubnet.Conflict"]) => {
                self.adopt_subnet(aws, id, error).await
            }
            Err(error) => adopt_after_lost_response(self, aws, id, error).await,
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        if contains_field(changed, "map_public_ip_on_launch") {
            self.map_public_ip(aws, found.attribute("id")).await?;
        }
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for subnet_id in all_ids(found) {
            delete_one(aws, &subnet_id).await?;
        }
        Ok(())
    }
}

impl Subnet {
    async fn create_subnet(&self, aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
        let create = aws.ec2.create_subnet().vpc_id(&self.vpc_id).cidr_block(&self.cidr);
        let create = create.availability_zone(&self.availability_zone);
        let create = create.tag_specifications(tag_specification(aws, id, ResourceType::Subnet));
        let send =
            async || Ok(create.clone().customize().config_override(sent_once()).send().await?);
        let made = retry_until_settled(send).await;
        let made = made.map_err(KindError::doing("creating subnet", id.as_str()))?;
        let subnet_id = made.subnet.and_then(|subnet| subnet.subnet_id);
        subnet_id.ok_or_else(|| {
            KindError::doing("creating subnet", id.as_str())(SdkFailure::incomplete(
                "id of the subnet",
            ))
        })
    }

    /// The address range is in use: by an earlier call that reads did not show yet, or by another
    /// subnet.
    async fn adopt_subnet(
        &self,
        aws: &Aws,
        id: &ResourceId,
        conflict: KindError,
    ) -> Result<(), KindError> {
        match wait::until(VISIBLE, async || self.read(aws, id).await).await? {
            Some(found) => complete_resource(self, aws, id, &found).await,
            None => Err(conflict),
        }
    }

    async fn map_public_ip(&self, aws: &Aws, subnet_id: &str) -> Result<(), KindError> {
        let value = AttributeBooleanValue::builder().value(self.map_public_ip_on_launch).build();
        let modify =
            aws.ec2.modify_subnet_attribute().subnet_id(subnet_id).map_public_ip_on_launch(value);
        let sent = retry_until_settled(async || Ok(modify.clone().send().await?)).await;
        sent.map_err(KindError::doing("changing public addresses of subnet", subnet_id))?;
        Ok(())
    }
}

fn id_of(subnet: &Described) -> &str {
    subnet.subnet_id().unwrap_or_default()
}

fn live_resource(aws: &Aws, subnet: &Described, duplicates: Vec<String>) -> LiveResource {
    let subnet_id = id_of(subnet);
    let state = json!(Subnet {
        vpc_id: subnet.vpc_id().unwrap_or_default().to_owned(),
        cidr: subnet.cidr_block().unwrap_or_default().to_owned(),
        availability_zone: subnet.availability_zone().unwrap_or_default().to_owned(),
        map_public_ip_on_launch: subnet.map_public_ip_on_launch().unwrap_or(false),
        duplicates,
    });
    let arn = aws.names.regional_arn("ec2", &format!("subnet/{subnet_id}"));
    let attributes =
        BTreeMap::from([("id".to_owned(), subnet_id.to_owned()), ("arn".to_owned(), arn)]);
    LiveResource { state, attributes, managed: true }
}

/// Mount targets, NAT gateways, instances and DataSync all have network interfaces.
async fn has_interfaces(aws: &Aws, subnet_id: &str) -> Result<bool, KindError> {
    let answer = aws
        .ec2
        .describe_network_interfaces()
        .filters(new_filter("subnet-id", subnet_id))
        .send()
        .await;
    let answer =
        answer.map_err(KindError::doing("listing network interfaces of subnet", subnet_id))?;
    Ok(!answer.network_interfaces().is_empty())
}

async fn describe_subnet(aws: &Aws, subnet_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_subnets().subnet_ids(subnet_id).send().await;
    let answer = answer.map(|answer| answer.subnets.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing subnet", subnet_id))
}

async fn delete_one(aws: &Aws, subnet_id: &str) -> Result<(), KindError> {
    let delete = aws.ec2.delete_subnet().subnet_id(subnet_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting subnet", subnet_id))?;
    wait_until_gone("deleting subnet", subnet_id, async || describe_subnet(aws, subnet_id).await)
        .await
}

#[cfg(test)]
mod tests;
