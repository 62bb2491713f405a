//! Tasks.

use std::sync::Arc;

use domain::arn::resource_id;
use serde::Deserialize;
use serde_json::{Value, json};

use super::filters::{self, ListFilter};
use super::page::page;
use super::patterns::Pattern;
use super::{ApiError, schedule, tags, task_checks, without_nulls};
use crate::app::App;
use crate::engine::remove_ledger;
use crate::faults::Fault;
use crate::state::{
    Account, FilterRule, ManifestConfig, Options, Place, Tag, Task, TaskReportConfig, hex17,
    now_seconds,
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
pub(super) struct ListRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<ListFilter>,
}

pub(super) fn create(
    app: &Arc<App>,
    place: &Place,
    request: CreateTask,
) -> Result<Value, ApiError> {
    let task_mode = request.task_mode.unwrap_or_else(|| "BASIC".to_owned());
    if !matches!(task_mode.as_str(), "BASIC" | "ENHANCED") {
        return Err(ApiError::parameter("TaskMode must be BASIC or ENHANCED."));
    }
    Pattern::LocationArn.check("SourceLocationArn", &request.source_location_arn)?;
    Pattern::LocationArn.check("DestinationLocationArn", &request.destination_location_arn)?;
    task_checks::filters(request.includes.as_deref(), request.excludes.as_deref())?;
    let given = tags::checked(request.tags)?;
    let log_group =
        task_checks::given_log_group(request.cloud_watch_log_group_arn, &task_mode, place);
    let task = Task {
        arn: place.arn(&format!("task/task-{}", hex17())),
        created: now_seconds(),
        name: request.name,
        source_location_arn: request.source_location_arn,
        destination_location_arn: request.destination_location_arn,
        cloud_watch_log_group_arn: log_group,
        options: request.options.over(&Options::defaults(&task_mode)),
        includes: request.includes.unwrap_or_default(),
        excludes: request.excludes.unwrap_or_default(),
        schedule: request.schedule,
        manifest_config: task_checks::manifest(request.manifest_config)?,
        task_report_config: task_checks::report(request.task_report_config)?,
        task_mode,
    };
    check_texts(&task)?;
    app.store.write(place, |account| {
        check_transfer(account, &task)?;
        let answer = json!({ "TaskArn": task.arn });
        account.tags.insert(task.arn.clone(), given);
        account.tasks.push(task);
        Ok(answer)
    })
}

pub(super) fn update(
    app: &Arc<App>,
    place: &Place,
    request: UpdateTask,
) -> Result<Value, ApiError> {
    Pattern::TaskArn.check("TaskArn", &request.task_arn)?;
    task_checks::filters(request.includes.as_deref(), request.excludes.as_deref())?;
    app.store.write(place, |account| {
        let position = account.tasks.iter().position(|task| task.arn == request.task_arn);
        let position = position.ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
        let updated = updated(account.tasks[position].clone(), request)?;
        check_texts(&updated)?;
        check_transfer(account, &updated)?;
        account.tasks[position] = updated;
        Ok(json!({}))
    })
}

/// Options are laid over the old ones; everything else that is given takes the old one's place. An
/// empty report or manifest configuration removes it.
fn updated(task: Task, request: UpdateTask) -> Result<Task, ApiError> {
    let task_report_config = match request.task_report_config {
        None => task.task_report_config,
        given => task_checks::report(given)?,
    };
    let manifest_config = match request.manifest_config {
        None => task.manifest_config,
        given => task_checks::manifest(given)?,
    };
    Ok(Task {
        options: request.options.over(&task.options),
        excludes: request.excludes.unwrap_or(task.excludes),
        includes: request.includes.unwrap_or(task.includes),
        schedule: request.schedule.or(task.schedule),
        name: request.name.or(task.name),
        cloud_watch_log_group_arn: request
            .cloud_watch_log_group_arn
            .or(task.cloud_watch_log_group_arn),
        manifest_config,
        task_report_config,
        ..task
    })
}

pub(super) fn describe(app: &Arc<App>, place: &Place, request: OneTask) -> Result<Value, ApiError> {
    Pattern::TaskArn.check("TaskArn", &request.task_arn)?;
    app.store.read(place, |account| {
        let task = account
            .task(&request.task_arn)
            .ok_or_else(|| ApiError::not_found("Task", &request.task_arn))?;
        let current = account.executions_of(&task.arn).next_back().map(|execution| &execution.arn);
        let fault = account.tags.get(&task.arn).and_then(Fault::of_tags);
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

pub(super) fn list(app: &Arc<App>, place: &Place, request: ListRequest) -> Result<Value, ApiError> {
    filters::check(&request.filters, &["LocationId", "CreationTime"])?;
    let found = app.store.read(place, |account| {
        let admitted = account.tasks.iter().filter(|task| admits(&request.filters, task));
        let entry = |task: &Task| {
            let status = account.status_of_task(&task.arn);
            without_nulls(
                json!({ "TaskArn": task.arn, "Status": status, "Name": task.name, "TaskMode": task.task_mode }),
            )
        };
        admitted.map(entry).collect()
    });
    let (tasks, next) = page(found, request.max_results, request.next_token.as_deref())?;
    Ok(without_nulls(json!({ "Tasks": tasks, "NextToken": next })))
}

/// Refused while an execution runs. Whether the real service refuses is not known; to lose a
/// running one is worse.
pub(super) fn delete(app: &Arc<App>, place: &Place, request: OneTask) -> Result<Value, ApiError> {
    Pattern::TaskArn.check("TaskArn", &request.task_arn)?;
    app.store.write::<_, ApiError>(place, |account| {
        let arn = &request.task_arn;
        let task = account.task(arn).ok_or_else(|| ApiError::not_found("Task", arn))?;
        if account.status_of_task(&task.arn) != "AVAILABLE" {
            return Err(ApiError::invalid(format!(
                "Task {arn} cannot be deleted while an execution is in progress."
            )));
        }
        account.tasks.retain(|task| task.arn != *arn);
        account.executions.retain(|execution| execution.task_arn() != arn);
        let executions = format!("{arn}/");
        account.tags.retain(|tagged, _| tagged != arn && !tagged.starts_with(&executions));
        Ok(())
    })?;
    let id = resource_id(&request.task_arn);
    remove_ledger(&app.ledger_of(place, id));
    Ok(json!({}))
}

fn admits(filters: &[ListFilter], task: &Task) -> bool {
    filters.iter().all(|filter| match filter.name.as_str() {
        "LocationId" => [&task.source_location_arn, &task.destination_location_arn]
            .iter()
            .any(|arn| filter.admits(arn) || filter.admits(resource_id(arn))),
        _ => filter.admits_time(task.created),
    })
}

fn check_texts(task: &Task) -> Result<(), ApiError> {
    Pattern::TagValue.check_some("Name", task.name.as_deref())?;
    task_checks::log_group(task.cloud_watch_log_group_arn.as_deref(), &task.task_mode)?;
    task_checks::manifest_or_filters(
        task.manifest_config.as_ref(),
        &task.includes,
        &task.excludes,
    )?;
    task.schedule.as_ref().map_or(Ok(()), schedule::check)
}

fn check_transfer(account: &Account, task: &Task) -> Result<(), ApiError> {
    let (source, destination) = (&task.source_location_arn, &task.destination_location_arn);
    task_checks::transfer(account, source, destination, &task.options, &task.task_mode)
}
