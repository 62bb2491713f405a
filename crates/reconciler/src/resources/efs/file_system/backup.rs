//! The backup policy: AWS Backup keeps daily copies, or does not. A policy that was never set is
//! the same as `DISABLED` (EFS API reference, `DescribeBackupPolicy`).

use aws::SdkFailure;
use aws_sdk_efs::types::{BackupPolicy, Status};

use crate::Aws;
use crate::kind_error::{Cause, KindError};

pub(super) async fn read_backup(aws: &Aws, file_system_id: &str) -> Result<bool, KindError> {
    match aws.efs.describe_backup_policy().file_system_id(file_system_id).send().await {
        Ok(answer) => Ok(answer.backup_policy.is_some_and(|policy| is_on(&policy.status))),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let unset = failure.is(&["PolicyNotFound"]);
            let doing =
                KindError::doing("reading backup policy of EFS file system", file_system_id);
            if unset { Ok(false) } else { Err(doing(failure)) }
        }
    }
}

pub(super) async fn put_backup(
    aws: &Aws,
    file_system_id: &str,
    enabled: bool,
) -> Result<(), KindError> {
    let doing = "setting backup policy of EFS file system";
    let status = if enabled { Status::Enabled } else { Status::Disabled };
    let policy = BackupPolicy::builder()
        .status(status)
        .build()
        .map_err(|error| Cause::Other(error.to_string()));
    let policy = policy.map_err(KindError::doing(doing, file_system_id))?;
    let put = aws.efs.put_backup_policy().file_system_id(file_system_id).backup_policy(policy);
    put.send().await.map_err(KindError::doing(doing, file_system_id))?;
    Ok(())
}

/// On its way counts as there.
fn is_on(status: &Status) -> bool {
    matches!(status, Status::Enabled | Status::Enabling)
}
