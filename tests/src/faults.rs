//! Faults of datasync-local on the task of a deployment.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_datasync::types::{TagListEntry, TaskExecutionStatus};
use datasync_local::faults::FAULT_TAG;
use domain::arn::TaskArn;

use crate::deployment::{Deployment, wait_until_some};

/// So long an execution takes at most to come to a phase.
const A_PHASE: Duration = Duration::from_secs(60);

/// Makes the executions of the task go wrong from now on; without a fault they go right again.
///
/// # Errors
/// When DataSync refuses, or the stack is not deployed.
pub async fn set_fault(deployment: &Deployment, fault: Option<&str>) -> Result<()> {
    set_fault_of_task(deployment, &deployment.read_outputs().await?.task_arn, fault).await
}

/// The same for one task of the deployment.
///
/// # Errors
/// When DataSync refuses.
pub async fn set_fault_of_task(
    deployment: &Deployment,
    task: &TaskArn,
    fault: Option<&str>,
) -> Result<()> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let task = task.as_str();
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

/// Waits until the task's execution is at this status.
///
/// # Errors
/// When DataSync refuses, the stack is not deployed, or it does not come to it in time.
pub async fn wait_for_status(deployment: &Deployment, status: TaskExecutionStatus) -> Result<()> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let task = deployment.read_outputs().await?.task_arn.to_string();
    let at_it = async || {
        let described = datasync.describe_task().task_arn(&task).send().await?;
        let Some(current) = described.current_task_execution_arn else { return Ok(None) };
        let now = datasync.describe_task_execution().task_execution_arn(current).send().await?;
        Ok((now.status == Some(status.clone())).then_some(()))
    };
    wait_until_some(status.as_str(), A_PHASE, at_it).await
}
