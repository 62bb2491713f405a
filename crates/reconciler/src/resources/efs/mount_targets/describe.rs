//! Reads of the mount targets of a file system.

use crate::Aws;
use crate::kind_error::KindError;
use aws::SdkFailure;
use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};

/// All mount targets; none for a file system that doesn't exist.
pub(super) async fn of_file_system(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Vec<MountTargetDescription>, KindError> {
    let mut pages =
        aws.efs.describe_mount_targets().file_system_id(file_system_id).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => all.extend(page.mount_targets.unwrap_or_default()),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let gone = failure.is(&["FileSystemNotFound"]);
                let doing = "listing mount targets of EFS file system";
                return if gone {
                    Ok(Vec::new())
                } else {
                    Err(KindError::doing(doing, file_system_id)(failure))
                };
            }
        }
    }
    Ok(all)
}

pub(super) fn is_alive(target: &MountTargetDescription) -> bool {
    !matches!(target.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

pub(super) fn is_available(target: &MountTargetDescription) -> bool {
    target.life_cycle_state != LifeCycleState::Error
}
