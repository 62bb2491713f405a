//! EC2 instance with an encrypted root volume and version 2 of the metadata service only.
//!
//! Tags of the instance hold the desired values that cannot be read back: the image, which may be a
//! parameter whose value changes; whether a public address was requested, which a stopped instance
//! does not have; the size of the root volume, which users may increase; and a digest of the user
//! data. So none of them differs until the configuration changes.

mod change;
mod describe;
mod launch;
mod live_state;

use aws_sdk_ec2::types::{Instance as Described, InstanceStateName};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::describe::{is_alive, state_of};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::complete_resource;
use crate::resources::ec2::tagging::{is_managed, tag_filters};

const IMAGE_TAG: &str = "efs-s3:image";
const PUBLIC_IP_TAG: &str = "efs-s3:public-ip";
const ROOT_VOLUME_TAG: &str = "efs-s3:root-volume-gb";
const USER_DATA_TAG: &str = "efs-s3:user-data-sha256";
/// The tag of an instance that is stopped for a change of its type.
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
    /// The device name of the image's root volume; it differs only with the image.
    pub root_device: String,
    /// Plain text. A read of different user data returns only its digest.
    pub user_data: String,
    /// Whether metadata is given only by version 2 of its service, and only over one hop.
    pub imds_v2_only: bool,
    /// Ids of duplicates with our tags, left by a call whose response was lost; desired: none.
    #[serde(default)]
    pub duplicates: Vec<String>,
}

impl ResourceKind for Instance {
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
    const FORCE_NEW: &'static [&'static str] =
        &["image", "subnet_id", "associate_public_ip", "key_name", "root_volume_gb", "user_data"];

    // EC2 deletes no group that a network interface uses, and a group of the same name can't be
    // created before.
    const REPLACE_TRIGGERED_BY: &'static [&'static str] = &["security_group_ids"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let describe = aws.ec2.describe_instances().set_filters(tag_filters(aws, id));
        let reservations: Result<Vec<_>, _> =
            describe.into_paginator().items().send().collect().await;
        let reservations =
            reservations.map_err(KindError::doing("reading EC2 instance", id.as_str()))?;
        let instances = reservations
            .into_iter()
            .flat_map(|reservation| reservation.instances.unwrap_or_default());
        let managed = instances
            .filter(|instance| is_alive(instance) && is_managed(aws, id, instance.tags()))
            .collect();
        let runs = async |instance: &Described| {
            Ok(state_of(instance) == Some(&InstanceStateName::Running))
        };
        let picked =
            keep_one(managed, |instance| instance.instance_id().unwrap_or_default(), runs).await?;
        Ok(picked.map(|(instance, duplicates)| self.live_resource(&instance, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            launch::await_launched(aws, found.attribute("id")).await?;
            return complete_resource(self, aws, id, &found).await;
        }
        let instance_id = launch::launch_instance(self, aws, id).await?;
        launch::await_launched(aws, &instance_id).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        for field in changed {
            self.put_field(aws, found, field).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        launch::terminate_instances(aws, all_ids(found)).await
    }
}

impl Instance {
    async fn put_field(
        &self,
        aws: &Aws,
        found: &LiveResource,
        field: &str,
    ) -> Result<(), KindError> {
        let instance_id = found.attribute("id");
        match field {
            "security_group_ids" => change::put_security_groups(self, aws, instance_id).await,
            "instance_profile_name" => change::put_instance_profile(self, aws, instance_id).await,
            "imds_v2_only" => change::put_metadata_options(self, aws, instance_id).await,
            "instance_type" => change::put_instance_type(self, aws, instance_id).await,
            "duplicates" => launch::terminate_instances(aws, duplicate_ids(found)).await,
            _ => Ok(()),
        }
    }
}

fn sha256_hex(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
