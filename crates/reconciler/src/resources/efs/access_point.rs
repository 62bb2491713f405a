//! EFS access point: gives access to a directory of a file system, which EFS creates at the first
//! mount if it is missing (EFS User Guide, "Creating the root directory for an access point").
//!
//! EFS chooses the id, so the managed one is found by its tags, and only the tags can be changed. A
//! repeated client token is answered with 409 `AccessPointAlreadyExists` (EFS API reference,
//! `CreateAccessPoint`): an earlier call succeeded.

mod find;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_efs::types::{
    AccessPointDescription, CreationInfo, LifeCycleState, RootDirectory, Tag,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};
use crate::wait::{self, EFS_LIFE_CYCLE};

const CREATING: &str = "creating EFS access point";

/// The owner of the directory when EFS creates it: root, like the root of a file system.
const OWNER: i64 = 0;
const PERMISSIONS: &str = "0755";

/// It enforces no user: owners stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessPoint {
    pub file_system_id: String,
    /// Begins with `/` and does not end in one; at most 100 characters and four names.
    pub path: String,
}

impl ResourceKind for AccessPoint {
    const NAME: &'static str = "EFS access point";
    const ACTIONS: Actions = Actions {
        look: &["elasticfilesystem:DescribeAccessPoints"],
        make: &["elasticfilesystem:CreateAccessPoint"],
        change: &["elasticfilesystem:DeleteAccessPoint"],
        implied: &["elasticfilesystem:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["file_system_id", "path"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.file_system_id) {
            return Ok(None);
        }
        Ok(self.find_managed(aws, id).await?.map(|description| live_resource(aws, description)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made = wait::until(EFS_LIFE_CYCLE, async || self.attempt_creation(aws, id).await);
        let never = || {
            KindError::doing(CREATING, id.as_str())(Cause::Other(
                "it did not become available".to_owned(),
            ))
        };
        made.await?.ok_or_else(never)
    }

    /// There is nothing to change in place.
    async fn update(
        &self,
        _aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let access_point_id = found.attribute("id");
        if let Err(error) =
            aws.efs.delete_access_point().access_point_id(access_point_id).send().await
        {
            let failure = SdkFailure::from(error);
            if !is_gone(&failure) {
                return Err(KindError::doing("deleting EFS access point", access_point_id)(
                    failure,
                ));
            }
        }
        Ok(())
    }
}

impl AccessPoint {
    /// One attempt; `None` while the access point is not available.
    async fn attempt_creation(&self, aws: &Aws, id: &ResourceId) -> Result<Option<()>, KindError> {
        match self.create_access_point(aws, id).await {
            Ok(()) => {}
            // An access point of our token is managed already, or still being deleted, or has
            // lost its tags.
            Err(failure) if failure.is(&["AccessPointAlreadyExists"]) => {
                self.require_tags(aws, id).await?
            }
            // The file system was just created.
            Err(failure) if failure.is(&["IncorrectFileSystemLifeCycleState"]) => return Ok(None),
            Err(failure) => return Err(KindError::doing(CREATING, id.as_str())(failure)),
        }
        let state = self.find_managed(aws, id).await?.and_then(|managed| managed.life_cycle_state);
        Ok((state == Some(LifeCycleState::Available)).then_some(()))
    }

    async fn create_access_point(&self, aws: &Aws, id: &ResourceId) -> Result<(), SdkFailure> {
        let incomplete =
            |error: aws_sdk_efs::error::BuildError| SdkFailure::incomplete(&error.to_string());
        let made_with =
            CreationInfo::builder().owner_uid(OWNER).owner_gid(OWNER).permissions(PERMISSIONS);
        let made_with = made_with.build().map_err(incomplete)?;
        let root = RootDirectory::builder().path(&self.path).creation_info(made_with).build();
        let create =
            aws.efs.create_access_point().file_system_id(&self.file_system_id).root_directory(root);
        let create =
            create.client_token(self.client_token(aws, id)).set_tags(Some(tag_list(aws, id)));
        create.send().await.map(drop).map_err(SdkFailure::from)
    }
}

fn tag_list(aws: &Aws, id: &ResourceId) -> Vec<Tag> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    resource_tags(aws, id).into_iter().filter_map(|pair| tag(pair).ok()).collect()
}

fn bears_tags(aws: &Aws, id: &ResourceId, description: &AccessPointDescription) -> bool {
    has_resource_tags(aws, id, description.tags().iter().map(|tag| (tag.key(), tag.value())))
}

fn is_alive(description: &AccessPointDescription) -> bool {
    !matches!(
        description.life_cycle_state,
        Some(LifeCycleState::Deleting | LifeCycleState::Deleted)
    )
}

fn is_gone(failure: &SdkFailure) -> bool {
    failure.is(&["AccessPointNotFound", "FileSystemNotFound"])
}

fn live_resource(aws: &Aws, description: AccessPointDescription) -> LiveResource {
    let path =
        description.root_directory.and_then(|root| root.path).unwrap_or_else(|| "/".to_owned());
    let id = description.access_point_id.unwrap_or_default();
    let arn = aws.names.regional_arn("elasticfilesystem", &format!("access-point/{id}"));
    let state =
        AccessPoint { file_system_id: description.file_system_id.unwrap_or_default(), path };
    let attributes = BTreeMap::from([("id".to_owned(), id), ("arn".to_owned(), arn)]);
    LiveResource { state: json!(state), attributes, managed: true }
}

#[cfg(test)]
mod tests;
