//! Gateway VPC endpoint: the way to S3 that leads past the NAT gateway, as routes in route tables.

mod delete;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{ResourceType, VpcEndpoint as Described, VpcEndpointType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::delete::delete_all;
use crate::diff::in_order_of;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{becomes_visible, retry_until_settled, sent_once};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};
use crate::{Aws, policy_document};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    pub vpc_id: String,
    /// `com.amazonaws.eu-central-1.s3`
    pub service_name: String,
    /// In any order.
    pub route_table_ids: Vec<String>,
    /// The endpoint policy: the actions allowed through it.
    pub policy: Value,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for VpcEndpoint {
    const NAME: &'static str = "VPC endpoint";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeVpcEndpoints"],
        make: &["ec2:CreateVpcEndpoint"],
        change: &["ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["vpc_id", "service_name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages =
            aws.ec2.describe_vpc_endpoints().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed: Vec<Described> =
            listed.map_err(KindError::doing("listing VPC endpoints for", id.as_str()))?;
        let is_ours =
            |endpoint: &Described| is_alive(endpoint) && is_managed(aws, id, endpoint.tags());
        let routed = async |endpoint: &Described| Ok(!endpoint.route_table_ids().is_empty());
        let picked = keep_one(listed.into_iter().filter(is_ours).collect(), id_of, routed).await?;
        Ok(picked.map(|(endpoint, duplicates)| self.live_resource(aws, &endpoint, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let make = async |generation| self.create_vpc_endpoint(aws, id, generation).await;
        let lives = async |made: &str| {
            becomes_visible(async || describe_vpc_endpoint(aws, made).await).await
        };
        match make_by_token("creating VPC endpoint", id, make, lives).await {
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
        // First, because a route table takes one endpoint of a service.
        let duplicates = duplicate_ids(found);
        delete_all(aws, &duplicates).await?;
        let (routes, policy) =
            (contains_field(changed, "route_table_ids"), contains_field(changed, "policy"));
        if !routes && !policy {
            return Ok(());
        }
        let endpoint_id = found.attribute("id");
        let mut modify = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint_id);
        if routes {
            let (added, removed) = self.changed_routing(&found.state);
            modify = modify.set_add_route_table_ids(added).set_remove_route_table_ids(removed);
        }
        if policy {
            modify = modify.policy_document(self.policy.to_string());
        }
        let sent = retry_until_settled(async || Ok(modify.clone().send().await?)).await;
        sent.map(drop).map_err(KindError::doing("changing VPC endpoint", endpoint_id))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_all(aws, &all_ids(found)).await
    }
}

impl VpcEndpoint {
    async fn create_vpc_endpoint(
        &self,
        aws: &Aws,
        id: &ResourceId,
        generation: u32,
    ) -> Result<String, SdkFailure> {
        let create =
            aws.ec2.create_vpc_endpoint().vpc_id(&self.vpc_id).service_name(&self.service_name);
        let create = create
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .policy_document(self.policy.to_string());
        let create = create.set_route_table_ids(Some(self.route_table_ids.clone()));
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::VpcEndpoint));
        let create = create.client_token(client_token(aws, id, self, generation));
        let made = create.customize().config_override(sent_once()).send().await?.vpc_endpoint;
        let endpoint_id = made.and_then(|endpoint| endpoint.vpc_endpoint_id);
        endpoint_id.ok_or_else(|| SdkFailure::incomplete("id of the VPC endpoint"))
    }

    fn live_resource(
        &self,
        aws: &Aws,
        endpoint: &Described,
        duplicates: Vec<String>,
    ) -> LiveResource {
        let endpoint_id = id_of(endpoint);
        let route_table_ids = endpoint.route_table_ids().to_vec();
        let state = json!(Self {
            vpc_id: endpoint.vpc_id().unwrap_or_default().to_owned(),
            service_name: endpoint.service_name().unwrap_or_default().to_owned(),
            route_table_ids: in_order_of(&self.route_table_ids, route_table_ids),
            policy: self.policy_of(endpoint),
            duplicates,
        });
        let arn = aws.names.regional_arn("ec2", &format!("vpc-endpoint/{endpoint_id}"));
        let attributes =
            BTreeMap::from([("id".to_owned(), endpoint_id.to_owned()), ("arn".to_owned(), arn)]);
        LiveResource { state, attributes, managed: true }
    }

    /// EC2 always returns the policy of a gateway endpoint; without one in the response, the
    /// desired policy counts as live.
    fn policy_of(&self, endpoint: &Described) -> Value {
        let read = |document| policy_document::parse(&self.policy, document);
        endpoint.policy_document().map_or_else(|| self.policy.clone(), read)
    }

    /// Route tables to add and to remove; `None` where there are none.
    fn changed_routing(&self, found: &Value) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let now: Vec<String> =
            serde_json::from_value(found["route_table_ids"].clone()).unwrap_or_default();
        let without = |some: &[String], others: &[String]| {
            let left: Vec<String> =
                some.iter().filter(|id| !others.contains(id)).cloned().collect();
            (!left.is_empty()).then_some(left)
        };
        (without(&self.route_table_ids, &now), without(&now, &self.route_table_ids))
    }
}

fn id_of(endpoint: &Described) -> &str {
    endpoint.vpc_endpoint_id().unwrap_or_default()
}

/// EC2 returns the state in lower case, although its model has it capitalised.
fn is_alive(endpoint: &Described) -> bool {
    let state =
        endpoint.state().map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default();
    !["deleting", "deleted", "failed", "rejected", "expired"].contains(&state.as_str())
}

async fn describe_vpc_endpoint(aws: &Aws, endpoint_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_vpc_endpoints().vpc_endpoint_ids(endpoint_id).send().await;
    let answer = answer.map(|answer| {
        answer.vpc_endpoints.unwrap_or_default().into_iter().filter(is_alive).collect()
    });
    none_if_absent(answer).map_err(KindError::doing("describing VPC endpoint", endpoint_id))
}

#[cfg(test)]
mod tests;
