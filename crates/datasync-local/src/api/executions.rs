//! Executions of tasks, once they are started.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::take_page;
use super::patterns::ModelPattern;
use super::{ApiError, without_nulls};
use crate::app::DataSyncApp;
use crate::lifecycle;
use crate::state::{AccountRegion, Options, TaskExecution};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneExecution {
    task_execution_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateExecutionRequest {
    task_execution_arn: String,
    options: Options,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListExecutionsRequest {
    task_arn: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn describe_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneExecution,
) -> Result<Value, ApiError> {
    let execution = read_execution(app, account_region, &request.task_execution_arn)?;
    let counters =
        app.running.get(&execution.arn).map_or(execution.counters, |progress| progress.snapshot());
    let mut answer = to_description(&execution);
    if let (Some(answer), Ok(Value::Object(counters))) =
        (answer.as_object_mut(), serde_json::to_value(counters))
    {
        answer.extend(counters);
    }
    Ok(answer)
}

/// The answer of `DescribeTaskExecution` without its counters.
fn to_description(execution: &TaskExecution) -> Value {
    without_nulls(json!({
        "TaskExecutionArn": execution.arn,
        "Status": execution.status,
        "Options": execution.options,
        "Excludes": execution.excludes,
        "Includes": execution.includes,
        "StartTime": execution.started,
        "LaunchTime": execution.launched,
        "EndTime": execution.ended,
        "Result": execution.result,
        "ManifestConfig": execution.manifest_config,
        "TaskReportConfig": execution.task_report_config,
        "ReportResult": execution.report_result,
        "TaskMode": execution.task_mode,
    }))
}

/// Lists executions, oldest first, as a public consumer of the real list implies; without a task,
/// those of all tasks.
pub(super) fn list_executions(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: ListExecutionsRequest,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_optional("TaskArn", request.task_arn.as_deref())?;
    let found = app.store.read(account_region, |account| {
        let task_arn = request.task_arn.as_deref();
        if let Some(arn) = task_arn.filter(|arn| account.find_task(arn).is_none()) {
            return Err(ApiError::not_found("Task", arn));
        }
        let of_task = |execution: &&TaskExecution| {
            request.task_arn.as_deref().is_none_or(|arn| execution.task_arn() == arn)
        };
        Ok(account.executions.iter().filter(of_task).map(list_entry).collect())
    })?;
    let (executions, next) = take_page(found, request.max_results, request.next_token.as_deref())?;
    Ok(without_nulls(json!({ "TaskExecutions": executions, "NextToken": next })))
}

fn list_entry(execution: &TaskExecution) -> Value {
    json!({
        "TaskExecutionArn": execution.arn,
        "Status": execution.status,
        "TaskMode": execution.task_mode,
    })
}

pub(super) fn cancel_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneExecution,
) -> Result<Value, ApiError> {
    let execution = read_execution(app, account_region, &request.task_execution_arn)?;
    if lifecycle::cancel_execution(app, account_region, &execution.arn)? {
        return Ok(json!({}));
    }
    let message =
        format!("Sync task cannot be cancelled in its current status: {}", execution.status);
    Err(ApiError::invalid_request(message))
}

/// Changes the bandwidth limit, which is all that can change once an execution has started.
pub(super) fn update_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: UpdateExecutionRequest,
) -> Result<Value, ApiError> {
    let execution = read_execution(app, account_region, &request.task_execution_arn)?;
    let Some(rate) = request.options.bytes_per_second.filter(|rate| *rate >= -1) else {
        return Err(ApiError::invalid_parameter(
            "Options.BytesPerSecond must be given, and at least -1.",
        ));
    };
    if execution.status.is_terminal() {
        let message = format!("Task execution {} has ended and cannot be updated.", execution.arn);
        return Err(ApiError::invalid_request(message));
    }
    set_rate(app, account_region, &execution.arn, rate)?;
    Ok(json!({}))
}

fn set_rate(
    app: &DataSyncApp,
    account_region: &AccountRegion,
    arn: &str,
    rate: i64,
) -> Result<(), ApiError> {
    app.store.write(account_region, |account| {
        if let Some(execution) = account.find_execution_mut(arn) {
            execution.options.bytes_per_second = Some(rate);
        }
        Ok::<_, ApiError>(())
    })?;
    if let Some(progress) = app.running.get(arn) {
        progress.throttle.set_rate(rate);
    }
    Ok(())
}

fn read_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
) -> Result<TaskExecution, ApiError> {
    ModelPattern::ExecutionArn.check_field("TaskExecutionArn", arn)?;
    let found = app.store.read(account_region, |account| account.find_execution(arn).cloned());
    found.ok_or_else(|| ApiError::not_found("Task execution", arn))
}
