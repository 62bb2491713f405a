//! EC2 instance with an encrypted root volume and version 2 of the metadata service only.
//!
//! What can't be read back as it was asked for stands in tags of the instance: the image, which may
//! be a parameter whose value moves on; whether a public address was asked for, which a stopped
//! instance does not have; the size of the root volume, which people grow; and a digest of the user
//! data. So none of them is a difference until the configuration changes.

mod change;
mod launch;

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    HttpTokensState, Instance as Described, InstanceMetadataOptionsResponse, InstanceStateName,
};
use domain::arn::resource_id;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Actions, Found, Kind, KindError, ec2, in_order_of};
use crate::Aws;
use crate::graph::ResourceId;

const IMAGE_TAG: &str = "efs-s3:image";
const PUBLIC_IP_TAG: &str = "efs-s3:public-ip";
const ROOT_VOLUME_TAG: &str = "efs-s3:root-volume-gb";
const USER_DATA_TAG: &str = "efs-s3:user-data-sha256";
/// Stands there while we keep the instance stopped to change its type.
const STOPPED_TAG: &str = "efs-s3:stopped-for-change";

/// From the instance itself, and from no container or proxy behind it.
const ONE_HOP: i32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// `ami-…`, or `resolve:ssm:` and the path of a parameter that names one.
    pub image: String,
    pub instance_type: String,
    pub subnet_id: String,
    /// In any order.
    pub security_group_ids: Vec<String>,
    pub instance_profile_name: String,
    pub associate_public_ip: bool,
    pub key_name: Option<String>,
    pub root_volume_gb: i32,
    /// Plain text; a read that finds another tells only its digest.
    pub user_data: String,
    /// Whether metadata is given only by version 2 of its service, and only over one hop.
    pub imds_v2_only: bool,
    /// Ids of others with our tags, which an answer that was lost left behind; desired empty.
    #[serde(default)]
    pub duplicates: Vec<String>,
}

impl Kind for Instance {
    const NAME: &'static str = "EC2 instance";
    const ACTIONS: Actions = Actions {
        look: &[
            "ec2:DescribeIamInstanceProfileAssociations",
            "ec2:DescribeInstances",
            "ec2:DescribeSubnets",
        ],
        make: &["ec2:RunInstances"],
        change: &[
            "ec2:AssociateIamInstanceProfile",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceMetadataOptions",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ],
        implied: &["iam:PassRole", "ssm:GetParameters"],
    };
    const REPLACE_ON: &'static [&'static str] =
        &["image", "subnet_id", "associate_public_ip", "key_name", "root_volume_gb", "user_data"];

    // EC2 deletes no group that a network interface uses, and a group of the same name can't be
    // made before.
    const REPLACED_WITH: &'static [&'static str] = &["security_group_ids"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let describe = aws.ec2.describe_instances().set_filters(ec2::tag_filters(aws, id));
        let reservations: Result<Vec<_>, _> =
            describe.into_paginator().items().send().collect().await;
        let reservations =
            reservations.map_err(KindError::doing("reading EC2 instance", id.as_str()))?;
        let instances = reservations
            .into_iter()
            .flat_map(|reservation| reservation.instances.unwrap_or_default());
        let ours = instances
            .filter(|instance| stays(instance) && ec2::is_ours(aws, id, instance.tags()))
            .collect();
        let runs = async |instance: &Described| {
            Ok(state_of(instance) == Some(&InstanceStateName::Running))
        };
        let picked =
            ec2::pick(ours, |instance| instance.instance_id().unwrap_or_default(), runs).await?;
        Ok(picked.map(|(instance, duplicates)| self.found(&instance, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            launch::await_launched(aws, found.attribute("id")).await?;
            return ec2::complete(self, aws, id, &found).await;
        }
        let instance_id = launch::launch(self, aws, id).await?;
        launch::await_launched(aws, &instance_id).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &Found,
        changed: &[String],
    ) -> Result<(), KindError> {
        let instance_id = found.attribute("id");
        for field in changed {
            match field.as_str() {
                "security_group_ids" => change::put_security_groups(self, aws, instance_id).await?,
                "instance_profile_name" => {
                    change::put_instance_profile(self, aws, instance_id).await?
                }
                "imds_v2_only" => change::put_metadata_options(self, aws, instance_id).await?,
                "instance_type" => change::put_instance_type(self, aws, instance_id).await?,
                "duplicates" => launch::terminate(aws, ec2::duplicates(found)).await?,
                _ => {}
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        launch::terminate(aws, ec2::all_ids(found)).await
    }
}

impl Instance {
    fn found(&self, instance: &Described, duplicates: Vec<String>) -> Found {
        let groups =
            instance.security_groups().iter().filter_map(|group| group.group_id.clone()).collect();
        let profile = instance.iam_instance_profile().and_then(|profile| profile.arn());
        let state = Self {
            image: tagged(instance, IMAGE_TAG).unwrap_or_default().to_owned(),
            instance_type: self.found_type(instance),
            subnet_id: instance.subnet_id().unwrap_or_default().to_owned(),
            security_group_ids: in_order_of(&self.security_group_ids, groups),
            instance_profile_name: profile.map(resource_id).unwrap_or_default().to_owned(),
            associate_public_ip: tagged(instance, PUBLIC_IP_TAG) == Some("true"),
            key_name: instance.key_name().filter(|name| !name.is_empty()).map(str::to_owned),
            root_volume_gb: tagged(instance, ROOT_VOLUME_TAG)
                .and_then(|size| size.parse().ok())
                .unwrap_or_default(),
            user_data: self.found_user_data(tagged(instance, USER_DATA_TAG).unwrap_or_default()),
            // EC2 always tells them; other clouds don't.
            imds_v2_only: instance.metadata_options().map_or(self.imds_v2_only, is_v2_only),
            duplicates,
        };
        Found { state: json!(state), attributes: attributes(instance), ours: true }
    }

    /// One that an interrupted change left stopped differs, so that the next apply starts it again.
    fn found_type(&self, instance: &Described) -> String {
        let instance_type =
            instance.instance_type().map_or("", |instance_type| instance_type.as_str());
        let stopped = tagged(instance, STOPPED_TAG).is_some();
        if stopped {
            format!("{instance_type}, stopped for a change")
        } else {
            instance_type.to_owned()
        }
    }

    fn found_user_data(&self, digest: &str) -> String {
        if digest == sha256(&self.user_data) {
            self.user_data.clone()
        } else {
            format!("sha256:{digest}")
        }
    }
}

fn attributes(instance: &Described) -> BTreeMap<String, String> {
    let public_ip = instance.public_ip_address().filter(|address| !address.is_empty());
    let known = [
        ("id", instance.instance_id()),
        ("private_ip", instance.private_ip_address()),
        ("public_ip", public_ip),
    ];
    known
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}

fn tagged<'a>(instance: &'a Described, key: &str) -> Option<&'a str> {
    instance.tags().iter().find(|tag| tag.key() == Some(key))?.value()
}

fn state_of(instance: &Described) -> Option<&InstanceStateName> {
    instance.state().and_then(|state| state.name())
}

/// What is shutting down is gone for us.
fn stays(instance: &Described) -> bool {
    !matches!(
        state_of(instance),
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated)
    )
}

fn is_v2_only(options: &InstanceMetadataOptionsResponse) -> bool {
    options.http_tokens() == Some(&HttpTokensState::Required)
        && options.http_put_response_hop_limit() == Some(ONE_HOP)
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
