//! Tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::arn::resource_id;
use serde::Deserialize;
use serde_json::{Value, json};

use super::filters::{self, ListFilter};
use super::page::take_page;
use super::patterns::ModelPattern;
use super::transfer_checks::LocationPair;
use super::{ApiError, schedule, tags, task_checks, without_nulls};
use crate::app::DataSyncApp;
use crate::engine::remove_cache_file;
use crate::faults::Fault;
use crate::state::{
    AccountRegion, AccountState, FilterRule, ManifestConfig, Options, StoredTask, Tag,
    TaskReportConfig, now_seconds, random_hex17,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateTask {
    source_location_arn: String,
    destination_location_arn: String,
    cloud_watch_log_group_arn: Option<String>,
    name: Option<String>,
    #[serde(default)]
    options: Options,
    excludes: Option<Vec<FilterRule>>,
    includes: Option<Vec<FilterRule>>,
    schedule: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
    manifest_config: Option<ManifestConfig>,
    task_report_config: Option<TaskReportConfig>,
    task_mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateTask {
    task_arn: String,
    #[serde(default)]
    options: Options,
    excludes: Option<Vec<FilterRule>>,
    includes: Option<Vec<FilterRule>>,
    schedule: Option<Value>,
    name: Option<String>,
    cloud_watch_log_group_arn: Option<String>,
    manifest_config: Option<ManifestConfig>,
    task_report_config: Option<TaskReportConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneTask {
    task_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTasksRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<ListFilter>,
}

pub(super) fn create_task(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: CreateTask,
) -> Result<Value, ApiError> {
    let (task, given) = new_task(account_region, request)?;
    check_texts(&task)?;
    let pair = LocationPair::find(app, account_region, &task)?;
    pair.check_options(&task.options, &task.task_mode)?;
    app.store.write::<_, ApiError>(account_region, |account| {
        let answer = json!({ "TaskArn": task.arn });
        account.tags.insert(task.arn.clone(), given);
        account.tasks.push(task);
        Ok(answer)
    })
}

fn check_new_task(request: &CreateTask, task_mode: &str) -> Result<(), ApiError> {
    if !matches!(task_mode, "BASIC" | "ENHANCED") {
        return Err(ApiError::invalid_parameter("TaskMode must be BASIC or ENHANCED."));
    }
    ModelPattern::LocationArn.check_field("SourceLocationArn", &request.source_location_arn)?;
    ModelPattern::LocationArn
        .check_field("DestinationLocationArn", &request.destination_location_arn)?;
    task_checks::check_filter_lists(request.includes.as_deref(), request.excludes.as_deref())
}

/// The task of a request, and its tags.
fn new_task(
    account_region: &AccountRegion,
    request: CreateTask,
) -> Result<(StoredTask, BTreeMap<String, String>), ApiError> {
    let task_mode = request.task_mode.clone().unwrap_or_else(|| "BASIC".to_owned());
    check_new_task(&request, &task_mode)?;
    let given = tags::check_tags(request.tags)?;
    let log_group = request.cloud_watch_log_group_arn;
    let log_group = task_checks::log_group_or_default(log_group, &task_mode, account_region);
    let task = StoredTask {
        arn: account_region.resource_arn(&format!("task/task-{}", random_hex17())),
        created: now_seconds(),
        name: request.name,
        source_location_arn: request.source_location_arn,
        destination_location_arn: request.destination_location_arn,
        cloud_watch_log_group_arn: log_group,
        options: request.options.or_base(&Options::defaults_of(&task_mode)),
        includes: request.includes.unwrap_or_default(),
        excludes: request.excludes.unwrap_or_default(),
        schedule: request.schedule,
        manifest_config: task_checks::check_manifest_config(request.manifest_config)?,
        task_report_config: task_checks::check_report_config(request.task_report_config)?,
        task_mode,
    };
    Ok((task, given))
}

pub(super) fn update_task(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: UpdateTask,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_field("TaskArn", &request.task_arn)?;
    task_checks::check_filter_lists(request.includes.as_deref(), request.excludes.as_deref())?;
    let task = read_task(app, account_region, &request.task_arn)?;
    let pair = LocationPair::find(app, account_region, &task)?;
    app.store.write(account_region, |account| {
        let position = account.tasks.iter().position(|task| task.arn == request.task_arn);
        let position = position.ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
        let updated = apply_update(account.tasks[position].clone(), request)?;
        check_texts(&updated)?;
        pair.check_options(&updated.options, &updated.task_mode)?;
        account.tasks[position] = updated;
        Ok(json!({}))
    })
}

/// Applies an update: given options are merged into the old ones, and other given values replace
/// the old ones. An empty report or manifest configuration removes it.
fn apply_update(task: StoredTask, request: UpdateTask) -> Result<StoredTask, ApiError> {
    let task_report_config = match request.task_report_config {
        None => task.task_report_config,
        given => task_checks::check_report_config(given)?,
    };
    let manifest_config = match request.manifest_config {
        None => task.manifest_config,
        given => task_checks::check_manifest_config(given)?,
    };
    let log_group = request.cloud_watch_log_group_arn.or(task.cloud_watch_log_group_arn);
    Ok(StoredTask {
        options: request.options.or_base(&task.options),
        excludes: request.excludes.unwrap_or(task.excludes),
        includes: request.includes.unwrap_or(task.includes),
        schedule: request.schedule.or(task.schedule),
        name: request.name.or(task.name),
        cloud_watch_log_group_arn: log_group,
        manifest_config,
        task_report_config,
        ..task
    })
}

/// Reads a task; its locations never change.
pub(super) fn read_task(
    app: &DataSyncApp,
    account_region: &AccountRegion,
    arn: &str,
) -> Result<StoredTask, ApiError> {
    let found = app.store.read(account_region, |account| account.find_task(arn).cloned());
    found.ok_or_else(|| ApiError::not_found("Task", arn))
}

pub(super) fn describe_task(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneTask,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_field("TaskArn", &request.task_arn)?;
    app.store.read(account_region, |account| {
        let task = account
            .find_task(&request.task_arn)
            .ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
        let current = account.executions_of(&task.arn).next_back().map(|execution| &execution.arn);
        let fault = account.tags.get(&task.arn).and_then(Fault::from_tags);
        let unavailable = fault == Some(Fault::TaskUnavailable);
        Ok(without_nulls(json!({
            "TaskArn": task.arn,
            "Status": if unavailable { "UNAVAILABLE" } else { account.status_of_task(&task.arn) },
            // The code is real (User Guide, "Troubleshooting"), the text is a guess.
            "ErrorCode": unavailable.then_some("EniNotFound"),
            "ErrorDetail": unavailable.then_some("A network interface of the task was not found."),
            "ScheduleDetails": (fault == Some(Fault::ScheduleDisabled)).then(|| json!({
                "DisabledBy": "SERVICE",
                "DisabledReason": "The task failed with the same error repeatedly.",
            })),
            "Name": task.name,
            "CurrentTaskExecutionArn": current,
            "SourceLocationArn": task.source_location_arn,
            "DestinationLocationArn": task.destination_location_arn,
            "CloudWatchLogGroupArn": task.cloud_watch_log_group_arn,
            "SourceNetworkInterfaceArns": [],
            "DestinationNetworkInterfaceArns": [],
            "Options": task.options,
            "Excludes": task.excludes,
            "Includes": task.includes,
            "Schedule": task.schedule,
            "CreationTime": task.created,
            "ManifestConfig": task.manifest_config,
            "TaskReportConfig": task.task_report_config,
            "TaskMode": task.task_mode,
        })))
    })
}

pub(super) fn list_tasks(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: ListTasksRequest,
) -> Result<Value, ApiError> {
    filters::check_filters(&request.filters, &["LocationId", "CreationTime"])?;
    let found = app.store.read(account_region, |account| {
        let admitted = account.tasks.iter().filter(|task| admits_task(&request.filters, task));
        admitted.map(|task| list_entry(account, task)).collect()
    });
    let (tasks, next) = take_page(found, request.max_results, request.next_token.as_deref())?;
    Ok(without_nulls(json!({ "Tasks": tasks, "NextToken": next })))
}

fn list_entry(account: &AccountState, task: &StoredTask) -> Value {
    without_nulls(json!({
        "TaskArn": task.arn,
        "Status": account.status_of_task(&task.arn),
        "Name": task.name,
        "TaskMode": task.task_mode,
    }))
}

/// Deletes a task, unless an execution runs. Whether the real service refuses then is not known; to
/// lose a running execution would be worse.
pub(super) fn delete_task(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneTask,
) -> Result<Value, ApiError> {
    ModelPattern::TaskArn.check_field("TaskArn", &request.task_arn)?;
    app.store
        .write::<_, ApiError>(account_region, |account| remove_task(account, &request.task_arn))?;
    let id = resource_id(&request.task_arn);
    remove_cache_file(&app.metadata_cache_path(account_region, id));
    Ok(json!({}))
}

/// Removes a task with its executions and their tags.
fn remove_task(account: &mut AccountState, arn: &str) -> Result<(), ApiError> {
    let task = account.find_task(arn).ok_or_else(|| ApiError::not_found("Task", arn))?;
    if account.status_of_task(&task.arn) != "AVAILABLE" {
        return Err(ApiError::invalid_request(format!(
            "Task {arn} cannot be deleted while an execution is in progress."
        )));
    }
    account.tasks.retain(|task| task.arn != arn);
    account.executions.retain(|execution| execution.task_arn() != arn);
    let executions = format!("{arn}/");
    account.tags.retain(|tagged, _| tagged != arn && !tagged.starts_with(&executions));
    Ok(())
}

fn admits_task(filters: &[ListFilter], task: &StoredTask) -> bool {
    filters.iter().all(|filter| match filter.name.as_str() {
        "LocationId" => [&task.source_location_arn, &task.destination_location_arn]
            .iter()
            .any(|arn| filter.admits_text(arn) || filter.admits_text(resource_id(arn))),
        _ => filter.admits_time(task.created),
    })
}

fn check_texts(task: &StoredTask) -> Result<(), ApiError> {
    ModelPattern::TagValue.check_optional("Name", task.name.as_deref())?;
    task_checks::check_log_group(task.cloud_watch_log_group_arn.as_deref(), &task.task_mode)?;
    task_checks::check_manifest_or_filters(
        task.manifest_config.as_ref(),
        &task.includes,
        &task.excludes,
    )?;
    task.schedule.as_ref().map_or(Ok(()), schedule::check_schedule)
}
