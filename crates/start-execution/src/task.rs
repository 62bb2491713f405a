//! DataSync, as far as a start needs it: the task's state, the executions that bear a slot's tag, the start itself.

use aws_edge::SdkFailure;
use aws_sdk_datasync::Client;
use aws_sdk_datasync::config::Config;
use aws_sdk_datasync::config::retry::RetryConfig;
use aws_sdk_datasync::types::TagListEntry;
use pipeline::arn::{ArnError, ExecutionArn, TaskArn};
use pipeline::names::{SLOT_TAG, STACK_TAG};

use crate::decide::TaskFacts;

/// Only so many executions at either end of the list are looked through for a slot's tag: a slot that is taken up again
/// is at most hours old.
const AT_EITHER_END: usize = 20;

/// The task's state, and the execution of this slot if there is one. `look_for_slot` is false for a fresh claim, which
/// can't have an execution: that saves a call per execution.
pub(crate) async fn facts(
    client: &Client,
    task: &TaskArn,
    slot: &str,
    look_for_slot: bool,
) -> Result<TaskFacts, TaskError> {
    let described = client.describe_task().task_arn(task.as_str()).send().await;
    let described = described.map_err(|error| TaskError::Describe(error.into()))?;
    let current = described.current_task_execution_arn().and_then(|arn| ExecutionArn::parse(arn).ok());
    let of_this_slot = if look_for_slot { of_slot(client, task, current.as_ref(), slot).await? } else { None };
    Ok(TaskFacts {
        status: described.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        current,
        error_code: described.error_code().filter(|text| !text.is_empty()).map(str::to_owned),
        error_detail: described.error_detail().filter(|text| !text.is_empty()).map(str::to_owned),
        of_this_slot,
    })
}

/// Starts an execution that bears the slot as a tag: `StartTaskExecution` has no client token, so after a crash the tag
/// is how the execution is found again. For the same reason the SDK must not try again by itself: after a lost reply
/// that would start a second execution.
pub(crate) async fn start(client: &Client, task: &TaskArn, stack: &str, slot: &str) -> Result<ExecutionArn, TaskError> {
    let mut start = client.start_task_execution().task_arn(task.as_str());
    for (key, value) in [(STACK_TAG, stack), (SLOT_TAG, slot)] {
        let tag = TagListEntry::builder().key(key).value(value).build();
        start = start.tags(tag.map_err(|error| TaskError::Start(SdkFailure::incomplete(&error.to_string())))?);
    }
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let answer = start.customize().config_override(once).send().await;
    let answer = answer.map_err(|error| TaskError::Start(error.into()))?;
    let arn =
        answer.task_execution_arn().ok_or_else(|| TaskError::Start(SdkFailure::incomplete("TaskExecutionArn")))?;
    Ok(ExecutionArn::parse(arn)?)
}

/// The execution that bears the slot's tag. `current` is looked at first: after a crash it is nearly always the one.
async fn of_slot(
    client: &Client,
    task: &TaskArn,
    current: Option<&ExecutionArn>,
    slot: &str,
) -> Result<Option<ExecutionArn>, TaskError> {
    if let Some(current) = current
        && bears(client, current.as_str(), slot).await?
    {
        return Ok(Some(current.clone()));
    }
    for arn in latest(client, task).await? {
        if bears(client, &arn, slot).await? {
            return Ok(Some(ExecutionArn::parse(&arn)?));
        }
    }
    Ok(None)
}

async fn bears(client: &Client, execution: &str, slot: &str) -> Result<bool, TaskError> {
    let tags = client.list_tags_for_resource().resource_arn(execution).send().await;
    let tags = tags.map_err(|error| TaskError::List(error.into()))?;
    Ok(tags.tags().iter().any(|tag| tag.key() == SLOT_TAG && tag.value() == Some(slot)))
}

/// The order of the list is not documented. The latest seem to come last; should they come first, they are found too.
async fn latest(client: &Client, task: &TaskArn) -> Result<Vec<String>, TaskError> {
    let mut pages = client.list_task_executions().task_arn(task.as_str()).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| TaskError::List(error.into()))?;
        all.extend(page.task_executions.unwrap_or_default().into_iter().filter_map(|entry| entry.task_execution_arn));
    }
    let last_part = all.split_off(all.len().saturating_sub(AT_EITHER_END));
    Ok(last_part.into_iter().rev().chain(all.into_iter().take(AT_EITHER_END)).collect())
}

impl TaskError {
    /// Whether DataSync itself said no, so that nothing was started; without an answer nobody knows.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Start(failure) if failure.is(&["InvalidRequestException"]))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("describing the task")]
    Describe(#[source] SdkFailure),
    #[error("looking for the execution of this slot")]
    List(#[source] SdkFailure),
    #[error("starting the execution")]
    Start(#[source] SdkFailure),
    #[error("reading DataSync's answer")]
    Arn(#[from] ArnError),
}
