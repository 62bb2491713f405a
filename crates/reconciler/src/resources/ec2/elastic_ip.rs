//! Elastic IP address: the address from which a NAT gateway speaks to the internet.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Address, DomainType, ResourceType};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{adopt_after_lost_response, complete_resource};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{
    delete_when_free, retry_until_settled, sent_once, wait_until_gone,
};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElasticIp {
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for ElasticIp {
    const NAME: &'static str = "elastic IP address";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeAddresses"],
        make: &["ec2:AllocateAddress"],
        change: &["ec2:ReleaseAddress"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &[];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        // DescribeAddresses has no pages.
        let answer = aws.ec2.describe_addresses().set_filters(tag_filters(aws, id)).send().await;
        let answer =
            answer.map_err(KindError::doing("listing elastic IP addresses for", id.as_str()))?;
        let listed = answer.addresses.unwrap_or_default();
        let managed =
            listed.into_iter().filter(|address| is_managed(aws, id, address.tags())).collect();
        let associated = async |address: &Address| Ok(address.association_id().is_some());
        Ok(keep_one(managed, id_of, associated)
            .await?
            .map(|(address, duplicates)| live_resource(&address, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let tags = tag_specification(aws, id, ResourceType::ElasticIp);
        let allocate = aws.ec2.allocate_address().domain(DomainType::Vpc).tag_specifications(tags);
        let send =
            async || Ok(allocate.clone().customize().config_override(sent_once()).send().await?);
        let made = retry_until_settled(send).await;
        match made.map_err(KindError::doing("allocating elastic IP address", id.as_str())) {
            Ok(_) => Ok(()),
            Err(error) => adopt_after_lost_response(self, aws, id, error).await,
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        for duplicate in duplicate_ids(found) {
            release_address(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for allocation_id in all_ids(found) {
            release_address(aws, &allocation_id).await?;
        }
        Ok(())
    }
}

fn id_of(address: &Address) -> &str {
    address.allocation_id().unwrap_or_default()
}

fn live_resource(address: &Address, duplicates: Vec<String>) -> LiveResource {
    let public_ip = address.public_ip().unwrap_or_default().to_owned();
    let attributes = BTreeMap::from([
        ("id".to_owned(), id_of(address).to_owned()),
        ("address".to_owned(), public_ip),
    ]);
    LiveResource { state: json!(ElasticIp { duplicates }), attributes, managed: true }
}

async fn release_address(aws: &Aws, allocation_id: &str) -> Result<(), KindError> {
    let release = aws.ec2.release_address().allocation_id(allocation_id);
    let removed = delete_when_free(async || Ok(release.clone().send().await?)).await;
    removed.map_err(KindError::doing("releasing elastic IP address", allocation_id))?;
    wait_until_gone("releasing elastic IP address", allocation_id, async || {
        describe_elastic_ip(aws, allocation_id).await
    })
    .await
}

async fn describe_elastic_ip(aws: &Aws, allocation_id: &str) -> Result<Vec<Address>, KindError> {
    let answer = aws.ec2.describe_addresses().allocation_ids(allocation_id).send().await;
    let answer = answer.map(|answer| answer.addresses.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing elastic IP address", allocation_id))
}

#[cfg(test)]
mod tests;
