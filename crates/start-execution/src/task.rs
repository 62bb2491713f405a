//! DataSync, as far as a start needs it: the task's state, the executions that bear a slot's tag,
//! the start itself.

use aws::SdkFailure;
use aws_sdk_datasync::Client;
use aws_sdk_datasync::config::Config;
use aws_sdk_datasync::config::retry::RetryConfig;
use aws_sdk_datasync::error::BuildError;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::types::{
    FilterRule, FilterType, ManifestAction, ManifestConfig, ManifestFormat, Options,
    PreserveDeletedFiles, S3ManifestConfig, SourceManifestConfig, TagListEntry, VerifyMode,
};
use domain::arn::{ArnError, ExecutionArn, TaskArn};
use domain::names::{PART_TAG, RETRY_TAG, SLOT_TAG, STACK_TAG};
use domain::overrides::Overrides;
use domain::records::outputs::Outputs;
use domain::request::StartRequest;

use crate::decide::TaskFacts;

/// Only so many executions at either end of the list are looked through for a slot's tag: a slot
/// that is taken up again is at most hours old.
const AT_EITHER_END: usize = 20;

/// The task's state, and the execution of this slot if there is one. `look_for_slot` is false for a
/// fresh claim, which can't have an execution: that saves a call per execution.
pub(crate) async fn facts(
    client: &Client,
    task: &TaskArn,
    slot: &str,
    look_for_slot: bool,
) -> Result<TaskFacts, TaskError> {
    let described = client.describe_task().task_arn(task.as_str()).send().await;
    let described = described.map_err(|error| TaskError::Describe(error.into()))?;
    let current =
        described.current_task_execution_arn().and_then(|arn| ExecutionArn::parse(arn).ok());
    let of_this_slot =
        if look_for_slot { of_slot(client, task, current.as_ref(), slot).await? } else { None };
    Ok(TaskFacts {
        status: described.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        current,
        error_code: described.error_code().filter(|text| !text.is_empty()).map(str::to_owned),
        error_detail: described.error_detail().filter(|text| !text.is_empty()).map(str::to_owned),
        schedule_disabled: schedule_disabled(&described),
        of_this_slot,
    })
}

/// What to start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    pub outputs: &'a Outputs,
    pub stack: &'a str,
    pub request: &'a StartRequest,
    /// Where manifests lie.
    pub records_bucket: &'a str,
}

/// Starts an execution that bears the slot as a tag: `StartTaskExecution` has no client token, so
/// after a crash the tag is how the execution is found again. For the same reason the SDK must not
/// try again by itself: after a lost reply that would start a second execution.
pub(crate) async fn start(client: &Client, start: Start<'_>) -> Result<ExecutionArn, TaskError> {
    let call = client.start_task_execution().task_arn(start.outputs.task_arn.as_str());
    let call = call.set_tags(Some(tags(&start).map_err(incomplete)?));
    let call = call.set_manifest_config(manifest(&start)?);
    let overrides = &start.request.overrides;
    let call = if overrides.is_empty() {
        call
    } else {
        let task = client.describe_task().task_arn(start.outputs.task_arn.as_str()).send().await;
        let task = task.map_err(|error| TaskError::Describe(error.into()))?;
        let (includes, excludes) = (task.includes.clone(), task.excludes.clone());
        call.set_override_options(options(task.options, overrides))
            .set_includes(
                filter(&overrides.includes).or_else(|| filter_of_task(includes, overrides)),
            )
            .set_excludes(
                filter(&overrides.excludes).or_else(|| filter_of_task(excludes, overrides)),
            )
    };
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let answer = call.customize().config_override(once).send().await;
    let answer = answer.map_err(|error| TaskError::Start(error.into()))?;
    let arn = answer
        .task_execution_arn()
        .ok_or_else(|| TaskError::Start(SdkFailure::incomplete("TaskExecutionArn")))?;
    Ok(ExecutionArn::parse(arn)?)
}

fn tags(start: &Start<'_>) -> Result<Vec<TagListEntry>, BuildError> {
    let request = start.request;
    let part = request.overrides.is_part().then_some((PART_TAG, "true"));
    let retry = request.retry_of.as_deref().map(|first| (RETRY_TAG, first));
    let tags = [(STACK_TAG, start.stack), (SLOT_TAG, request.slot.as_str())]
        .into_iter()
        .chain(part)
        .chain(retry);
    tags.map(|(key, value)| TagListEntry::builder().key(key).value(value).build()).collect()
}

/// At most one rule, its patterns with `|` between them.
fn filter(patterns: &[String]) -> Option<Vec<FilterRule>> {
    let rule = || {
        FilterRule::builder()
            .filter_type(FilterType::SimplePattern)
            .value(patterns.join("|"))
            .build()
    };
    (!patterns.is_empty()).then(|| vec![rule()])
}

/// The task's own filter, for an execution that overrides something else. A manifest takes no
/// filters beside it.
fn filter_of_task(
    filter: Option<Vec<FilterRule>>,
    overrides: &Overrides,
) -> Option<Vec<FilterRule>> {
    filter.filter(|rules| overrides.manifest.is_none() && !rules.is_empty())
}

/// All options of the task, with the overrides in them: the API reference does not say whether an
/// option that is left out of `OverrideOptions` is the task's or the default.
fn options(of_task: Option<Options>, overrides: &Overrides) -> Option<Options> {
    let mut options = of_task?;
    options.verify_mode =
        overrides.verify_mode.map(|mode| VerifyMode::from(mode.as_str())).or(options.verify_mode);
    options.bytes_per_second = overrides.bytes_per_second.or(options.bytes_per_second);
    if overrides.must_preserve_deleted_files() {
        options.preserve_deleted_files = Some(PreserveDeletedFiles::Preserve);
    }
    Some(options)
}

/// DataSync reads it with the role that writes the reports, from the same bucket.
fn manifest(start: &Start<'_>) -> Result<Option<ManifestConfig>, TaskError> {
    let Some(path) = &start.request.overrides.manifest else { return Ok(None) };
    let role = start.outputs.role_arns.get("report-role").ok_or(TaskError::NoManifestRole)?;
    let partition = start.outputs.task_arn.partition();
    let bucket = format!("arn:{partition}:s3:::{}", start.records_bucket);
    let s3 = S3ManifestConfig::builder()
        .manifest_object_path(path)
        .bucket_access_role_arn(role)
        .s3_bucket_arn(bucket);
    let source = SourceManifestConfig::builder().s3(s3.build().map_err(incomplete)?).build();
    let manifest =
        ManifestConfig::builder().action(ManifestAction::Transfer).format(ManifestFormat::Csv);
    Ok(Some(manifest.source(source).build()))
}

fn incomplete(error: BuildError) -> TaskError {
    TaskError::Start(SdkFailure::incomplete(&error.to_string()))
}

/// DataSync disables a schedule after the task has failed with the same error time and again (User
/// Guide, "Scheduling"). Ours is EventBridge's; this one somebody gave the task by hand.
fn schedule_disabled(described: &DescribeTaskOutput) -> Option<String> {
    let details = described.schedule_details()?;
    let by_service = details.disabled_by().is_some_and(|by| by.as_str() == "SERVICE");
    by_service.then(|| details.disabled_reason().unwrap_or("DataSync does not say why").to_owned())
}

/// Every execution of the last 30 days with DataSync's word for its state.
pub(crate) async fn executions(
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

/// The execution that bears the slot's tag. `current` is looked at first: after a crash it is
/// nearly always the one.
pub(crate) async fn of_slot(
    client: &Client,
    task: &TaskArn,
    current: Option<&ExecutionArn>,
    slot: &str,
) -> Result<Option<ExecutionArn>, TaskError> {
    if let Some(current) = current
        && bears(client, current, slot).await?
    {
        return Ok(Some(current.clone()));
    }
    for arn in latest(client, task).await? {
        if bears(client, &arn, slot).await? {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

async fn bears(client: &Client, execution: &ExecutionArn, slot: &str) -> Result<bool, TaskError> {
    let tags = aws::executions::tags(client, execution).await.map_err(TaskError::List)?;
    Ok(tags.get(SLOT_TAG).is_some_and(|found| found == slot))
}

/// The order of the list is not documented. The latest seem to come last; should they come first,
/// they are found too.
async fn latest(client: &Client, task: &TaskArn) -> Result<Vec<ExecutionArn>, TaskError> {
    let mut all: Vec<ExecutionArn> =
        executions(client, task).await?.into_iter().map(|(arn, _)| arn).collect();
    let last_part = all.split_off(all.len().saturating_sub(AT_EITHER_END));
    Ok(last_part.into_iter().rev().chain(all.into_iter().take(AT_EITHER_END)).collect())
}

impl TaskError {
    /// Whether DataSync itself said no, so that nothing was started; without an answer nobody
    /// knows.
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
    #[error(
        "giving DataSync the manifest: the stack has no role to read it with, run `efs-s3 deploy`"
    )]
    NoManifestRole,
    #[error("reading DataSync's answer")]
    Arn(#[from] ArnError),
}
