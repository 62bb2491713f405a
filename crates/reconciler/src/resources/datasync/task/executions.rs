//! Executions of a task that is to be deleted.

use aws::SdkFailure;
use aws_sdk_datasync::types::TaskExecutionStatus;

use crate::Aws;
use crate::kind_error::{Cause, KindError, none_if_refused};
use crate::resources::datasync::refusals::is_absent;
use crate::wait::{self, EXECUTION_CANCEL};

pub(super) async fn cancel_executions(aws: &Aws, task_arn: &str) -> Result<(), KindError> {
    for execution in unfinished_executions(aws, task_arn).await? {
        let cancel = aws.datasync.cancel_task_execution().task_execution_arn(&execution);
        let doing = "cancelling DataSync task execution";
        // It may have ended since it was listed; if not, the wait below reports it.
        none_if_refused(cancel.send().await, &["InvalidRequestException"], doing, &execution)?;
    }
    let ended = wait::until(EXECUTION_CANCEL, async || {
        let unfinished = unfinished_executions(aws, task_arn).await?;
        Ok(unfinished.is_empty().then_some(()))
    });
    let minutes = EXECUTION_CANCEL.as_secs() / 60;
    let never = || {
        Cause::Other(format!("an execution still runs {minutes} minutes after it was cancelled"))
    };
    ended.await?.ok_or_else(|| KindError::doing("deleting DataSync task", task_arn)(never()))
}

pub(super) async fn unfinished_executions(
    aws: &Aws,
    task_arn: &str,
) -> Result<Vec<String>, KindError> {
    let mut pages = aws.datasync.list_task_executions().task_arn(task_arn).into_paginator().send();
    let mut unfinished = Vec::new();
    while let Some(page) = pages.next().await {
        let doing = KindError::doing("listing executions of DataSync task", task_arn);
        let page = match page.map_err(SdkFailure::from) {
            Ok(page) => page,
            Err(failure) if is_absent(&failure) => return Ok(Vec::new()),
            Err(failure) => return Err(doing(failure)),
        };
        let executions = page.task_executions.unwrap_or_default().into_iter();
        let running =
            executions.filter(|execution| !execution.status.as_ref().is_some_and(is_final));
        unfinished.extend(running.filter_map(|execution| execution.task_execution_arn));
    }
    Ok(unfinished)
}

pub(super) fn is_final(status: &TaskExecutionStatus) -> bool {
    matches!(status, TaskExecutionStatus::Success | TaskExecutionStatus::Error)
}
