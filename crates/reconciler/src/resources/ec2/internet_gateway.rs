//! Internet gateway: a VPC's way out, attached to that one VPC.
//!
//! Attaching is a call of its own: a gateway that is found detached is attached in place, one that
//! hangs on another VPC is moved.

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
    /// Others that a lost answer left; desired: none.
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
            .map(|(gateway, duplicates)| found(&gateway, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        match make(aws, id).await {
            Ok(gateway_id) => self.attach(aws, &gateway_id).await,
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
            self.attach(aws, gateway_id).await?;
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
    async fn attach(&self, aws: &Aws, gateway_id: &str) -> Result<(), KindError> {
        let attach =
            aws.ec2.attach_internet_gateway().internet_gateway_id(gateway_id).vpc_id(&self.vpc_id);
        let Err(failure) = retry_until_settled(async || Ok(attach.clone().send().await?)).await
        else {
            return Ok(());
        };
        // An earlier call of ours whose answer was lost, unless another gateway has the VPC.
        let there = failure.is(&["Resource.AlreadyAssociated"])
            && self.is_attached(aws, gateway_id).await?;
        if there {
            Ok(())
        } else {
            Err(KindError::doing("attaching internet gateway", gateway_id)(failure))
        }
    }

    async fn is_attached(&self, aws: &Aws, gateway_id: &str) -> Result<bool, KindError> {
        Ok(described(aws, gateway_id)
            .await?
            .iter()
            .any(|gateway| attached_to(gateway) == self.vpc_id))
    }
}

/// Takes a gateway off a VPC, as soon as no address of that VPC needs it any more.
pub(super) async fn detach(aws: &Aws, gateway_id: &str, vpc_id: &str) -> Result<(), KindError> {
    let detach = aws.ec2.detach_internet_gateway().internet_gateway_id(gateway_id).vpc_id(vpc_id);
    match delete_when_free(async || Ok(detach.clone().send().await?)).await {
        Err(failure) if !failure.is(&["Gateway.NotAttached"]) => {
            Err(KindError::doing("detaching internet gateway", gateway_id)(failure))
        }
        _ => Ok(()),
    }
}

async fn detach_from_others(aws: &Aws, gateway_id: &str, managed: &str) -> Result<(), KindError> {
    for gateway in described(aws, gateway_id).await? {
        let other = attached_to(&gateway);
        if !other.is_empty() && other != managed {
            detach(aws, gateway_id, other).await?;
        }
    }
    Ok(())
}

async fn make(aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
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

/// The attachment of a gateway says `available` where others say `attached` (EC2 API reference,
/// `InternetGatewayAttachment`).
fn is_attached(state: Option<&AttachmentStatus>) -> bool {
    !matches!(state, None | Some(AttachmentStatus::Detaching | AttachmentStatus::Detached))
}

fn found(gateway: &Described, duplicates: Vec<String>) -> LiveResource {
    let attributes = BTreeMap::from([("id".to_owned(), id_of(gateway).to_owned())]);
    let vpc_id = attached_to(gateway).to_owned();
    LiveResource { state: json!(InternetGateway { vpc_id, duplicates }), attributes, managed: true }
}

async fn described(aws: &Aws, gateway_id: &str) -> Result<Vec<Described>, KindError> {
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
        described(aws, gateway_id).await
    })
    .await
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::attach_internet_gateway::AttachInternetGatewayOutput;
    use aws_sdk_ec2::operation::create_internet_gateway::CreateInternetGatewayOutput;
    use aws_sdk_ec2::operation::delete_internet_gateway::DeleteInternetGatewayOutput;
    use aws_sdk_ec2::operation::describe_internet_gateways::DescribeInternetGatewaysOutput;
    use aws_sdk_ec2::operation::detach_internet_gateway::DetachInternetGatewayOutput;
    use aws_sdk_ec2::types::InternetGatewayAttachment;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::resources::ec2::testing::{refusal, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> InternetGateway {
        InternetGateway { vpc_id: "vpc-1".into(), duplicates: Vec::new() }
    }

    fn id() -> ResourceId {
        ResourceId::new("internet-gateway")
    }

    /// Gateway id and the VPC it is attached to, or nothing.
    fn described((gateway_id, vpc_id): (&str, &str)) -> Described {
        let attachment =
            InternetGatewayAttachment::builder().vpc_id(vpc_id).state("available".into()).build();
        let attachments = (!vpc_id.is_empty()).then(|| vec![attachment]);
        let gateway =
            Described::builder().internet_gateway_id(gateway_id).set_attachments(attachments);
        gateway.set_tags(tagged("internet-gateway")).build()
    }

    fn describes(gateways: &'static [(&'static str, &'static str)]) -> Rule {
        mock!(Client::describe_internet_gateways).then_compute_output(|request| {
            let asked = request.internet_gateway_ids();
            let asked_for = |id: &&str| asked.is_empty() || asked.contains(&(*id).to_owned());
            let gateways = gateways
                .iter()
                .filter(|(id, _)| asked_for(id))
                .map(|gateway| described(*gateway))
                .collect();
            DescribeInternetGatewaysOutput::builder().set_internet_gateways(Some(gateways)).build()
        })
    }

    fn attaches() -> Rule {
        mock!(Client::attach_internet_gateway)
            .match_requests(|request| {
                request.internet_gateway_id() == Some("igw-1") && request.vpc_id() == Some("vpc-1")
            })
            .then_output(|| AttachInternetGatewayOutput::builder().build())
    }

    fn creates() -> Rule {
        mock!(Client::create_internet_gateway)
            .match_requests(|request| {
                request.tag_specifications()[0].tags == tagged("internet-gateway")
            })
            .then_output(|| {
                CreateInternetGatewayOutput::builder()
                    .internet_gateway(described(("igw-1", "")))
                    .build()
            })
    }

    fn detaches(vpc_id: &'static str) -> Rule {
        mock!(Client::detach_internet_gateway)
            .match_requests(move |request| request.vpc_id() == Some(vpc_id))
            .then_output(|| DetachInternetGatewayOutput::builder().build())
    }

    async fn read(describe: &Rule) -> Option<LiveResource> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn the_attached_one_is_read_as_it_is_desired() {
        let found = read(&describes(&[("igw-1", "vpc-1")])).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        let found = read(&describes(&[("igw-1", ""), ("igw-2", "vpc-1")])).await.unwrap();
        assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("igw-2", vec!["igw-1".into()]));
        let found = read(&describes(&[("igw-1", "")])).await.unwrap();
        assert_eq!(found.state["vpc_id"], "");
        assert_eq!(read(&describes(&[])).await, None);
    }

    #[tokio::test]
    async fn create_attaches_and_repeated_makes_no_second() {
        let (create, attach) = (creates(), attaches());
        let aws = |describe: Rule| Aws {
            ec2: client!(aws_sdk_ec2, &describe, &create, &attach),
            ..mocked::aws()
        };
        desired().create(&aws(describes(&[])), &id()).await.unwrap();
        assert_eq!((create.num_calls(), attach.num_calls()), (1, 1));
        desired().create(&aws(describes(&[("igw-1", "")])), &id()).await.unwrap();
        assert_eq!((create.num_calls(), attach.num_calls()), (1, 2));
        desired().create(&aws(describes(&[("igw-1", "vpc-1")])), &id()).await.unwrap();
        assert_eq!((create.num_calls(), attach.num_calls()), (1, 2));
    }

    #[tokio::test]
    async fn one_on_another_vpc_is_moved() {
        let describe = describes(&[("igw-1", "vpc-2")]);
        let found = read(&describe).await.unwrap();
        let (detach, attach) = (detaches("vpc-2"), attaches());
        let aws = Aws { ec2: client!(aws_sdk_ec2, &describe, &detach, &attach), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["vpc_id".into()]).await.unwrap();
        assert_eq!((detach.num_calls(), attach.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn an_attachment_that_is_there_is_an_earlier_call_and_of_another_gateway_an_error() {
        let taken = mock!(Client::attach_internet_gateway)
            .then_http_response(|| refusal("Resource.AlreadyAssociated"));
        let aws =
            |describe: Rule| Aws { ec2: client!(aws_sdk_ec2, &describe, &taken), ..mocked::aws() };
        desired().attach(&aws(describes(&[("igw-1", "vpc-1")])), "igw-1").await.unwrap();
        let error = desired().attach(&aws(describes(&[("igw-1", "")])), "igw-1").await.unwrap_err();
        assert_eq!(error.to_string(), "attaching internet gateway `igw-1`");
    }

    #[tokio::test(start_paused = true)]
    async fn delete_detaches_first_and_one_that_is_gone_is_deleted_already() {
        let found = read(&describes(&[("igw-1", "vpc-1")])).await.unwrap();
        let answer = |gateways| {
            DescribeInternetGatewaysOutput::builder().set_internet_gateways(gateways).build()
        };
        let describe = mock!(Client::describe_internet_gateways)
            .sequence()
            .output(move || answer(Some(vec![described(("igw-1", "vpc-1"))])))
            .http_response(|| refusal("InvalidInternetGatewayID.NotFound"))
            .times(3)
            .build();
        let detach = mock!(Client::detach_internet_gateway)
            .sequence()
            .http_response(|| refusal("DependencyViolation"))
            .http_response(|| refusal("Gateway.NotAttached"))
            .build();
        let delete = mock!(Client::delete_internet_gateway)
            .sequence()
            .output(|| DeleteInternetGatewayOutput::builder().build())
            .http_response(|| refusal("InvalidInternetGatewayID.NotFound"))
            .build();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &describe, &detach, &delete), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((detach.num_calls(), delete.num_calls()), (2, 1));
        desired().delete(&aws, &found).await.unwrap();
    }

    #[tokio::test]
    async fn duplicates_are_deleted() {
        let describe = describes(&[("igw-1", ""), ("igw-2", "vpc-1")]);
        let found = read(&describe).await.unwrap();
        let left = mock!(Client::describe_internet_gateways)
            .then_output(|| DescribeInternetGatewaysOutput::builder().build());
        let delete = mock!(Client::delete_internet_gateway)
            .match_requests(|request| request.internet_gateway_id() == Some("igw-1"))
            .then_output(|| DeleteInternetGatewayOutput::builder().build());
        let aws = Aws { ec2: client!(aws_sdk_ec2, &left, &delete), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }
}
