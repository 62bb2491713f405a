//! The state of the task and its executions, as DataSync reports them.

use std::collections::BTreeSet;

use aws::SdkFailure;
use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::types::TaskStatus;
use domain::arn::{ArnError, ExecutionArn, TaskArn};
use domain::names::SLOT_TAG;

use crate::decide::TaskFacts;

/// The number of executions at each end of the list whose tags are read for a slot: a slot that is
/// resumed is at most hours old.
const AT_EACH_END: usize = 20;

/// Reads the task's state, and the execution of this slot if there is one. `find_slot` is false for
/// a new claim, which can't have an execution: that saves a call per execution.
pub(crate) async fn read_facts(
    client: &Client,
    task: &TaskArn,
    slot: &str,
    find_slot: bool,
) -> Result<TaskFacts, TaskError> {
    let described = client.describe_task().task_arn(task.as_str()).send().await;
    let described = described.map_err(|error| TaskError::Describe(error.into()))?;
    let current =
        described.current_task_execution_arn().and_then(|arn| ExecutionArn::parse(arn).ok());
    let of_this_slot = match find_slot {
        true => find_execution_of_slot(client, task, current.as_ref(), slot).await?,
        false => None,
    };
    Ok(TaskFacts {
        status: described.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        current,
        error_code: non_empty(described.error_code()),
        error_detail: non_empty(described.error_detail()),
        schedule_disabled: schedule_disabled(&described),
        of_this_slot,
    })
}

fn non_empty(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The reason for which DataSync disabled the task's own schedule.
///
/// DataSync does so after the task has failed repeatedly with the same error (User Guide,
/// "Scheduling"). The stack's schedule is EventBridge's; this one was added by hand.
fn schedule_disabled(described: &DescribeTaskOutput) -> Option<String> {
    let details = described.schedule_details()?;
    let by_service = details.disabled_by().is_some_and(|by| by.as_str() == "SERVICE");
    by_service.then(|| details.disabled_reason().unwrap_or("DataSync gives no reason").to_owned())
}

/// Lists every execution of the last 30 days with its status.
pub(crate) async fn list_executions(
    client: &Client,
    task: &TaskArn,
) -> Result<Vec<(ExecutionArn, String)>, TaskError> {
    let mut pages = client.list_task_executions().task_arn(task.as_str()).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| TaskError::List(error.into()))?;
        for entry in page.task_executions.unwrap_or_default() {
            let status = entry.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
            if let Some(arn) = entry.task_execution_arn {
                all.push((ExecutionArn::parse(&arn)?, status));
            }
        }
    }
    Ok(all)
}

/// The ARNs of all tasks of the account and region with an execution that runs or is queued: one
/// list instead of one description of each task.
pub(crate) async fn list_busy_tasks(client: &Client) -> Result<BTreeSet<String>, TaskError> {
    let mut pages = client.list_tasks().into_paginator().send();
    let mut busy = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| TaskError::ListTasks(error.into()))?;
        let tasks = page.tasks.unwrap_or_default().into_iter();
        let is_busy = |status: &TaskStatus| matches!(status.as_str(), "RUNNING" | "QUEUED");
        busy.extend(
            tasks
                .filter(|task| task.status().is_some_and(is_busy))
                .filter_map(|task| task.task_arn),
        );
    }
    Ok(busy)
}

/// Finds the execution with the slot's tag. `current` is checked first: after a crash it is nearly
/// always the one.
pub(crate) async fn find_execution_of_slot(
    client: &Client,
    task: &TaskArn,
    current: Option<&ExecutionArn>,
    slot: &str,
) -> Result<Option<ExecutionArn>, TaskError> {
    if let Some(current) = current
        && has_slot_tag(client, current, slot).await?
    {
        return Ok(Some(current.clone()));
    }
    for arn in latest_executions(client, task).await? {
        if has_slot_tag(client, &arn, slot).await? {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

async fn has_slot_tag(
    client: &Client,
    execution: &ExecutionArn,
    slot: &str,
) -> Result<bool, TaskError> {
    let tags = aws::executions::tags(client, execution).await.map_err(TaskError::List)?;
    Ok(tags.get(SLOT_TAG).is_some_and(|found| found == slot))
}

/// Lists the latest executions first. The order of DataSync's list is not documented: the latest
/// seem to be last, and they are found as well if they are first.
async fn latest_executions(
    client: &Client,
    task: &TaskArn,
) -> Result<Vec<ExecutionArn>, TaskError> {
    let mut all: Vec<ExecutionArn> =
        list_executions(client, task).await?.into_iter().map(|(arn, _)| arn).collect();
    let last_part = all.split_off(all.len().saturating_sub(AT_EACH_END));
    Ok(last_part.into_iter().rev().chain(all.into_iter().take(AT_EACH_END)).collect())
}

impl TaskError {
    /// Whether DataSync rejected the request, so that nothing was started. Without its response
    /// that is not known.
    pub(crate) fn is_rejection(&self) -> bool {
        matches!(self, Self::Start(failure) if failure.is(&["InvalidRequestException"]))
    }
}

/// The reason for which a call to DataSync failed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("describing the task")]
    Describe(#[source] SdkFailure),
    #[error("finding the execution of this slot")]
    List(#[source] SdkFailure),
    #[error("listing the tasks that run")]
    ListTasks(#[source] SdkFailure),
    #[error("starting the execution")]
    Start(#[source] SdkFailure),
    #[error(
        "passing the manifest to DataSync: the stack has no role that reads it, run \
            `efs-s3 deploy`"
    )]
    NoManifestRole,
    #[error("reading DataSync's response")]
    Arn(#[from] ArnError),
}
