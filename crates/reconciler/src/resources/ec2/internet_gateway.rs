//! Internet gateway: connects one VPC to the internet.
//!
//! Attaching is a separate call: a detached gateway is attached in place, one that is attached to
//! another VPC is moved.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{AttachmentStatus, InternetGateway as Described, ResourceType};
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
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// Empty when it is attached to none.
    pub vpc_id: String,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for InternetGateway {
    const NAME: &'static str = "internet gateway";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeInternetGateways"],
        make: &["ec2:CreateInternetGateway"],
        change: &[
            "ec2:AttachInternetGateway",
            "ec2:DeleteInternetGateway",
            "ec2:DetachInternetGateway",
        ],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &[];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages =
            aws.ec2.describe_internet_gateways().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed =
            listed.map_err(KindError::doing("listing internet gateways for", id.as_str()))?;
        let managed =
            listed.into_iter().filter(|gateway| is_managed(aws, id, gateway.tags())).collect();
        let attached = async |gateway: &Described| Ok(!attached_to(gateway).is_empty());
        Ok(keep_one(managed, id_of, attached)
            .await?
            .map(|(gateway, duplicates)| live_resource(&gateway, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        match create_internet_gateway(aws, id).await {
            Ok(gateway_id) => self.attach_gateway(aws, &gateway_id).await,
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
        let gateway_id = found.attribute("id");
        if contains_field(changed, "vpc_id") {
            detach_from_others(aws, gateway_id, &self.vpc_id).await?;
            self.attach_gateway(aws, gateway_id).await?;
        }
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for gateway_id in all_ids(found) {
            delete_one(aws, &gateway_id).await?;
        }
        Ok(())
    }
}

impl InternetGateway {
    async fn attach_gateway(&self, aws: &Aws, gateway_id: &str) -> Result<(), KindError> {
        let attach =
            aws.ec2.attach_internet_gateway().internet_gateway_id(gateway_id).vpc_id(&self.vpc_id);
        let Err(failure) = retry_until_settled(async || Ok(attach.clone().send().await?)).await
        else {
            return Ok(());
        };
        // An earlier call whose response was lost, unless another gateway is attached to the VPC.
        let there = failure.is(&["Resource.AlreadyAssociated"])
            && self.is_attached(aws, gateway_id).await?;
        if there {
            Ok(())
        } else {
            Err(KindError::doing("attaching internet gateway", gateway_id)(failure))
        }
    }

    async fn is_attached(&self, aws: &Aws, gateway_id: &str) -> Result<bool, KindError> {
        Ok(describe_internet_gateway(aws, gateway_id)
            .await?
            .iter()
            .any(|gateway| attached_to(gateway) == self.vpc_id))
    }
}

/// Takes a gateway off a VPC, as soon as no address of that VPC needs it any more.
pub(super) async fn detach_gateway(
    aws: &Aws,
    gateway_id: &str,
    vpc_id: &str,
) -> Result<(), KindError> {
    let detach = aws.ec2.detach_internet_gateway().internet_gateway_id(gateway_id).vpc_id(vpc_id);
    match delete_when_free(async || Ok(detach.clone().send().await?)).await {
        Err(failure) if !failure.is(&["Gateway.NotAttached"]) => {
            Err(KindError::doing("detaching internet gateway", gateway_id)(failure))
        }
        _ => Ok(()),
    }
}

async fn detach_from_others(aws: &Aws, gateway_id: &str, managed: &str) -> Result<(), KindError> {
    for gateway in describe_internet_gateway(aws, gateway_id).await? {
        let other = attached_to(&gateway);
        if !other.is_empty() && other != managed {
            detach_gateway(aws, gateway_id, other).await?;
        }
    }
    Ok(())
}

async fn create_internet_gateway(aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
    let tags = tag_specification(aws, id, ResourceType::InternetGateway);
    let create = aws.ec2.create_internet_gateway().tag_specifications(tags);
    let send = async || Ok(create.clone().customize().config_override(sent_once()).send().await?);
    let made = retry_until_settled(send).await;
    let doing = "creating internet gateway";
    let made = made.map_err(KindError::doing(doing, id.as_str()))?;
    let gateway_id = made.internet_gateway.and_then(|gateway| gateway.internet_gateway_id);
    gateway_id.ok_or_else(|| {
        KindError::doing(doing, id.as_str())(SdkFailure::incomplete("id of the internet gateway"))
    })
}

fn id_of(gateway: &Described) -> &str {
    gateway.internet_gateway_id().unwrap_or_default()
}

/// The VPC it is attached to, or nothing.
fn attached_to(gateway: &Described) -> &str {
    let attached =
        gateway.attachments().iter().find(|attachment| is_attached(attachment.state.as_ref()));
    attached.and_then(|attachment| attachment.vpc_id()).unwrap_or_default()
}

/// The state of an attachment is `available` where other resources use `attached` (EC2 API
/// reference, `InternetGatewayAttachment`).
fn is_attached(state: Option<&AttachmentStatus>) -> bool {
    !matches!(state, None | Some(AttachmentStatus::Detaching | AttachmentStatus::Detached))
}

fn live_resource(gateway: &Described, duplicates: Vec<String>) -> LiveResource {
    let attributes = BTreeMap::from([("id".to_owned(), id_of(gateway).to_owned())]);
    let vpc_id = attached_to(gateway).to_owned();
    LiveResource { state: json!(InternetGateway { vpc_id, duplicates }), attributes, managed: true }
}

async fn describe_internet_gateway(
    aws: &Aws,
    gateway_id: &str,
) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_internet_gateways().internet_gateway_ids(gateway_id).send().await;
    let answer = answer.map(|answer| answer.internet_gateways.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing internet gateway", gateway_id))
}

async fn delete_one(aws: &Aws, gateway_id: &str) -> Result<(), KindError> {
    detach_from_others(aws, gateway_id, "").await?;
    let delete = aws.ec2.delete_internet_gateway().internet_gateway_id(gateway_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting internet gateway", gateway_id))?;
    wait_until_gone("deleting internet gateway", gateway_id, async || {
        describe_internet_gateway(aws, gateway_id).await
    })
    .await
}

#[cfg(test)]
mod tests;
