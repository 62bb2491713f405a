//! Creation of a file system under its creation token and tags.

use aws_sdk_efs::types::{FileSystemDescription, Tag};

use super::{FileSystem, NAME_TAG, is_alive, is_managed, tag};
use crate::Aws;
use crate::kind_error::{Cause, KindError, none_if_refused};
use crate::resource_id::ResourceId;
use crate::tagging::resource_tags;

const CREATING: &str = "creating EFS file system";

/// At most 64 characters: a stack's name has 20 and our resource ids are short.
pub(super) fn creation_token(aws: &Aws, id: &ResourceId) -> String {
    format!("efs-s3/{}/{id}", aws.names.stack)
}

/// The message about a file system that this stack created and that has lost its tags.
pub(super) fn lost_tags(aws: &Aws, id: &ResourceId, existing: &FileSystemDescription) -> String {
    let file_system_id = &existing.file_system_id;
    let [stack, resource] =
        resource_tags(aws, id).map(|(key, value)| format!("Key={key},Value={value}"));
    format!(
        "this stack created `{file_system_id}`, which has lost its tags, and does not create a \
         second one; to keep it, tag it again (`aws efs tag-resource --resource-id {file_system_id} --tags \
         {stack} {resource}`), or name it in stack.toml as `file_system.id`; or delete it, and the \
         next deploy creates a new one"
    )
}

/// Finds the file system of our creation token.
async fn find_by_token(
    aws: &Aws,
    id: &ResourceId,
) -> Result<Option<FileSystemDescription>, KindError> {
    let find = aws.efs.describe_file_systems().creation_token(creation_token(aws, id));
    let doing = KindError::doing("finding by its creation token EFS file system", id.as_str());
    let found = find.send().await.map_err(doing)?.file_systems.unwrap_or_default();
    Ok(found.into_iter().find(is_alive))
}

/// Finds the managed file system by its tags.
pub(super) async fn find_file_system(
    aws: &Aws,
    id: &ResourceId,
) -> Result<Option<FileSystemDescription>, KindError> {
    let mut pages = aws.efs.describe_file_systems().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(KindError::doing("listing EFS file systems for", id.as_str()))?;
        let mut described = page.file_systems.unwrap_or_default().into_iter();
        let managed = described.find(|found| is_managed(aws, id, found));
        if managed.is_some() {
            return Ok(managed);
        }
    }
    Ok(None)
}

impl FileSystem {
    /// One attempt: returns the id of the file system of our token; `None` while one of that token
    /// is still being deleted.
    pub(super) async fn create_file_system(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<String>, KindError> {
        let create = aws
            .efs
            .create_file_system()
            .creation_token(creation_token(aws, id))
            .encrypted(self.encrypted);
        let create = create.throughput_mode(self.throughput_mode.as_str().into());
        let create = create.set_kms_key_id(self.kms_key_arn.clone());
        let create = create.performance_mode(self.performance_mode.as_str().into());
        let sent = create.set_tags(Some(self.file_system_tags(aws, id))).send().await;
        match none_if_refused(sent, &["FileSystemAlreadyExists"], CREATING, id.as_str())? {
            Some(made) => Ok(Some(made.file_system_id)),
            None => self.adopt_file_system(aws, id).await,
        }
    }

    /// The earlier file system of our token, if it is not being deleted and has our tags.
    pub(super) async fn adopt_file_system(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<String>, KindError> {
        let Some(existing) = find_by_token(aws, id).await? else { return Ok(None) };
        if is_managed(aws, id, &existing) {
            return Ok(Some(existing.file_system_id));
        }
        let cause = Cause::Other(lost_tags(aws, id, &existing));
        Err(KindError::doing(CREATING, id.as_str())(cause))
    }

    pub(super) fn file_system_tags(&self, aws: &Aws, id: &ResourceId) -> Vec<Tag> {
        let name = (NAME_TAG, self.name.clone());
        resource_tags(aws, id)
            .into_iter()
            .chain([name])
            .map(|(key, value)| tag(key, value))
            .collect()
    }
}
