//! Public NAT gateway: private subnets' way out, with an elastic IP address of its own.
//!
//! It takes minutes to come and to go, and stays visible as `deleted` or `failed` for about an hour
//! (Amazon VPC user guide, "NAT gateways"). One that an interrupted run left `pending` shows a
//! field `state`, so that it is waited for.

mod availability;

use std::collections::{BTreeMap, BTreeSet};

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    ConnectivityType, NatGateway as Described, NatGatewayState, ResourceType,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::availability::{await_available, waiting_error};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{delete_when_free, sent_once, wait_until_gone};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NatGateway {
    /// A public subnet: one with a route to an internet gateway.
    pub subnet_id: String,
    /// `eipalloc-…`
    pub allocation_id: String,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for NatGateway {
    const NAME: &'static str = "NAT gateway";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeNatGateways"],
        make: &["ec2:CreateNatGateway"],
        change: &["ec2:DeleteNatGateway"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["subnet_id", "allocation_id"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let managed = list_nat_gateways(aws, id).await?.into_iter().filter(is_alive).collect();
        let available =
            async |gateway: &Described| Ok(gateway.state == Some(NatGatewayState::Available));
        Ok(keep_one(managed, id_of, available)
            .await?
            .map(|(gateway, duplicates)| self.live_resource(&gateway, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let dead: BTreeSet<String> = list_nat_gateways(aws, id)
            .await?
            .iter()
            .map(|gateway| id_of(gateway).to_owned())
            .collect();
        let make = async |generation| self.create_nat_gateway(aws, id, generation).await;
        let lives = async |made: &str| {
            if dead.contains(made) { Ok(false) } else { await_available(aws, made).await }
        };
        match make_by_token("creating NAT gateway", id, make, lives).await {
            Ok(_) => Ok(()),
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
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        let gateway_id = found.attribute("id");
        if contains_field(changed, "state") && !await_available(aws, gateway_id).await? {
            return Err(waiting_error(gateway_id)(Cause::Other(
                "it was deleted in the meantime".to_owned(),
            )));
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

impl NatGateway {
    async fn create_nat_gateway(
        &self,
        aws: &Aws,
        id: &ResourceId,
        generation: u32,
    ) -> Result<String, SdkFailure> {
        let create = aws
            .ec2
            .create_nat_gateway()
            .subnet_id(&self.subnet_id)
            .allocation_id(&self.allocation_id);
        let create = create.connectivity_type(ConnectivityType::Public);
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::Natgateway));
        let token = client_token(aws, id, &(&self.subnet_id, &self.allocation_id), generation);
        let create = create.client_token(token).customize().config_override(sent_once());
        let gateway = create.send().await?.nat_gateway;
        let gateway_id = gateway.and_then(|gateway| gateway.nat_gateway_id);
        gateway_id.ok_or_else(|| SdkFailure::incomplete("id of the NAT gateway"))
    }

    fn live_resource(&self, gateway: &Described, duplicates: Vec<String>) -> LiveResource {
        let subnet_id = gateway.subnet_id().unwrap_or_default().to_owned();
        let allocation_id = self.allocation_of(gateway);
        let mut state = json!(Self { subnet_id, allocation_id, duplicates });
        if gateway.state == Some(NatGatewayState::Pending) {
            state["state"] = json!(NatGatewayState::Pending.as_str());
        }
        let attributes = BTreeMap::from([("id".to_owned(), id_of(gateway).to_owned())]);
        LiveResource { state, attributes, managed: true }
    }

    /// Without an address in the response, the desired allocation counts as live.
    fn allocation_of(&self, gateway: &Described) -> String {
        let address = gateway
            .nat_gateway_addresses()
            .iter()
            .find_map(|address| address.allocation_id.clone());
        let desired = || {
            if is_reference(&self.allocation_id) {
                String::new()
            } else {
                self.allocation_id.clone()
            }
        };
        address.unwrap_or_else(desired)
    }
}

fn id_of(gateway: &Described) -> &str {
    gateway.nat_gateway_id().unwrap_or_default()
}

fn is_alive(gateway: &Described) -> bool {
    matches!(gateway.state, Some(NatGatewayState::Pending | NatGatewayState::Available))
}

/// All managed NAT gateways, including deleted and failed ones.
async fn list_nat_gateways(aws: &Aws, id: &ResourceId) -> Result<Vec<Described>, KindError> {
    let pages = aws.ec2.describe_nat_gateways().set_filter(tag_filters(aws, id)).into_paginator();
    let listed = pages.items().send().try_collect().await;
    let listed = listed.map_err(KindError::doing("listing NAT gateways for", id.as_str()))?;
    Ok(listed.into_iter().filter(|gateway| is_managed(aws, id, gateway.tags())).collect())
}

async fn describe_nat_gateway(aws: &Aws, gateway_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_nat_gateways().nat_gateway_ids(gateway_id).send().await;
    let answer = answer.map(|answer| answer.nat_gateways.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing NAT gateway", gateway_id))
}

/// Its address and its subnet can go only when it is gone.
async fn delete_one(aws: &Aws, gateway_id: &str) -> Result<(), KindError> {
    let delete = aws.ec2.delete_nat_gateway().nat_gateway_id(gateway_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting NAT gateway", gateway_id))?;
    wait_until_gone("deleting NAT gateway", gateway_id, async || {
        let mut left = describe_nat_gateway(aws, gateway_id).await?;
        left.retain(|gateway| gateway.state != Some(NatGatewayState::Deleted));
        Ok(left)
    })
    .await
}

#[cfg(test)]
mod tests;
