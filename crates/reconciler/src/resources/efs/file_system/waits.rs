//! Waits for the life-cycle states of a file system.

use aws::SdkFailure;
use aws_sdk_efs::types::LifeCycleState;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, EFS_LIFE_CYCLE};

pub(super) async fn await_available(aws: &Aws, file_system_id: &str) -> Result<(), KindError> {
    let doing = "waiting for EFS file system";
    let available =
        wait::until(EFS_LIFE_CYCLE, async || match life_cycle_state(aws, file_system_id).await? {
            Some(LifeCycleState::Available) => Ok(Some(())),
            Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(None),
            Some(other) => Err(KindError::doing(doing, file_system_id)(Cause::Other(format!(
                "it is `{other}`"
            )))),
            None => Err(KindError::doing(doing, file_system_id)(Cause::Other(
                "it was deleted in the meantime".to_owned(),
            ))),
        });
    available.await?.ok_or_else(|| timeout_error(doing, file_system_id, "it to be available"))
}

/// `None` when there is no such file system.
pub(super) async fn life_cycle_state(
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

pub(super) fn timeout_error(doing: &'static str, name: &str, what: &str) -> KindError {
    let minutes = EFS_LIFE_CYCLE.as_secs() / 60;
    KindError::doing(doing, name)(Cause::Other(format!(
        "waited {minutes} minutes for {what}; the next apply continues to wait"
    )))
}
