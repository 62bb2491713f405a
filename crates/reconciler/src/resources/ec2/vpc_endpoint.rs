//! VPC endpoint: a way to a service of AWS that leads past the internet.
//!
//! A gateway endpoint (S3) is a route in route tables and free. An interface endpoint is a network
//! interface in each of its subnets, billed by the hour; with private DNS the service's usual host
//! name resolves to it (AWS `PrivateLink` Guide, "Gateway endpoints" and "Access an AWS service
//! using an interface VPC endpoint"). One that an interrupted run left `pending` shows a field
//! `state`, so that it is waited for.

mod availability;
mod delete;
mod describe;
mod live_state;
mod modify;

use std::collections::BTreeSet;

use aws::SdkFailure;
use aws_sdk_ec2::types::{ResourceType, VpcEndpoint as Described, VpcEndpointType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::availability::await_available;
use self::delete::delete_all;
use self::describe::{id_of, is_alive, list_vpc_endpoints};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, keep_one};
use crate::resources::ec2::recovery::{adopt_after_lost_response, complete_resource};
use crate::resources::ec2::retry::sent_once;
use crate::resources::ec2::tagging::tag_specification;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointType {
    Gateway,
    Interface,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    pub vpc_id: String,
    /// `com.amazonaws.eu-central-1.s3`
    pub service_name: String,
    pub endpoint_type: EndpointType,
    /// Of a gateway endpoint, in any order.
    pub route_table_ids: Vec<String>,
    /// Of an interface endpoint, at most one for each zone, in any order.
    pub subnet_ids: Vec<String>,
    /// Of an interface endpoint, in any order.
    pub security_group_ids: Vec<String>,
    /// Whether the service's usual host name resolves to the interface endpoint. The VPC must have
    /// DNS support and DNS host names.
    pub private_dns: bool,
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
        // The second for private DNS (Service Authorization Reference, "Amazon EC2", dependent
        // actions of `CreateVpcEndpoint`).
        implied: &["ec2:CreateTags", "route53:AssociateVPCWithHostedZone"],
    };
    const FORCE_NEW: &'static [&'static str] = &["vpc_id", "service_name", "endpoint_type"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let managed = list_vpc_endpoints(aws, id).await?.into_iter().filter(is_alive).collect();
        let in_use = async |endpoint: &Described| {
            Ok(!endpoint.route_table_ids().is_empty() || !endpoint.subnet_ids().is_empty())
        };
        let picked = keep_one(managed, id_of, in_use).await?;
        Ok(picked.map(|(endpoint, duplicates)| self.live_resource(aws, &endpoint, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        // Their client tokens may still be remembered.
        let listed = list_vpc_endpoints(aws, id).await?;
        let dead = listed.iter().filter(|endpoint| !is_alive(endpoint));
        let dead: BTreeSet<String> = dead.map(|endpoint| id_of(endpoint).to_owned()).collect();
        let make = async |generation| self.create_vpc_endpoint(aws, id, generation).await;
        let lives = async |made: &str| {
            if dead.contains(made) { Ok(false) } else { await_available(aws, made).await }
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
        self.modify_vpc_endpoint(aws, found, changed).await
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
        let create = create.policy_document(self.policy.to_string());
        let create = match self.endpoint_type {
            EndpointType::Gateway => create
                .vpc_endpoint_type(VpcEndpointType::Gateway)
                .set_route_table_ids(Some(self.route_table_ids.clone())),
            EndpointType::Interface => create
                .vpc_endpoint_type(VpcEndpointType::Interface)
                .set_subnet_ids(Some(self.subnet_ids.clone()))
                .set_security_group_ids(Some(self.security_group_ids.clone()))
                .private_dns_enabled(self.private_dns),
        };
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::VpcEndpoint));
        let create = create.client_token(client_token(aws, id, self, generation));
        let made = create.customize().config_override(sent_once()).send().await?.vpc_endpoint;
        let endpoint_id = made.and_then(|endpoint| endpoint.vpc_endpoint_id);
        endpoint_id.ok_or_else(|| SdkFailure::incomplete("id of the VPC endpoint"))
    }
}

#[cfg(test)]
mod tests;
