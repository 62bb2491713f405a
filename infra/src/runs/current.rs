//! The current executions of the tasks, of syncs and of restores.

use anyhow::{Context as _, Result};
use aws::{SdkFailure, executions};
use domain::arn::{ExecutionArn, TaskArn};
use domain::execution::Execution;
use domain::records::outputs::Outputs;

use crate::access::Access;
use crate::context::StackContext;
use crate::runs::tasks::{is_idle, read_task_statuses};

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTask", "datasync:DescribeTaskExecution"], ..Access::NONE };

/// Returns the latest execution of the task, running or ended.
pub(crate) async fn current_execution(
    context: &StackContext,
    task: &str,
) -> Result<Option<ExecutionArn>> {
    let described =
        context.aws.datasync.describe_task().task_arn(task).send().await.map_err(SdkFailure::from);
    let described = described.with_context(|| format!("describing the task `{task}`"))?;
    let current = described.current_task_execution_arn().filter(|arn| !arn.is_empty());
    Ok(current.map(ExecutionArn::parse).transpose()?)
}

/// Returns the execution of a task that has not ended, queued ones included.
pub(crate) async fn running_execution(
    context: &StackContext,
    task: &str,
) -> Result<Option<Execution>> {
    let Some(current) = current_execution(context, task).await? else { return Ok(None) };
    let now = executions::describe(&context.aws.datasync, &current).await;
    let now = now.with_context(|| format!("describing {}", current.id()))?;
    Ok((!now.is_terminal()).then_some(now))
}

/// Returns all executions of the stack that have not ended, restores included.
pub(crate) async fn running_executions(
    context: &StackContext,
    outputs: &Outputs,
) -> Result<Vec<Execution>> {
    let statuses = read_task_statuses(context).await?;
    let mut running = Vec::new();
    for task in tasks_of_stack(outputs) {
        if !is_idle(statuses.get(task.as_str()).map(String::as_str)) {
            running.extend(running_execution(context, task.as_str()).await?);
        }
    }
    Ok(running)
}

/// The tasks of all syncs, and those of their restores.
pub(crate) fn tasks_of_stack(outputs: &Outputs) -> impl Iterator<Item = &TaskArn> {
    outputs.each_sync().flat_map(|outputs| {
        let restore = outputs.restore.as_ref().map(|restore| &restore.task_arn);
        [Some(&outputs.task_arn), restore].into_iter().flatten()
    })
}

/// Whether the task is one that restores files.
pub(crate) fn is_restore_task(outputs: &Outputs, task: &TaskArn) -> bool {
    let mut restores = outputs.each_sync().filter_map(|outputs| outputs.restore.as_ref());
    restores.any(|restore| restore.task_arn == *task)
}
