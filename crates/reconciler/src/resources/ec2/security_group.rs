//! Security group: the connections that a network interface may have.
//!
//! Its name is unique within its VPC, so a lost response can't leave two: EC2 refuses the second
//! with `InvalidGroup.Duplicate`. A new group has a rule that allows all egress; it is deleted when
//! it is not desired.

pub(super) mod rules;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::operation::create_security_group::CreateSecurityGroupOutput;
use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup as Described};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::retry::{delete_when_free, retry_until_settled};
use crate::resources::ec2::tagging::{is_managed, new_filter, tag_filters, tag_specification};
use crate::wait::{self, EC2_SETTLES};
pub use rules::SecurityGroupRule;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub name: String,
    pub description: String,
    pub vpc_id: String,
    /// In any order.
    pub ingress: Vec<SecurityGroupRule>,
    /// In any order.
    pub egress: Vec<SecurityGroupRule>,
}

impl ResourceKind for SecurityGroup {
    const NAME: &'static str = "security group";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"],
        make: &["ec2:CreateSecurityGroup"],
        change: &[
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DeleteSecurityGroup",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name", "description", "vpc_id"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let mut groups = self.describe_security_group(aws, tag_filters(aws, id)).await?;
        if groups.is_empty() && !is_reference(&self.vpc_id) {
            // A group of this name that is not managed would block the creation.
            groups = self.describe_security_group(aws, Some(self.name_filters())).await?;
        }
        // In our VPC rather than in one that is about to go.
        groups.sort_by_key(|group| {
            (group.vpc_id() != Some(self.vpc_id.as_str()), group.group_id.clone())
        });
        Ok(groups.first().map(|group| self.live_resource(aws, id, group)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        match self.create_group(aws, id).await {
            Ok(made) => self.put_first_rules(aws, made.group_id().unwrap_or_default()).await,
            // An earlier call whose response was lost created it; a group that is not managed is
            // left unchanged.
            Err(failure) if failure.is(&["InvalidGroup.Duplicate"]) => {
                match self.read(aws, id).await?.filter(|found| found.managed) {
                    Some(found) => self.put_rules(aws, found.attribute("id")).await,
                    None => Err(self.group_error("creating security group")(failure.into())),
                }
            }
            Err(failure) => Err(self.group_error("creating security group")(failure.into())),
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put_rules(aws, found.attribute("id")).await
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        // Network interfaces of DataSync and of mount targets use it for some minutes more.
        let group_id = found.attribute("id");
        let removed = delete_when_free(async || {
            aws.ec2
                .delete_security_group()
                .group_id(group_id)
                .send()
                .await
                .map_err(SdkFailure::from)
        });
        removed.await.map_err(KindError::doing("deleting security group", group_id))
    }
}

impl SecurityGroup {
    async fn create_group(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<CreateSecurityGroupOutput, SdkFailure> {
        let specification = tag_specification(aws, id, ResourceType::SecurityGroup);
        let made = retry_until_settled(async || {
            let create = aws
                .ec2
                .create_security_group()
                .group_name(&self.name)
                .description(&self.description);
            let create = create.vpc_id(&self.vpc_id).tag_specifications(specification.clone());
            create.send().await.map_err(SdkFailure::from)
        });
        made.await
    }

    async fn describe_security_group(
        &self,
        aws: &Aws,
        filters: Option<Vec<Filter>>,
    ) -> Result<Vec<Described>, KindError> {
        let describe = aws.ec2.describe_security_groups().set_filters(filters);
        let groups: Result<Vec<_>, _> = describe.into_paginator().items().send().collect().await;
        groups.map_err(KindError::doing("reading security group", &self.name))
    }

    fn name_filters(&self) -> Vec<Filter> {
        vec![new_filter("group-name", &self.name), new_filter("vpc-id", &self.vpc_id)]
    }

    fn live_resource(&self, aws: &Aws, id: &ResourceId, group: &Described) -> LiveResource {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let state = Self {
            name: text(group.group_name()),
            description: text(group.description()),
            vpc_id: text(group.vpc_id()),
            ingress: rules::told(&self.ingress, group.ip_permissions()),
            egress: rules::told(&self.egress, group.ip_permissions_egress()),
        };
        LiveResource {
            state: json!(state),
            attributes: live_attributes(aws, group),
            managed: is_managed(aws, id, group.tags()),
        }
    }

    /// A new group lets everything out: only once that is seen can it be taken away.
    async fn put_first_rules(&self, aws: &Aws, group_id: &str) -> Result<(), KindError> {
        let seen = wait::until(EC2_SETTLES, async || {
            let rules = rules::describe_rules(aws, group_id).await?;
            Ok::<_, SdkFailure>((!rules.is_empty()).then_some(()))
        });
        let seen =
            seen.await.map_err(KindError::doing("reading rules of security group", group_id))?;
        let never = || {
            Cause::Other(
                "waited for its first rule to be seen; the next apply continues to wait".to_owned(),
            )
        };
        seen.ok_or_else(|| KindError::doing("reading rules of security group", group_id)(never()))?;
        self.put_rules(aws, group_id).await
    }

    async fn put_rules(&self, aws: &Aws, group_id: &str) -> Result<(), KindError> {
        let put = rules::put(aws, group_id, &self.ingress, &self.egress).await;
        put.map_err(KindError::doing("changing rules of security group", group_id))
    }

    fn group_error(&self, doing: &'static str) -> impl FnOnce(Cause) -> KindError {
        KindError::doing(doing, &self.name)
    }
}

/// The attributes that other resources refer to.
pub(super) fn live_attributes(aws: &Aws, group: &Described) -> BTreeMap<String, String> {
    let id = group.group_id().unwrap_or_default().to_owned();
    let arn = aws.names.regional_arn("ec2", &format!("security-group/{id}"));
    BTreeMap::from([("id".to_owned(), id), ("arn".to_owned(), arn)])
}

#[cfg(test)]
mod tests;
