//! DataSync EFS location: the source of the task, with the subnet and security groups through which
//! DataSync reaches it.
//!
//! `DescribeLocationEfs` returns neither the file system nor the directory: both are part of the
//! URI, `efs://<region>.<file system id>/<folder>/`. `UpdateLocationEfs` can't change the network.

mod find;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_location_efs::DescribeLocationEfsOutput;
use aws_sdk_datasync::types::{Ec2Config, EfsInTransitEncryption, TagListEntry};
use domain::arn::resource_id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::diff::in_order_of;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::datasync::locations::{ListedLocation, delete_location, find_location};
use crate::resources::datasync::refusals::{passes_with_time, sent_once};
use crate::resources::datasync::tagging::{new_tag, tag_list};
use crate::wait::{self, IAM_PROPAGATION};

/// The tag with the mount target of the location, which DataSync does not return.
const MOUNT_TARGET_TAG: &str = "efs-s3:mount-target";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocationEfs {
    pub file_system_arn: String,
    pub subnet_arn: String,
    /// In any order.
    pub security_group_arns: Vec<String>,
    /// Begins and ends in `/`.
    pub subdirectory: String,
    /// `NONE` or `TLS1_2`.
    pub in_transit_encryption: String,
    /// Through which the file system is entered; needs TLS.
    pub access_point_arn: Option<String>,
    /// The role that DataSync mounts with; needs TLS.
    pub access_role_arn: Option<String>,
    /// The mount target of its creation, where that is managed. A location does not survive the
    /// loss of it: executions fail with x40016 until the location is created again (DataSync User
    /// Guide, "Troubleshooting storage issues").
    pub mount_target_id: Option<String>,
}

impl ResourceKind for LocationEfs {
    const NAME: &'static str = "DataSync EFS location";
    const ACTIONS: Actions = Actions {
        look: &["datasync:DescribeLocationEfs"],
        make: &["datasync:CreateLocationEfs"],
        change: &["datasync:UpdateLocationEfs"],
        implied: &[
            "datasync:TagResource",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "elasticfilesystem:DescribeAccessPoints",
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:DescribeMountTargets",
            "iam:PassRole",
        ],
    };
    const FORCE_NEW: &'static [&'static str] =
        &["file_system_arn", "subnet_arn", "security_group_arns", "mount_target_id"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if let Some(found) = self.find_unchanged(aws, id).await? {
            return Ok(Some(found));
        }
        let Some(listed) = find_location(aws, id, "efs://", &self.uri(aws)).await? else {
            return Ok(None);
        };
        self.describe_listed(aws, &listed).await
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let network = self.ec2_config(id)?;
        // The role may be too new for DataSync to assume.
        let made = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let create =
                aws.datasync.create_location_efs().efs_filesystem_arn(&self.file_system_arn);
            let create = create
                .subdirectory(&self.subdirectory)
                .in_transit_encryption(self.in_transit_encryption());
            let create = create.set_access_point_arn(self.access_point_arn.clone());
            let create = create.set_file_system_access_role_arn(self.access_role_arn.clone());
            let create = create
                .ec2_config(network.clone())
                .set_tags(Some(self.location_efs_tags(aws, id)))
                .customize();
            create.config_override(sent_once()).send().await.map(drop).map_err(SdkFailure::from)
        });
        made.await.map_err(KindError::doing("creating DataSync EFS location", id.as_str()))
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        // An empty text takes an access point or a role away, an absent one leaves it (API model
        // 2018-11-09).
        let only_if_changed = |field: &str, value: &Option<String>| {
            changed.iter().any(|one| one == field).then(|| value.clone().unwrap_or_default())
        };
        let sent = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let update = aws
                .datasync
                .update_location_efs()
                .location_arn(arn)
                .subdirectory(&self.subdirectory);
            let update = update.in_transit_encryption(self.in_transit_encryption());
            let update = update
                .set_access_point_arn(only_if_changed("access_point_arn", &self.access_point_arn));
            let role = only_if_changed("access_role_arn", &self.access_role_arn);
            update
                .set_file_system_access_role_arn(role)
                .send()
                .await
                .map(drop)
                .map_err(SdkFailure::from)
        });
        sent.await.map_err(KindError::doing("changing DataSync EFS location", arn))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_location(aws, found.attribute("arn")).await
    }
}

impl LocationEfs {
    fn ec2_config(&self, id: &ResourceId) -> Result<Ec2Config, KindError> {
        let groups = Some(self.security_group_arns.clone());
        let network = Ec2Config::builder().subnet_arn(&self.subnet_arn);
        let network = network.set_security_group_arns(groups).build();
        network.map_err(|error| SdkFailure::incomplete(&error.to_string())).map_err(
            KindError::doing("describing the network of DataSync EFS location", id.as_str()),
        )
    }

    fn location_efs_tags(&self, aws: &Aws, id: &ResourceId) -> Vec<TagListEntry> {
        let mut tags = tag_list(aws, id);
        tags.extend(self.mount_target_id.as_ref().map(|id| new_tag(MOUNT_TARGET_TAG, id)));
        tags
    }

    fn uri(&self, aws: &Aws) -> String {
        let file_system = resource_id(&self.file_system_arn);
        format!("efs://{}.{file_system}{}", aws.names.region, self.subdirectory)
    }

    fn in_transit_encryption(&self) -> EfsInTransitEncryption {
        self.in_transit_encryption.as_str().into()
    }

    fn live_resource(
        &self,
        aws: &Aws,
        listed: &ListedLocation,
        answer: DescribeLocationEfsOutput,
    ) -> LiveResource {
        let (file_system_id, subdirectory) =
            parse_uri(answer.location_uri().unwrap_or(&listed.uri));
        let file_system_arn = aws.names.file_system_arn(file_system_id);
        let encryption = answer.in_transit_encryption.unwrap_or(EfsInTransitEncryption::None);
        let network = answer.ec2_config;
        let (subnet_arn, groups) =
            network.map(|n| (n.subnet_arn, n.security_group_arns)).unwrap_or_default();
        let state = Self {
            file_system_arn,
            subnet_arn,
            security_group_arns: in_order_of(&self.security_group_arns, groups),
            subdirectory,
            in_transit_encryption: encryption.as_str().to_owned(),
            access_point_arn: answer.access_point_arn.filter(|arn| !arn.is_empty()),
            access_role_arn: answer.file_system_access_role_arn.filter(|arn| !arn.is_empty()),
            mount_target_id: listed.tags.get(MOUNT_TARGET_TAG).cloned(),
        };
        let attributes = BTreeMap::from([("arn".to_owned(), listed.arn.clone())]);
        LiveResource { state: json!(state), attributes, managed: true }
    }
}

/// `efs://us-east-2.fs-0123/a/b` → (`fs-0123`, `/a/b/`).
fn parse_uri(uri: &str) -> (&str, String) {
    let rest = uri.strip_prefix("efs://").unwrap_or(uri);
    let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let file_system_id = host.rsplit('.').next().unwrap_or_default();
    let folder = folder.trim_matches('/');
    (file_system_id, if folder.is_empty() { "/".to_owned() } else { format!("/{folder}/") })
}

#[cfg(test)]
mod tests;
