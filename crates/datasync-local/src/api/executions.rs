//! Executions of tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::take_page;
use super::patterns::ModelPattern;
use super::{ApiError, tags, task_checks, without_nulls};
use crate::app::DataSyncApp;
use crate::faults::Fault;
use crate::lifecycle;
use crate::state::{
    AccountRegion, AccountState, ExecutionCounters, ExecutionStatus, FilterRule, ManifestConfig,
    OnOff, Options, ResultDetail, StoredTask, Tag, TaskExecution, TaskReportConfig,
    TaskReportResult, now_seconds, random_hex17,
};

const MOST_QUEUED: usize = 50;
const HISTORY_SECONDS: f64 = 30.0 * 86_400.0;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartExecutionRequest {
    task_arn: String,
    #[serde(default)]
    override_options: Options,
    includes: Option<Vec<FilterRule>>,
    excludes: Option<Vec<FilterRule>>,
    manifest_config: Option<ManifestConfig>,
    task_report_config: Option<TaskReportConfig>,
    #[serde(default)]
    tags: Vec<Tag>,
}

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

pub(super) fn start_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: StartExecutionRequest,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_field("TaskArn", &request.task_arn)?;
    task_checks::check_filter_lists(request.includes.as_deref(), request.excludes.as_deref())?;
    let given = tags::check_tags(request.tags.clone())?;
    let execution =
        app.store.write(account_region, |account| add_execution(account, request, given))?;
    lifecycle::admit_execution(app, account_region, &execution);
    Ok(json!({ "TaskExecutionArn": execution.arn }))
}

fn add_execution(
    account: &mut AccountState,
    request: StartExecutionRequest,
    given: BTreeMap<String, String>,
) -> Result<TaskExecution, ApiError> {
    let task = account
        .find_task(&request.task_arn)
        .ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
    let execution = new_execution(account, task, request)?;
    remove_old_executions(account);
    account.tags.insert(execution.arn.clone(), given);
    account.executions.push(execution.clone());
    Ok(execution)
}

/// A new execution: LAUNCHING, or QUEUED behind one that has not ended.
fn new_execution(
    account: &AccountState,
    task: &StoredTask,
    request: StartExecutionRequest,
) -> Result<TaskExecution, ApiError> {
    let options = request.override_options.or_base(&task.options);
    let (source, destination) = (&task.source_location_arn, &task.destination_location_arn);
    task_checks::check_transfer(account, source, destination, &options, &task.task_mode)?;
    let fault = account.tags.get(&task.arn).and_then(Fault::from_tags);
    if fault == Some(Fault::TaskUnavailable) {
        return Err(ApiError::invalid_request(format!("Task {} is UNAVAILABLE.", task.arn)));
    }
    let waiting = account
        .executions_of(&task.arn)
        .filter(|execution| !execution.status.is_terminal())
        .count();
    let (task_report_config, manifest_config) =
        given_or_stored_configs(task, request.task_report_config, request.manifest_config)?;
    let includes = request.includes.unwrap_or_else(|| task.includes.clone());
    let excludes = request.excludes.unwrap_or_else(|| task.excludes.clone());
    task_checks::check_manifest_or_filters(manifest_config.as_ref(), &includes, &excludes)?;
    let report_result = task_report_config.is_some().then(TaskReportResult::default);
    Ok(TaskExecution {
        arn: format!("{}/execution/exec-{}", task.arn, random_hex17()),
        status: match first_status(waiting, options.task_queueing, &task.arn)? {
            ExecutionStatus::Launching if fault == Some(Fault::StayQueued) => {
                ExecutionStatus::Queued
            }
            status => status,
        },
        options,
        includes,
        excludes,
        manifest_config,
        task_report_config,
        task_mode: task.task_mode.clone(),
        started: now_seconds(),
        launched: None,
        ended: None,
        counters: ExecutionCounters::default(),
        result: ResultDetail::default(),
        report_result,
    })
}

/// The checked report and manifest configurations of a start, or those of the task.
fn given_or_stored_configs(
    task: &StoredTask,
    report: Option<TaskReportConfig>,
    manifest: Option<ManifestConfig>,
) -> Result<(Option<TaskReportConfig>, Option<ManifestConfig>), ApiError> {
    let report_config = match report {
        None => task.task_report_config.clone(),
        given => task_checks::check_report_config(given)?,
    };
    let manifest_config = match manifest {
        None => task.manifest_config.clone(),
        given => task_checks::check_manifest_config(given)?,
    };
    Ok((report_config, manifest_config))
}

/// Removes old executions: the history goes back 30 days (User Guide).
fn remove_old_executions(account: &mut AccountState) {
    let oldest = now_seconds() - HISTORY_SECONDS;
    let (tags, executions) = (&mut account.tags, &mut account.executions);
    executions.retain(|execution| {
        let kept = execution.ended.is_none_or(|ended| ended > oldest);
        if !kept {
            tags.remove(&execution.arn);
        }
        kept
    });
}

/// The first status of an execution. That an identical second start is queued, and the wording of
/// both refusals, are guesses: no source has them.
fn first_status(
    unfinished: usize,
    queueing: Option<OnOff>,
    task: &str,
) -> Result<ExecutionStatus, ApiError> {
    match unfinished {
        0 => Ok(ExecutionStatus::Launching),
        _ if queueing == Some(OnOff::Disabled) => Err(ApiError::invalid_request(format!(
            "Task {task} already has a task execution in progress."
        ))),
        many if many > MOST_QUEUED => Err(ApiError::invalid_request(format!(
            "Unable to queue the task execution: {MOST_QUEUED} are queued already."
        ))),
        _ => Ok(ExecutionStatus::Queued),
    }
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
