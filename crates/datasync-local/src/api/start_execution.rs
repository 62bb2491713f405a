//! The start of an execution.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::patterns::ModelPattern;
use super::transfer_checks::LocationPair;
use super::{ApiError, tags, task_checks, tasks};
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

pub(super) fn start_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: StartExecutionRequest,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_field("TaskArn", &request.task_arn)?;
    task_checks::check_filter_lists(request.includes.as_deref(), request.excludes.as_deref())?;
    let given = tags::check_tags(request.tags.clone())?;
    let task = tasks::read_task(app, account_region, &request.task_arn)?;
    let pair = LocationPair::find(app, account_region, &task)?;
    let execution =
        app.store.write(account_region, |account| add_execution(account, &pair, request, given))?;
    lifecycle::admit_execution(app, account_region, &execution);
    Ok(json!({ "TaskExecutionArn": execution.arn }))
}

fn add_execution(
    account: &mut AccountState,
    pair: &LocationPair,
    request: StartExecutionRequest,
    given: BTreeMap<String, String>,
) -> Result<TaskExecution, ApiError> {
    let task = account
        .find_task(&request.task_arn)
        .ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
    let execution = new_execution(account, pair, task, request)?;
    remove_old_executions(account);
    account.tags.insert(execution.arn.clone(), given);
    account.executions.push(execution.clone());
    Ok(execution)
}

/// A new execution: LAUNCHING, or QUEUED behind one that has not ended.
fn new_execution(
    account: &AccountState,
    pair: &LocationPair,
    task: &StoredTask,
    request: StartExecutionRequest,
) -> Result<TaskExecution, ApiError> {
    let options = request.override_options.or_base(&task.options);
    pair.check_options(&options, &task.task_mode)?;
    let status = status_of_new(account, task, &options)?;
    let (task_report_config, manifest_config) =
        given_or_stored_configs(task, request.task_report_config, request.manifest_config)?;
    let includes = request.includes.unwrap_or_else(|| task.includes.clone());
    let excludes = request.excludes.unwrap_or_else(|| task.excludes.clone());
    task_checks::check_manifest_or_filters(manifest_config.as_ref(), &includes, &excludes)?;
    let report_result = task_report_config.is_some().then(TaskReportResult::default);
    Ok(TaskExecution {
        arn: format!("{}/execution/exec-{}", task.arn, random_hex17()),
        status,
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

fn status_of_new(
    account: &AccountState,
    task: &StoredTask,
    options: &Options,
) -> Result<ExecutionStatus, ApiError> {
    let fault = account.tags.get(&task.arn).and_then(Fault::from_tags);
    if fault == Some(Fault::TaskUnavailable) {
        return Err(ApiError::invalid_request(format!("Task {} is UNAVAILABLE.", task.arn)));
    }
    let waiting = account
        .executions_of(&task.arn)
        .filter(|execution| !execution.status.is_terminal())
        .count();
    match first_status(waiting, options.task_queueing, &task.arn)? {
        ExecutionStatus::Launching if fault == Some(Fault::StayQueued) => {
            Ok(ExecutionStatus::Queued)
        }
        status => Ok(status),
    }
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
