//! The current execution of the task.

use anyhow::{Context as _, Result};
use aws::SdkFailure;
use domain::arn::ExecutionArn;

use crate::access::Access;
use crate::context::StackContext;

pub(crate) const ACCESS: Access = Access { stack: &["datasync:DescribeTask"], ..Access::NONE };

/// Returns the latest execution of the task, running or ended.
pub(crate) async fn current_execution(
    context: &StackContext,
    task: &str,
) -> Result<Option<ExecutionArn>> {
    let described =
        context.aws.datasync.describe_task().task_arn(task).send().await.map_err(SdkFailure::from);
    let described = described.with_context(|| format!("describing the task `{task}`"))?;
    Ok(described.current_task_execution_arn().map(ExecutionArn::parse).transpose()?)
}
