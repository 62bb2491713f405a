//! Finds the execution that an argument names: by its ARN, by its id or the beginning of it in the
//! records, or by its id among the executions of the tasks. Restores are executions too.

use std::cmp::Reverse;

use anyhow::{Context, Result, anyhow};
use aws::executions;
use aws::records_bucket::{RecordsBucket, Written};
use aws_sdk_datasync::Client;
use domain::arn::{ExecutionArn, TaskArn, resource_id};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::restore_run::RestoreRun;
use domain::records::run::RunRecord;
use domain::records::start::StartRecord;
use futures::{StreamExt, TryStreamExt, stream};

use crate::access::Access;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::current::{running_executions, tasks_of_stack};
use crate::runs::execution_name::{ExecutionName, no_execution_id, only_id, unknown_execution};

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

/// The number of tasks that are searched concurrently.
const CONCURRENCY: usize = 8;
/// The number of ids that an error lists.
const LISTED: usize = 3;

/// Finds an execution of any sync of the stack, and a recorded one also of a sync that was removed.
pub(crate) async fn find_execution(
    context: &StackContext,
    outputs: &Outputs,
    named: &str,
) -> Result<ExecutionArn> {
    let search = Search { records: &context.records, datasync: &context.aws.datasync, outputs };
    match ExecutionName::parse(named) {
        Some(ExecutionName::Arn(arn)) => Ok(arn),
        Some(ExecutionName::Id(id)) => search.find_by_id(&id).await,
        Some(ExecutionName::Beginning(beginning)) => {
            let running = running_executions(context, outputs).await?;
            let running = running.into_iter().map(|execution| execution.arn).collect();
            search.find_by_beginning(&beginning, running).await
        }
        Some(ExecutionName::Latest) => find_latest(context, &search).await,
        None => Err(no_execution_id(named, &search.latest_ids().await?)),
    }
}

/// Finds the running execution that started last; otherwise one that has ended and is not recorded
/// yet, and otherwise the one that was recorded last.
async fn find_latest(context: &StackContext, search: &Search<'_>) -> Result<ExecutionArn> {
    let running = running_executions(context, search.outputs).await?;
    if let Some(latest) = running.into_iter().max_by_key(|execution| execution.started_at) {
        return Ok(latest.arn);
    }
    if let Some(started) = search.started_and_not_recorded().await? {
        return Ok(started);
    }
    match search.latest_ids().await?.first() {
        Some(id) => search.find_by_id(id).await,
        None => {
            Err(anyhow!("there are no executions yet")).with_hint("`efs-s3 sync --wait` starts one")
        }
    }
}

/// The records and the tasks of a stack.
struct Search<'a> {
    records: &'a RecordsBucket,
    datasync: &'a Client,
    outputs: &'a Outputs,
}

impl Search<'_> {
    /// Returns the execution of the latest start, if it has no record yet.
    async fn started_and_not_recorded(&self) -> Result<Option<ExecutionArn>> {
        let starts = self.records.by_time(keys::STARTS_PREFIX).await?;
        let Some(latest) = starts.first() else { return Ok(None) };
        let start: Option<StartRecord> = self.records.read(&latest.key).await?;
        let Some(execution) = start.and_then(|start| start.execution) else { return Ok(None) };
        let record: Option<RunRecord> =
            self.records.read(&keys::run_record(execution.id())).await?;
        Ok(record.is_none().then_some(execution))
    }

    async fn find_by_id(&self, id: &str) -> Result<ExecutionArn> {
        if let Some(run) = self.records.read::<RunRecord>(&keys::run_record(id)).await? {
            return Ok(run.execution);
        }
        if let Some(run) = self.records.read::<RestoreRun>(&keys::restore_run(id)).await? {
            return Ok(run.execution);
        }
        let tasks: Vec<&TaskArn> = tasks_of_stack(self.outputs).collect();
        let searches =
            stream::iter(tasks).map(async |task| find_in_task(self.datasync, task, id).await);
        let found: Vec<Option<ExecutionArn>> = searches.buffered(CONCURRENCY).try_collect().await?;
        match found.into_iter().flatten().next() {
            Some(execution) => Ok(execution),
            None => Err(unknown_execution(id, &self.latest_ids().await?)),
        }
    }

    /// Finds the only execution whose id begins like this, among the recorded and the `running`
    /// ones.
    async fn find_by_beginning(
        &self,
        beginning: &str,
        running: Vec<ExecutionArn>,
    ) -> Result<ExecutionArn> {
        let mut ids: Vec<String> = running.iter().map(|arn| arn.id().to_owned()).collect();
        ids.retain(|id| id.starts_with(beginning));
        for prefix in [keys::RUNS_PREFIX, keys::RESTORE_RUNS_PREFIX] {
            let keys = self.records.list(&format!("{prefix}{beginning}")).await?;
            ids.extend(keys.iter().map(|key| id_of_key(key)));
        }
        ids.sort();
        ids.dedup();
        let latest = if ids.is_empty() { self.latest_ids().await? } else { Vec::new() };
        let id = only_id(beginning, &ids, &latest)?;
        match running.into_iter().find(|arn| arn.id() == id) {
            Some(execution) => Ok(execution),
            None => self.find_by_id(&id).await,
        }
    }

    /// Returns the ids of the executions that were recorded last, the latest first.
    async fn latest_ids(&self) -> Result<Vec<String>> {
        let mut all: Vec<Written> = self.records.by_time(keys::RUNS_PREFIX).await?;
        all.extend(self.records.by_time(keys::RESTORE_RUNS_PREFIX).await?);
        all.sort_by_key(|written| Reverse(written.at));
        Ok(all.iter().take(LISTED).map(|written| id_of_key(&written.key)).collect())
    }
}

/// The id in the key of a record.
fn id_of_key(key: &str) -> String {
    resource_id(key.trim_end_matches(".json")).to_owned()
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
