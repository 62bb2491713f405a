//! Creation of one mount target.

use aws::SdkFailure;
use aws_sdk_efs::types::LifeCycleState;

use super::{MountTargets, of_file_system, timeout_error};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, EC2_SETTLES, EFS_LIFE_CYCLE};

const CREATING: &str = "creating EFS mount target in";
const WAITING: &str = "waiting for EFS mount target in";

/// The errors of a subnet or group that is not known everywhere yet: EFS reads them from EC2.
pub(super) fn network_is_not_known_yet(error: &KindError) -> bool {
    error.is(&["SecurityGroupNotFound", "SubnetNotFound"])
}

/// Returns `None` while it is being made or changed.
fn check_availability(state: Option<LifeCycleState>) -> Result<Option<()>, String> {
    match state {
        Some(LifeCycleState::Available) => Ok(Some(())),
        Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(None),
        Some(other) => Err(format!("it is `{other}`")),
        None => Err("it was deleted in the meantime".to_owned()),
    }
}

impl MountTargets {
    /// Creates the mount target in this subnet if there is none, and waits until it can be mounted.
    pub(super) async fn create_mount_target(
        &self,
        aws: &Aws,
        subnet_id: &str,
    ) -> Result<(), KindError> {
        let make = async || {
            wait::until(EFS_LIFE_CYCLE, async || self.try_make(aws, subnet_id).await).await
        };
        let made = wait::retry(EC2_SETTLES, network_is_not_known_yet, make).await?;
        let missing = "its file system to be ready for it";
        made.ok_or_else(|| timeout_error(CREATING, subnet_id, missing))?;
        let available = wait::until(EFS_LIFE_CYCLE, async || {
            check_availability(self.state_in(aws, subnet_id).await?)
                .map_err(|why| KindError::doing(WAITING, subnet_id)(Cause::Other(why)))
        });
        available.await?.ok_or_else(|| timeout_error(WAITING, subnet_id, "it to be available"))
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
            Err(error) => self.judge_refusal(aws, subnet_id, error.into()).await,
        }
    }

    async fn judge_refusal(
        &self,
        aws: &Aws,
        subnet_id: &str,
        failure: SdkFailure,
    ) -> Result<Option<()>, KindError> {
        if failure.is(&["IncorrectFileSystemLifeCycleState"]) {
            return Ok(None);
        }
        // A conflict in the same subnet is an earlier call; any other conflict is an error.
        let exists =
            failure.is(&["MountTargetConflict"]) && self.state_in(aws, subnet_id).await?.is_some();
        if exists { Ok(Some(())) } else { Err(KindError::doing(CREATING, subnet_id)(failure)) }
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
