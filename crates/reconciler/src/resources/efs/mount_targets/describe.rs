//! Reads of the mount targets of a file system.

use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

/// All mount targets; none for a file system that doesn't exist.
pub(super) async fn of_file_system(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Vec<MountTargetDescription>, KindError> {
    let mut pages =
        aws.efs.describe_mount_targets().file_system_id(file_system_id).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let doing = "listing mount targets of EFS file system";
        match none_if_refused(page, &["FileSystemNotFound"], doing, file_system_id)? {
            Some(page) => all.extend(page.mount_targets.unwrap_or_default()),
            None => return Ok(Vec::new()),
        }
    }
    Ok(all)
}

/// The mount targets that are not being deleted.
pub(super) async fn alive_in_file_system(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Vec<MountTargetDescription>, KindError> {
    let mut all = of_file_system(aws, file_system_id).await?;
    all.retain(is_alive);
    Ok(all)
}

pub(super) fn is_alive(target: &MountTargetDescription) -> bool {
    !matches!(target.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

pub(super) fn is_available(target: &MountTargetDescription) -> bool {
    target.life_cycle_state != LifeCycleState::Error
}
