//! Deletion of mount targets.

use aws::SdkFailure;
use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};

use super::{alive_in_file_system, of_file_system, timeout_error};
use crate::Aws;
use crate::kind_error::KindError;
use crate::wait::{self, EFS_LIFE_CYCLE};

/// Removes whatever mount targets a file system has; returning means that they are gone.
pub(in crate::resources::efs) async fn delete_all(
    aws: &Aws,
    file_system_id: &str,
) -> Result<(), KindError> {
    delete_where(aws, file_system_id, |_| true).await
}

/// Deletes the mount targets that match. When this returns, they do not exist.
pub(super) async fn delete_where(
    aws: &Aws,
    file_system_id: &str,
    goes: impl Fn(&MountTargetDescription) -> bool,
) -> Result<(), KindError> {
    let doing = "deleting mount targets of EFS file system";
    for target in alive_in_file_system(aws, file_system_id).await?.iter().filter(|one| goes(one)) {
        delete_one(aws, &target.mount_target_id).await?;
    }
    let gone = wait::until(EFS_LIFE_CYCLE, async || {
        let all = of_file_system(aws, file_system_id).await?;
        let left = all
            .iter()
            .any(|target| goes(target) && target.life_cycle_state != LifeCycleState::Deleted);
        Ok::<_, KindError>((!left).then_some(()))
    });
    gone.await?.ok_or_else(|| timeout_error(doing, file_system_id, "them to be gone"))
}

pub(super) async fn delete_one(aws: &Aws, mount_target_id: &str) -> Result<(), KindError> {
    if let Err(error) = aws.efs.delete_mount_target().mount_target_id(mount_target_id).send().await
    {
        let failure = SdkFailure::from(error);
        if !failure.is(&["MountTargetNotFound"]) {
            return Err(KindError::doing("deleting EFS mount target", mount_target_id)(failure));
        }
    }
    Ok(())
}
