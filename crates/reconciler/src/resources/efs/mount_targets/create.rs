//! Creation of one mount target.

use super::{MountTargets, of_file_system, timeout_error};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, EC2_SETTLES, EFS_LIFE_CYCLE};
use aws::SdkFailure;
use aws_sdk_efs::types::LifeCycleState;

/// The errors of a subnet or group that is not known everywhere yet: EFS reads them from EC2.
pub(super) fn network_is_not_known_yet(error: &KindError) -> bool {
    error.is(&["SecurityGroupNotFound", "SubnetNotFound"])
}

impl MountTargets {
    /// Creates the mount target in this subnet if there is none, and waits until it can be mounted.
    pub(super) async fn create_mount_target(
        &self,
        aws: &Aws,
        subnet_id: &str,
    ) -> Result<(), KindError> {
        let waiting = "waiting for EFS mount target in";
        let make = async || {
            wait::until(EFS_LIFE_CYCLE, async || self.try_make(aws, subnet_id).await).await
        };
        let made = wait::retry(EC2_SETTLES, network_is_not_known_yet, make).await?;
        made.ok_or_else(|| {
            timeout_error(
                "creating EFS mount target in",
                subnet_id,
                "its file system to be ready for it",
            )
        })?;
        let available =
            wait::until(EFS_LIFE_CYCLE, async || match self.state_in(aws, subnet_id).await? {
                Some(LifeCycleState::Available) => Ok(Some(())),
                Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(None),
                Some(other) => Err(KindError::doing(waiting, subnet_id)(Cause::Other(format!(
                    "it is `{other}`"
                )))),
                None => Err(KindError::doing(waiting, subnet_id)(Cause::Other(
                    "it was deleted in the meantime".to_owned(),
                ))),
            });
        available.await?.ok_or_else(|| timeout_error(waiting, subnet_id, "it to be available"))
    }

    /// One attempt; `None` while the file system is not ready for it.
    pub(super) async fn try_make(
        &self,
        aws: &Aws,
        subnet_id: &str,
    ) -> Result<Option<()>, KindError> {
        match self.state_in(aws, subnet_id).await? {
            None => {}
            Some(LifeCycleState::Deleting) => return Ok(None),
            Some(_) => return Ok(Some(())),
        }
        let create =
            aws.efs.create_mount_target().file_system_id(&self.file_system_id).subnet_id(subnet_id);
        match create.set_security_groups(Some(self.security_group_ids.clone())).send().await {
            Ok(_) => Ok(Some(())),
            Err(error) => {
                let failure = SdkFailure::from(error);
                if failure.is(&["IncorrectFileSystemLifeCycleState"]) {
                    return Ok(None);
                }
                // A conflict in the same subnet is an earlier call; any other conflict is an error.
                let exists = failure.is(&["MountTargetConflict"])
                    && self.state_in(aws, subnet_id).await?.is_some();
                let failed = KindError::doing("creating EFS mount target in", subnet_id);
                if exists { Ok(Some(())) } else { Err(failed(failure)) }
            }
        }
    }

    pub(super) async fn state_in(
        &self,
        aws: &Aws,
        subnet_id: &str,
    ) -> Result<Option<LifeCycleState>, KindError> {
        let mut all = of_file_system(aws, &self.file_system_id).await?.into_iter();
        let found = all.find(|target| {
            target.subnet_id == subnet_id && target.life_cycle_state != LifeCycleState::Deleted
        });
        Ok(found.map(|target| target.life_cycle_state))
    }
}
