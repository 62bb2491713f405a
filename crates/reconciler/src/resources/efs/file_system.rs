//! EFS file system: holds the source's files.
//!
//! EFS chooses the id, so ours is found by its tags. The creation token follows from the stack and
//! the resource alone; a repeated token is answered with 409 `FileSystemAlreadyExists` (EFS API
//! reference, `CreateFileSystem`), and means that an earlier call of ours arrived. One that has
//! lost its tags since is not tagged again: it could be told from somebody else's by its token
//! alone, and the function may only tag what bears our tags. Nor is a second one made: a person
//! decides.

mod backup;
mod life_cycle;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_efs::types::{FileSystemDescription, LifeCycleState, Tag};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::efs::mount_targets;
use crate::tagging::{has_resource_tags, resource_tags};
use crate::wait::{self, EFS_LIFE_CYCLE};

/// Shown by the console in the column "Name".
const NAME_TAG: &str = "Name";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSystem {
    /// The `Name` tag: what the console shows.
    pub name: String,
    /// At rest.
    pub encrypted: bool,
    /// The key's ARN; `None` is the account's own key for EFS.
    pub kms_key_arn: Option<String>,
    /// `elastic` or `bursting`.
    pub throughput_mode: String,
    /// `generalPurpose` or `maxIO`.
    pub performance_mode: String,
    /// Days without access after which a file moves to Infrequent Access; it comes back with the
    /// first access. 0, when read, stands for other transitions than these.
    pub transition_to_ia_days: Option<i32>,
    /// Daily, by AWS Backup.
    pub backup: bool,
}

impl ResourceKind for FileSystem {
    const NAME: &'static str = "EFS file system";
    const ACTIONS: Actions = Actions {
        look: &[
            "elasticfilesystem:DescribeBackupPolicy",
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:DescribeLifecycleConfiguration",
        ],
        make: &["elasticfilesystem:CreateFileSystem"],
        change: &[
            "elasticfilesystem:DeleteFileSystem",
            "elasticfilesystem:PutBackupPolicy",
            "elasticfilesystem:PutLifecycleConfiguration",
            "elasticfilesystem:UpdateFileSystem",
        ],
        implied: &["elasticfilesystem:TagResource", "iam:CreateServiceLinkedRole"],
    };
    const FORCE_NEW: &'static [&'static str] = &["encrypted", "kms_key_arn", "performance_mode"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let mut pages = aws.efs.describe_file_systems().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(KindError::doing("listing EFS file systems for", id.as_str()))?;
            let managed = page
                .file_systems
                .unwrap_or_default()
                .into_iter()
                .find(|found| is_ours(aws, id, found));
            if let Some(description) = managed {
                let id = &description.file_system_id;
                let settings = tokio::try_join!(life_cycle::read(aws, id), backup::read(aws, id))?;
                return Ok(Some(self.found(aws, &description, settings)));
            }
        }
        Ok(None)
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made = wait::until(EFS_LIFE_CYCLE, async || self.make(aws, id).await).await?;
        let file_system_id = made.ok_or_else(|| {
            never("creating EFS file system", id.as_str(), "its predecessor to go")
        })?;
        await_available(aws, &file_system_id).await?;
        if self.transition_to_ia_days.is_some() {
            life_cycle::put(aws, &file_system_id, self.transition_to_ia_days).await?;
        }
        if self.backup {
            backup::put(aws, &file_system_id, true).await?;
        }
        Ok(())
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let file_system_id = found.attribute("id");
        // An earlier run may have left it while it was being made: EFS takes no settings until
        // then.
        await_available(aws, file_system_id).await?;
        if changed.iter().any(|field| field == "name") {
            self.tag(aws, id, file_system_id).await?;
        }
        if changed.iter().any(|field| field == "throughput_mode") {
            let update = aws.efs.update_file_system().file_system_id(file_system_id);
            let sent = update.throughput_mode(self.throughput_mode.as_str().into()).send().await;
            sent.map_err(KindError::doing(
                "changing the throughput of EFS file system",
                file_system_id,
            ))?;
            await_available(aws, file_system_id).await?;
        }
        if changed.iter().any(|field| field == "transition_to_ia_days") {
            life_cycle::put(aws, file_system_id, self.transition_to_ia_days).await?;
        }
        if changed.iter().any(|field| field == "backup") {
            backup::put(aws, file_system_id, self.backup).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let file_system_id = found.attribute("id");
        // EFS refuses while a mount target is left: ours are gone by now, those of a former subnet
        // or by hand may not be.
        mount_targets::delete_all(aws, file_system_id).await?;
        let doing = "deleting EFS file system";
        if let Err(error) = aws.efs.delete_file_system().file_system_id(file_system_id).send().await
        {
            let failure = SdkFailure::from(error);
            let gone = failure.is(&["FileSystemNotFound"]);
            return if gone {
                Ok(())
            } else {
                Err(KindError::doing(doing, file_system_id)(failure))
            };
        }
        let gone = wait::until(EFS_LIFE_CYCLE, async || {
            let state = life_cycle_state(aws, file_system_id).await?;
            Ok(matches!(state, None | Some(LifeCycleState::Deleted)).then_some(()))
        });
        gone.await?.ok_or_else(|| never(doing, file_system_id, "it to be gone"))
    }
}

impl FileSystem {
    /// One attempt: the id of the file system that our token made, now or earlier; `None` while one
    /// of that token is still being deleted.
    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<Option<String>, KindError> {
        let create = aws
            .efs
            .create_file_system()
            .creation_token(creation_token(aws, id))
            .encrypted(self.encrypted);
        let create = create.throughput_mode(self.throughput_mode.as_str().into());
        let create = create.set_kms_key_id(self.kms_key_arn.clone());
        let create = create.performance_mode(self.performance_mode.as_str().into());
        match create.set_tags(Some(self.tags(aws, id))).send().await {
            Ok(made) => Ok(Some(made.file_system_id)),
            Err(error) => {
                let failure = SdkFailure::from(error);
                if !failure.is(&["FileSystemAlreadyExists"]) {
                    return Err(KindError::doing("creating EFS file system", id.as_str())(failure));
                }
                self.adopt(aws, id).await
            }
        }
    }

    /// The file system that our token made earlier, if it stays and bears our tags.
    async fn adopt(&self, aws: &Aws, id: &ResourceId) -> Result<Option<String>, KindError> {
        let answer =
            aws.efs.describe_file_systems().creation_token(creation_token(aws, id)).send().await;
        let answer = answer.map_err(KindError::doing(
            "finding by its creation token EFS file system",
            id.as_str(),
        ))?;
        let Some(existing) = answer.file_systems.unwrap_or_default().into_iter().find(stays) else {
            return Ok(None);
        };
        if is_ours(aws, id, &existing) {
            return Ok(Some(existing.file_system_id));
        }
        Err(KindError::doing("creating EFS file system", id.as_str())(Cause::Other(lost_tags(
            aws, id, &existing,
        ))))
    }

    async fn tag(&self, aws: &Aws, id: &ResourceId, file_system_id: &str) -> Result<(), KindError> {
        let sent = aws
            .efs
            .tag_resource()
            .resource_id(file_system_id)
            .set_tags(Some(self.tags(aws, id)))
            .send()
            .await;
        sent.map_err(KindError::doing("tagging EFS file system", file_system_id))?;
        Ok(())
    }

    fn found(
        &self,
        aws: &Aws,
        description: &FileSystemDescription,
        (transition_to_ia_days, backup): (Option<i32>, bool),
    ) -> LiveResource {
        let id = description.file_system_id.clone();
        let arn = aws.names.file_system_arn(&id);
        let name = description
            .tags
            .iter()
            .find(|tag| tag.key() == NAME_TAG)
            .map(|tag| tag.value().to_owned());
        let state = Self {
            name: name.unwrap_or_default(),
            encrypted: description.encrypted.unwrap_or(false),
            // EFS names the account's own key too; it only counts where a key was asked for.
            kms_key_arn: description.kms_key_id.clone().filter(|_| self.kms_key_arn.is_some()),
            throughput_mode: description
                .throughput_mode
                .as_ref()
                .map_or("bursting", |mode| mode.as_str())
                .to_owned(),
            performance_mode: description.performance_mode.as_str().to_owned(),
            transition_to_ia_days,
            backup,
        };
        let attributes = BTreeMap::from([("id".to_owned(), id), ("arn".to_owned(), arn)]);
        LiveResource { state: json!(state), attributes, managed: true }
    }

    fn tags(&self, aws: &Aws, id: &ResourceId) -> Vec<Tag> {
        let name = (NAME_TAG, self.name.clone());
        resource_tags(aws, id)
            .into_iter()
            .chain([name])
            .map(|(key, value)| tag(key, value))
            .collect()
    }
}

fn tag(key: &str, value: String) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are all that a tag needs")
}

/// At most 64 characters: a stack's name has 20 and our resource ids are short.
fn creation_token(aws: &Aws, id: &ResourceId) -> String {
    format!("efs-s3/{}/{id}", aws.names.stack)
}

fn is_ours(aws: &Aws, id: &ResourceId, description: &FileSystemDescription) -> bool {
    stays(description)
        && has_resource_tags(aws, id, description.tags.iter().map(|tag| (tag.key(), tag.value())))
}

/// The message about a file system that this stack made and can no longer find by its tags.
fn lost_tags(aws: &Aws, id: &ResourceId, existing: &FileSystemDescription) -> String {
    let file_system_id = &existing.file_system_id;
    let [stack, resource] =
        resource_tags(aws, id).map(|(key, value)| format!("Key={key},Value={value}"));
    format!(
        "this stack made `{file_system_id}`, which has lost its tags since, and makes no second one; to keep it, tag it \
         again (`aws efs tag-resource --resource-id {file_system_id} --tags {stack} {resource}`), or name it in \
         stack.toml as `file_system.id`; or delete it, and the next deploy makes a new one"
    )
}

fn stays(description: &FileSystemDescription) -> bool {
    !matches!(description.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

async fn await_available(aws: &Aws, file_system_id: &str) -> Result<(), KindError> {
    let doing = "waiting for EFS file system";
    let available =
        wait::until(EFS_LIFE_CYCLE, async || match life_cycle_state(aws, file_system_id).await? {
            Some(LifeCycleState::Available) => Ok(Some(())),
            Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(None),
            Some(other) => Err(KindError::doing(doing, file_system_id)(Cause::Other(format!(
                "it is `{other}`"
            )))),
            None => Err(KindError::doing(doing, file_system_id)(Cause::Other(
                "it was deleted meanwhile".to_owned(),
            ))),
        });
    available.await?.ok_or_else(|| never(doing, file_system_id, "it to be available"))
}

/// `None` when there is no such file system.
async fn life_cycle_state(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Option<LifeCycleState>, KindError> {
    match aws.efs.describe_file_systems().file_system_id(file_system_id).send().await {
        Ok(answer) => Ok(answer
            .file_systems()
            .first()
            .map(|description| description.life_cycle_state.clone())),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let gone = failure.is(&["FileSystemNotFound"]);
            if gone {
                Ok(None)
            } else {
                Err(KindError::doing("describing EFS file system", file_system_id)(failure))
            }
        }
    }
}

fn never(doing: &'static str, name: &str, what: &str) -> KindError {
    let minutes = EFS_LIFE_CYCLE.as_secs() / 60;
    KindError::doing(doing, name)(Cause::Other(format!(
        "waited {minutes} minutes for {what}; the next apply goes on waiting"
    )))
}

#[cfg(test)]
mod tests;
