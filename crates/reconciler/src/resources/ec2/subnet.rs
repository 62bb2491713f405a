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
    /// Whether instances get a public address unless they say otherwise.
    pub map_public_ip_on_launch: bool,
    /// Others that a lost answer left; desired: none.
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
        Ok(picked.map(|(subnet, duplicates)| found(aws, &subnet, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        match self.make(aws, id).await {
            // A new subnet gives no public addresses (EC2 API reference, `CreateSubnet`).
            Ok(subnet_id) if self.map_public_ip_on_launch => {
                self.map_public_ip(aws, &subnet_id).await
            }
            Ok(_) => Ok(()),
            Err(error) if error.is(&["InvalidSubnet.Conflict"]) => self.adopt(aws, id, error).await,
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
    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
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

    /// The addresses are taken: by an earlier call of ours that reads did not show yet, or by
    /// somebody else.
    async fn adopt(
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

fn found(aws: &Aws, subnet: &Described, duplicates: Vec<String>) -> LiveResource {
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

async fn described(aws: &Aws, subnet_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_subnets().subnet_ids(subnet_id).send().await;
    let answer = answer.map(|answer| answer.subnets.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing subnet", subnet_id))
}

async fn delete_one(aws: &Aws, subnet_id: &str) -> Result<(), KindError> {
    let delete = aws.ec2.delete_subnet().subnet_id(subnet_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting subnet", subnet_id))?;
    wait_until_gone("deleting subnet", subnet_id, async || described(aws, subnet_id).await).await
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::create_subnet::CreateSubnetOutput;
    use aws_sdk_ec2::operation::delete_subnet::DeleteSubnetOutput;
    use aws_sdk_ec2::operation::describe_network_interfaces::DescribeNetworkInterfacesOutput;
    use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
    use aws_sdk_ec2::operation::modify_subnet_attribute::ModifySubnetAttributeOutput;
    use aws_sdk_ec2::types::NetworkInterface;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::resources::ec2::testing::{refusal, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> Subnet {
        Subnet {
            vpc_id: "vpc-1".into(),
            cidr: "10.42.0.0/24".into(),
            availability_zone: "eu-central-1a".into(),
            map_public_ip_on_launch: true,
            duplicates: Vec::new(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("public-a")
    }

    fn described(subnet_id: &str, public: bool) -> Described {
        let subnet =
            Described::builder().subnet_id(subnet_id).vpc_id("vpc-1").cidr_block("10.42.0.0/24");
        let subnet = subnet.availability_zone("eu-central-1a").map_public_ip_on_launch(public);
        subnet.set_tags(tagged("public-a")).build()
    }

    fn describes(subnet_ids: &'static [&'static str], public: bool) -> Rule {
        let by_tags = mock!(Client::describe_subnets)
            .match_requests(|request| request.subnet_ids().is_empty());
        by_tags.then_output(move || {
            let subnets = subnet_ids.iter().map(|id| described(id, public)).collect();
            DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build()
        })
    }

    fn gone() -> Rule {
        let by_id = mock!(Client::describe_subnets)
            .match_requests(|request| !request.subnet_ids().is_empty());
        by_id.then_http_response(|| refusal("InvalidSubnetID.NotFound"))
    }

    fn maps() -> Rule {
        mock!(Client::modify_subnet_attribute)
            .match_requests(|request| {
                let value =
                    request.map_public_ip_on_launch().and_then(AttributeBooleanValue::value);
                request.subnet_id() == Some("subnet-1") && value == Some(true)
            })
            .then_output(|| ModifySubnetAttributeOutput::builder().build())
    }

    fn creates() -> Rule {
        mock!(Client::create_subnet)
            .match_requests(|request| {
                let tags = request.tag_specifications()[0].tags.clone();
                request.availability_zone() == Some("eu-central-1a") && tags == tagged("public-a")
            })
            .then_output(|| {
                CreateSubnetOutput::builder().subnet(described("subnet-1", false)).build()
            })
    }

    async fn read(describe: &Rule) -> Option<LiveResource> {
        let in_use = mock!(Client::describe_network_interfaces).then_compute_output(|request| {
            let of_second = request.filters()[0].values() == ["subnet-2"];
            let interfaces = of_second.then(|| vec![NetworkInterface::builder().build()]);
            DescribeNetworkInterfacesOutput::builder().set_network_interfaces(interfaces).build()
        });
        let aws = Aws { ec2: client!(aws_sdk_ec2, describe, &in_use), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired() {
        let found = read(&describes(&["subnet-1"], true)).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1");
        assert_eq!(read(&describes(&[], true)).await, None);
    }

    #[tokio::test]
    async fn create_maps_public_addresses_and_repeated_makes_no_second() {
        let (create, map) = (creates(), maps());
        let aws = |describe: Rule| Aws {
            ec2: client!(aws_sdk_ec2, &describe, &create, &map),
            ..mocked::aws()
        };
        desired().create(&aws(describes(&[], true)), &id()).await.unwrap();
        assert_eq!((create.num_calls(), map.num_calls()), (1, 1));
        desired().create(&aws(describes(&["subnet-1"], false)), &id()).await.unwrap();
        assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
        desired().create(&aws(describes(&["subnet-1"], true)), &id()).await.unwrap();
        assert_eq!((create.num_calls(), map.num_calls()), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_an_earlier_call_once_it_can_be_seen_and_otherwise_an_error() {
        let conflict =
            mock!(Client::create_subnet).then_http_response(|| refusal("InvalidSubnet.Conflict"));
        let answer = |subnets| DescribeSubnetsOutput::builder().set_subnets(Some(subnets)).build();
        let late = mock!(Client::describe_subnets)
            .sequence()
            .output(move || answer(Vec::new()))
            .times(3)
            .output(move || answer(vec![described("subnet-1", true)]))
            .build();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &late, &conflict), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();

        let aws =
            Aws { ec2: client!(aws_sdk_ec2, &describes(&[], true), &conflict), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
        assert_eq!(error.to_string(), "creating subnet `public-a`");
    }

    #[tokio::test]
    async fn public_addresses_are_changed_in_place_and_duplicates_deleted() {
        let found = read(&describes(&["subnet-1"], false)).await.unwrap();
        let map = maps();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &map), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["map_public_ip_on_launch".into()]).await.unwrap();
        assert_eq!(map.num_calls(), 1);

        let found = read(&describes(&["subnet-1", "subnet-2"], true)).await.unwrap();
        assert_eq!(
            (found.attribute("id"), duplicate_ids(&found)),
            ("subnet-2", vec!["subnet-1".into()])
        );
        let delete = mock!(Client::delete_subnet)
            .match_requests(|request| request.subnet_id() == Some("subnet-1"))
            .then_output(|| DeleteSubnetOutput::builder().build());
        let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone()), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn delete_waits_for_network_interfaces_and_one_that_is_gone_is_deleted_already() {
        let found = read(&describes(&["subnet-1"], true)).await.unwrap();
        let delete = mock!(Client::delete_subnet)
            .sequence()
            .http_response(|| refusal("DependencyViolation"))
            .times(5)
            .http_response(|| refusal("InvalidSubnetID.NotFound"))
            .http_response(|| refusal("UnauthorizedOperation"))
            .build();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone()), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!(delete.num_calls(), 6);
        desired().delete(&aws, &found).await.unwrap_err();
    }
}
