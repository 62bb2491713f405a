//! Finds the execution that an argument names: by its ARN, by its id in the run record, or by its
//! id among the executions of the tasks.

use anyhow::{Context, Result, anyhow};
use aws::executions;
use aws::records_bucket::RecordsBucket;
use aws_sdk_datasync::Client;
use domain::arn::{ExecutionArn, TaskArn};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::named_execution;
use futures::{StreamExt, TryStreamExt, stream};

use crate::access::Access;
use crate::context::StackContext;
use crate::hint::WithHint;

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

/// The number of tasks that are searched concurrently.
const CONCURRENCY: usize = 8;

/// Finds an execution of any sync of the stack, and a recorded one also of a sync that was removed.
/// In a stack with one sync any other id is one of its task.
pub(crate) async fn find_execution(
    context: &StackContext,
    outputs: &Outputs,
    named: &str,
) -> Result<ExecutionArn> {
    search_execution(&context.records, &context.aws.datasync, outputs, named).await
}

async fn search_execution(
    records: &RecordsBucket,
    datasync: &Client,
    outputs: &Outputs,
    named: &str,
) -> Result<ExecutionArn> {
    let first = named_execution(&outputs.task_arn, named)?;
    if named.starts_with("arn:") {
        return Ok(first);
    }
    if let Some(run) = records.read::<RunRecord>(&keys::run_record(named)).await? {
        return Ok(run.execution);
    }
    if outputs.other_syncs.is_empty() {
        return Ok(first);
    }
    let tasks: Vec<&TaskArn> = outputs.each_sync().map(|outputs| &outputs.task_arn).collect();
    let searches = stream::iter(tasks).map(|task| find_in_task(datasync, task, named));
    let found: Vec<Option<ExecutionArn>> = searches.buffered(CONCURRENCY).try_collect().await?;
    found.into_iter().flatten().next().ok_or_else(|| unknown_execution(named)).with_hint(
        "`efs-s3 runs` lists the recorded executions, `efs-s3 status` shows the current ones",
    )
}

fn unknown_execution(named: &str) -> anyhow::Error {
    anyhow!("there is no execution {named}, neither recorded nor in DataSync")
}

/// Returns the execution if it is one of the task. DataSync answers an `InvalidRequestException`
/// where it is not.
async fn find_in_task(datasync: &Client, task: &TaskArn, id: &str) -> Result<Option<ExecutionArn>> {
    let execution = task.execution(id)?;
    match executions::describe(datasync, &execution).await {
        Ok(_) => Ok(Some(execution)),
        Err(failure) if failure.is(&["InvalidRequestException"]) => Ok(None),
        Err(failure) => Err(failure).with_context(|| format!("describing {id} of {}", task.id())),
    }
}

#[cfg(test)]
mod tests;
