//! EFS file system: the source of the files.
//!
//! EFS chooses the id, so the managed one is found by its tags. The creation token follows from the
//! stack and the resource alone; a repeated token is answered with 409 `FileSystemAlreadyExists`
//! (EFS API reference, `CreateFileSystem`), and means that an earlier call succeeded.
//!
//! A file system that has lost its tags is not tagged again: only its token would distinguish it
//! from others, and the function may only tag resources with our tags. No second one is created
//! either: a person decides.

mod backup;
mod identity;
mod life_cycle;
mod live_state;
mod waits;

use aws_sdk_efs::types::{FileSystemDescription, LifeCycleState, Tag};
use serde::{Deserialize, Serialize};

use self::waits::{await_available, life_cycle_state, timeout_error};
use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::efs::mount_targets;
use crate::tagging::has_resource_tags;
use crate::wait::{self, EFS_LIFE_CYCLE};

/// Shown by the console in the column "Name".
const NAME_TAG: &str = "Name";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSystem {
    /// The `Name` tag, which the console shows.
    pub name: String,
    /// At rest.
    pub encrypted: bool,
    /// The key's ARN; `None` is the account's own key for EFS.
    pub kms_key_arn: Option<String>,
    /// `elastic` or `bursting`.
    pub throughput_mode: String,
    /// `generalPurpose` or `maxIO`.
    pub performance_mode: String,
    /// Days without access after which a file moves to Infrequent Access; the first access moves it
    /// back. 0, when read, means other transitions than these.
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
        let Some(description) = identity::find_file_system(aws, id).await? else {
            return Ok(None);
        };
        let id = &description.file_system_id;
        let settings =
            tokio::try_join!(life_cycle::read_life_cycle(aws, id), backup::read_backup(aws, id))?;
        Ok(Some(self.live_resource(aws, &description, settings)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made =
            wait::until(EFS_LIFE_CYCLE, async || self.create_file_system(aws, id).await).await?;
        let file_system_id = made.ok_or_else(|| {
            timeout_error("creating EFS file system", id.as_str(), "its predecessor to go")
        })?;
        await_available(aws, &file_system_id).await?;
        if self.transition_to_ia_days.is_some() {
            life_cycle::put_life_cycle(aws, &file_system_id, self.transition_to_ia_days).await?;
        }
        if self.backup {
            backup::put_backup(aws, &file_system_id, true).await?;
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
        // An earlier run may have left it in creation: EFS accepts no settings until it is
        // available.
        await_available(aws, file_system_id).await?;
        if changed.iter().any(|field| field == "name") {
            self.tag(aws, id, file_system_id).await?;
        }
        if changed.iter().any(|field| field == "throughput_mode") {
            self.put_throughput(aws, file_system_id).await?;
            await_available(aws, file_system_id).await?;
        }
        if changed.iter().any(|field| field == "transition_to_ia_days") {
            life_cycle::put_life_cycle(aws, file_system_id, self.transition_to_ia_days).await?;
        }
        if changed.iter().any(|field| field == "backup") {
            backup::put_backup(aws, file_system_id, self.backup).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let file_system_id = found.attribute("id");
        // EFS refuses while a mount target exists: the managed ones are deleted by now, those of a
        // former subnet or created by hand may exist.
        mount_targets::delete_all(aws, file_system_id).await?;
        let doing = "deleting EFS file system";
        let sent = aws.efs.delete_file_system().file_system_id(file_system_id).send().await;
        if none_if_refused(sent, &["FileSystemNotFound"], doing, file_system_id)?.is_none() {
            return Ok(());
        }
        let gone = wait::until(EFS_LIFE_CYCLE, async || {
            let state = life_cycle_state(aws, file_system_id).await?;
            Ok(matches!(state, None | Some(LifeCycleState::Deleted)).then_some(()))
        });
        gone.await?.ok_or_else(|| timeout_error(doing, file_system_id, "it to be gone"))
    }
}

impl FileSystem {
    async fn put_throughput(&self, aws: &Aws, file_system_id: &str) -> Result<(), KindError> {
        let update = aws.efs.update_file_system().file_system_id(file_system_id);
        let sent = update.throughput_mode(self.throughput_mode.as_str().into()).send().await;
        let doing = KindError::doing("changing the throughput of EFS file system", file_system_id);
        sent.map(drop).map_err(doing)
    }
}

impl FileSystem {
    async fn tag(&self, aws: &Aws, id: &ResourceId, file_system_id: &str) -> Result<(), KindError> {
        let sent = aws
            .efs
            .tag_resource()
            .resource_id(file_system_id)
            .set_tags(Some(self.file_system_tags(aws, id)))
            .send()
            .await;
        sent.map_err(KindError::doing("tagging EFS file system", file_system_id))?;
        Ok(())
    }
}

fn tag(key: &str, value: String) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are all that a tag needs")
}

fn is_managed(aws: &Aws, id: &ResourceId, description: &FileSystemDescription) -> bool {
    is_alive(description)
        && has_resource_tags(aws, id, description.tags.iter().map(|tag| (tag.key(), tag.value())))
}

fn is_alive(description: &FileSystemDescription) -> bool {
    !matches!(description.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

#[cfg(test)]
mod tests;
