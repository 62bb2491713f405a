//! Faults of datasync-local on the task of a deployment.

use anyhow::Result;
use aws_sdk_datasync::types::TagListEntry;
use datasync_local::faults::FAULT_TAG;

use crate::deployment::Deployment;

/// Makes the executions of the task go wrong from now on; without a fault they go right again.
///
/// # Errors
/// When DataSync refuses, or the stack is not deployed.
pub async fn set(deployment: &Deployment, fault: Option<&str>) -> Result<()> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let task = deployment.outputs().await?.task_arn.to_string();
    match fault {
        Some(value) => {
            let tag = TagListEntry::builder().key(FAULT_TAG).value(value).build()?;
            datasync.tag_resource().resource_arn(task).tags(tag).send().await?;
        }
        None => {
            datasync.untag_resource().resource_arn(task).keys(FAULT_TAG).send().await?;
        }
    }
    Ok(())
}
