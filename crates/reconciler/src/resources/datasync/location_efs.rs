//! DataSync EFS location: where the task reads, and by which subnet and security groups it gets
//! there.
//!
//! `DescribeLocationEfs` names neither the file system nor the folder: both stand in the URI,
//! `efs://<region>.<file system id>/<folder>/`. `UpdateLocationEfs` can't change the network.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_location_efs::DescribeLocationEfsOutput;
use aws_sdk_datasync::types::{Ec2Config, EfsInTransitEncryption, TagListEntry};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::diff::in_order_of;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::datasync::locations::{ListedLocation, delete_location, find_location};
use crate::resources::datasync::refusals::{is_absent, passes_with_time, sent_once};
use crate::resources::datasync::tagging::{new_tag, tag_list};
use crate::wait::{self, IAM_PROPAGATION};

/// DataSync does not say which mount target a location goes through: we do.
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
    /// The mount target that it was made with, where that is ours. A location does not survive the
    /// loss of it: executions fail with x40016 until it is made anew (DataSync User Guide,
    /// "Troubleshooting storage issues").
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
        let Some(listed) = find_location(aws, id, "efs://").await? else {
            return Ok(None);
        };
        match aws.datasync.describe_location_efs().location_arn(&listed.arn).send().await {
            Ok(answer) => Ok(Some(self.found(aws, &listed, answer))),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing("describing DataSync EFS location", &listed.arn);
                if is_absent(&failure) { Ok(None) } else { Err(doing(failure)) }
            }
        }
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let network = Ec2Config::builder().subnet_arn(&self.subnet_arn);
        let network =
            network.set_security_group_arns(Some(self.security_group_arns.clone())).build();
        let network = network.map_err(|error| SdkFailure::incomplete(&error.to_string()));
        let network = network.map_err(KindError::doing(
            "describing the network of DataSync EFS location",
            id.as_str(),
        ))?;
        // The role may be too young for DataSync to assume.
        let made = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let create =
                aws.datasync.create_location_efs().efs_filesystem_arn(&self.file_system_arn);
            let create =
                create.subdirectory(&self.subdirectory).in_transit_encryption(self.encryption());
            let create = create.set_access_point_arn(self.access_point_arn.clone());
            let create = create.set_file_system_access_role_arn(self.access_role_arn.clone());
            let create =
                create.ec2_config(network.clone()).set_tags(Some(self.tags(aws, id))).customize();
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
            let update = update.in_transit_encryption(self.encryption());
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
    fn tags(&self, aws: &Aws, id: &ResourceId) -> Vec<TagListEntry> {
        let mut tags = tag_list(aws, id);
        tags.extend(self.mount_target_id.as_ref().map(|id| new_tag(MOUNT_TARGET_TAG, id)));
        tags
    }

    fn encryption(&self) -> EfsInTransitEncryption {
        self.in_transit_encryption.as_str().into()
    }

    fn found(
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
mod tests {
    use aws_sdk_datasync::Client;
    use aws_sdk_datasync::operation::create_location_efs::CreateLocationEfsOutput;
    use aws_sdk_datasync::operation::delete_location::DeleteLocationOutput;
    use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_datasync::operation::update_location_efs::UpdateLocationEfsOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::resources::datasync::testing::{lists_location, tagged};
    use crate::testing::mocked::{self, client, refusal};

    const ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef0";
    const URI: &str = "efs://eu-central-1.fs-0123456789abcdef0/shared/";

    fn desired() -> LocationEfs {
        LocationEfs {
            file_system_arn: "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-0123456789abcdef0"
                .into(),
            subnet_arn: "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1".into(),
            security_group_arns: vec!["sg-2".into(), "sg-1".into()],
            subdirectory: "/shared/".into(),
            in_transit_encryption: "TLS1_2".into(),
            access_point_arn: None,
            access_role_arn: Some("arn:role".into()),
            mount_target_id: Some("fsmt-1".into()),
        }
    }

    /// Our tags, and that of the mount target.
    fn managed() -> Rule {
        mock!(Client::list_tags_for_resource).then_output(|| {
            let tags = desired().tags(&mocked::aws(), &id());
            ListTagsForResourceOutput::builder().set_tags(Some(tags)).build()
        })
    }

    fn id() -> ResourceId {
        ResourceId::new("source-location")
    }

    fn describes() -> Rule {
        mock!(Client::describe_location_efs).then_output(|| {
            let network = Ec2Config::builder().subnet_arn(desired().subnet_arn);
            let network =
                network.security_group_arns("sg-1").security_group_arns("sg-2").build().unwrap();
            DescribeLocationEfsOutput::builder()
                .location_arn(ARN)
                .location_uri(URI)
                .ec2_config(network)
                .in_transit_encryption(EfsInTransitEncryption::Tls12)
                .access_point_arn("")
                .file_system_access_role_arn("arn:role")
                .build()
        })
    }

    async fn read(rules: [&Rule; 3]) -> Option<LiveResource> {
        let [list, tags, describe] = rules;
        let aws =
            Aws { datasync: client!(aws_sdk_datasync, list, tags, describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn ours_is_read_as_it_is_desired() {
        let found = read([&lists_location(ARN, URI), &managed(), &describes()]).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(found.attribute("arn"), ARN);
    }

    #[tokio::test]
    async fn anothers_is_not_ours_and_of_another_type_not_even_asked_for_tags() {
        let (anothers, managed) = (tagged("another", "source-location"), managed());
        assert_eq!(read([&lists_location(ARN, URI), &anothers, &describes()]).await, None);
        assert_eq!(
            read([&lists_location(ARN, "s3://bucket/"), &managed, &describes()]).await,
            None
        );
        assert_eq!(managed.num_calls(), 0);
    }

    #[tokio::test]
    async fn create_is_tagged_and_never_sent_twice() {
        let lost = mock!(Client::create_location_efs)
            .match_requests(|request| {
                let tags: Vec<_> =
                    request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
                tags.len() == 3 && tags.contains(&("efs-s3:mount-target", Some("fsmt-1")))
            })
            .sequence()
            .http_status(500, None)
            .output(|| CreateLocationEfsOutput::builder().location_arn(ARN).build())
            .build();
        let aws = Aws { datasync: client!(aws_sdk_datasync, &lost), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap_err();
        assert_eq!(lost.num_calls(), 1);
        desired().create(&aws, &id()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn folder_access_point_and_role_are_changed_in_place_once_the_role_is_known() {
        let found = read([&lists_location(ARN, URI), &managed(), &describes()]).await.unwrap();
        let update = mock!(Client::update_location_efs)
            .match_requests(|request| {
                request.location_arn() == Some(ARN)
                    && request.subdirectory() == Some("/other/")
                    && request.file_system_access_role_arn() == Some("")
                    && request.access_point_arn().is_none()
            })
            .sequence()
            .http_response(|| refusal(400, "InvalidRequestException", "Unable to assume role."))
            .output(|| UpdateLocationEfsOutput::builder().build())
            .build();
        let aws = Aws { datasync: client!(aws_sdk_datasync, &update), ..mocked::aws() };
        let other =
            LocationEfs { subdirectory: "/other/".into(), access_role_arn: None, ..desired() };
        let changed = ["subdirectory".to_owned(), "access_role_arn".to_owned()];
        other.update(&aws, &id(), &found, &changed).await.unwrap();
        assert_eq!(update.num_calls(), 2);
    }

    #[tokio::test]
    async fn one_that_is_gone_is_deleted_already_and_other_refusals_are_errors() {
        let delete = mock!(Client::delete_location)
            .sequence()
            .output(|| DeleteLocationOutput::builder().build())
            .http_response(|| {
                refusal(
                    400,
                    "InvalidRequestException",
                    "Location loc-0123456789abcdef0 is not found.",
                )
            })
            .http_response(|| {
                refusal(400, "InvalidRequestException", "Location is in use by a task.")
            })
            .build();
        let found = read([&lists_location(ARN, URI), &managed(), &describes()]).await.unwrap();
        let aws = Aws { datasync: client!(aws_sdk_datasync, &delete), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        desired().delete(&aws, &found).await.unwrap();
        desired().delete(&aws, &found).await.unwrap_err();
    }

    #[test]
    fn the_uri_holds_file_system_and_folder() {
        for (uri, expected) in [
            ("efs://us-east-2.fs-021345abcdef6789/", ("fs-021345abcdef6789", "/")),
            ("efs://us-east-2.fs-021345abcdef6789", ("fs-021345abcdef6789", "/")),
            ("efs://us-west-2.fs-abcdef01/my-folder-1/", ("fs-abcdef01", "/my-folder-1/")),
            ("efs://us-west-2.fs-abcdef01/a/b.c", ("fs-abcdef01", "/a/b.c/")),
        ] {
            assert_eq!(parse_uri(uri), (expected.0, expected.1.to_owned()), "{uri}");
        }
    }
}
