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
    /// Others that a lost answer left; desired: none.
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
            .map(|(address, duplicates)| found(&address, duplicates)))
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
            release(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for allocation_id in all_ids(found) {
            release(aws, &allocation_id).await?;
        }
        Ok(())
    }
}

fn id_of(address: &Address) -> &str {
    address.allocation_id().unwrap_or_default()
}

fn found(address: &Address, duplicates: Vec<String>) -> LiveResource {
    let public_ip = address.public_ip().unwrap_or_default().to_owned();
    let attributes = BTreeMap::from([
        ("id".to_owned(), id_of(address).to_owned()),
        ("address".to_owned(), public_ip),
    ]);
    LiveResource { state: json!(ElasticIp { duplicates }), attributes, managed: true }
}

async fn release(aws: &Aws, allocation_id: &str) -> Result<(), KindError> {
    let release = aws.ec2.release_address().allocation_id(allocation_id);
    let removed = delete_when_free(async || Ok(release.clone().send().await?)).await;
    removed.map_err(KindError::doing("releasing elastic IP address", allocation_id))?;
    wait_until_gone("releasing elastic IP address", allocation_id, async || {
        described(aws, allocation_id).await
    })
    .await
}

async fn described(aws: &Aws, allocation_id: &str) -> Result<Vec<Address>, KindError> {
    let answer = aws.ec2.describe_addresses().allocation_ids(allocation_id).send().await;
    let answer = answer.map(|answer| answer.addresses.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing elastic IP address", allocation_id))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::allocate_address::AllocateAddressOutput;
    use aws_sdk_ec2::operation::describe_addresses::DescribeAddressesOutput;
    use aws_sdk_ec2::operation::release_address::ReleaseAddressOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::resources::ec2::testing::{refusal, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> ElasticIp {
        ElasticIp { duplicates: Vec::new() }
    }

    fn id() -> ResourceId {
        ResourceId::new("nat-address")
    }

    /// The second is in use. Another's comes along, as from a cloud that knows no filters.
    fn describes(allocation_ids: &'static [&'static str]) -> Rule {
        let by_tags = mock!(Client::describe_addresses)
            .match_requests(|request| request.allocation_ids().is_empty());
        by_tags.then_output(|| {
            let anothers =
                Address::builder().allocation_id("eipalloc-0").set_tags(tagged("another")).build();
            let managed = allocation_ids.iter().map(|allocation_id| {
                let address =
                    Address::builder().allocation_id(*allocation_id).public_ip("52.0.0.1");
                let association = (*allocation_id == "eipalloc-2").then(|| "eipassoc-1".to_owned());
                address.set_association_id(association).set_tags(tagged("nat-address")).build()
            });
            let addresses = [anothers].into_iter().chain(managed).collect();
            DescribeAddressesOutput::builder().set_addresses(Some(addresses)).build()
        })
    }

    fn gone() -> Rule {
        let by_id = mock!(Client::describe_addresses)
            .match_requests(|request| !request.allocation_ids().is_empty());
        by_id.then_http_response(|| refusal("InvalidAllocationID.NotFound"))
    }

    async fn read(describe: &Rule) -> Option<LiveResource> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_found_by_its_tags() {
        let found = read(&describes(&["eipalloc-1"])).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!((found.attribute("id"), found.attribute("address")), ("eipalloc-1", "52.0.0.1"));
        assert_eq!(read(&describes(&[])).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn create_is_repeated_only_when_ec2_surely_did_nothing() {
        let allocate = mock!(Client::allocate_address)
            .match_requests(|request| request.tag_specifications()[0].tags == tagged("nat-address"))
            .sequence()
            .http_response(|| refusal("RequestLimitExceeded"))
            .output(|| AllocateAddressOutput::builder().allocation_id("eipalloc-1").build())
            .http_status(500, None)
            .build();
        let aws = |describe: Rule| Aws {
            ec2: client!(aws_sdk_ec2, &describe, &allocate),
            ..mocked::aws()
        };
        desired().create(&aws(describes(&[])), &id()).await.unwrap();
        assert_eq!(allocate.num_calls(), 2);
        desired().create(&aws(describes(&["eipalloc-1"])), &id()).await.unwrap();
        assert_eq!(allocate.num_calls(), 2);
        desired().create(&aws(describes(&[])), &id()).await.unwrap_err();
        assert_eq!(allocate.num_calls(), 3);
    }

    #[tokio::test]
    async fn duplicates_are_released() {
        let found = read(&describes(&["eipalloc-1", "eipalloc-2"])).await.unwrap();
        assert_eq!(
            (found.attribute("id"), duplicate_ids(&found)),
            ("eipalloc-2", vec!["eipalloc-1".into()])
        );
        let release = mock!(Client::release_address)
            .match_requests(|request| request.allocation_id() == Some("eipalloc-1"))
            .then_output(|| ReleaseAddressOutput::builder().build());
        let aws = Aws { ec2: client!(aws_sdk_ec2, &release, &gone()), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(release.num_calls(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn delete_waits_until_it_is_free_and_one_that_is_gone_is_released_already() {
        let found = read(&describes(&["eipalloc-1"])).await.unwrap();
        let release = mock!(Client::release_address)
            .sequence()
            .http_response(|| refusal("InvalidIPAddress.InUse"))
            .output(|| ReleaseAddressOutput::builder().build())
            .http_response(|| refusal("InvalidAllocationID.NotFound"))
            .build();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &release, &gone()), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!(release.num_calls(), 3);
    }
}
