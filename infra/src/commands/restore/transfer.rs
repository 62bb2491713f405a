//! The execution of a restore: it is found or started, and its report is compared with the
//! manifest.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::SdkFailure;
use aws::executions::{self, Patience};
use aws_config::retry::RetryConfig;
use aws_sdk_datasync::config::Config;
use aws_sdk_datasync::types::{
    ManifestAction, ManifestConfig, ManifestFormat, Options, OverwriteMode, S3ManifestConfig,
    SourceManifestConfig,
};
use aws_sdk_s3::primitives::ByteStream;
use domain::arn::{ExecutionArn, TaskArn};
use domain::records::outputs::RestoreOutputs;
use tokio::time::sleep;

use super::select_versions::SelectedVersions;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::ui::output;

/// The wait for an execution whose start got no response.
const START_WAIT: Patience = Patience { attempts: 10, pause: Duration::from_millis(500) };

/// Returns the running execution of this manifest.
///
/// # Errors
/// When another restore is running: the task has one directory at a time.
pub(super) async fn running_execution(
    context: &StackContext,
    task: &TaskArn,
    manifest: &str,
) -> Result<Option<ExecutionArn>> {
    let Some(arn) = latest_execution(context, task).await? else { return Ok(None) };
    let execution = executions::describe(&context.aws.datasync, &arn)
        .await
        .context("describing the last restore")?;
    if execution.is_terminal() {
        return Ok(None);
    }
    if execution.filters.manifest.as_deref() == Some(manifest) {
        return Ok(Some(arn));
    }
    let busy = Err(anyhow!("nothing was started: another restore, {}, is running", arn.id()));
    let id = arn.id();
    busy.with_hint(format!("`efs-s3 wait {id}` follows it, `efs-s3 cancel {id}` cancels it"))
}

/// Returns the latest execution of the task, running or ended.
async fn latest_execution(context: &StackContext, task: &TaskArn) -> Result<Option<ExecutionArn>> {
    let described = context
        .aws
        .datasync
        .describe_task()
        .task_arn(task.as_str())
        .send()
        .await
        .map_err(SdkFailure::from);
    let current = match described {
        Ok(task) => task.current_task_execution_arn.filter(|arn| !arn.is_empty()),
        // The task was deleted; the apply before the start creates it again.
        Err(failure) if failure.is(&["InvalidRequestException"]) => None,
        Err(failure) => return Err(failure).context("describing the restore task"),
    };
    Ok(current.map(|arn| ExecutionArn::parse(&arn)).transpose()?)
}

pub(super) async fn upload_manifest(
    context: &StackContext,
    manifest: &str,
    chosen: &SelectedVersions,
) -> Result<()> {
    let body =
        ByteStream::from_path(chosen.manifest.path()).await.context("reading the manifest")?;
    Ok(context.records.upload(manifest, body, "text/csv").await?)
}

/// Starts the execution. If there is no response, it looks for the execution: `StartTaskExecution`
/// has no client token, and a retry, also by the SDK, would start a second one.
pub(super) async fn start_execution(
    context: &StackContext,
    task: &RestoreOutputs,
    manifest: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    let before = latest_execution(context, &task.task_arn).await?;
    let options = override_options(context, &task.task_arn, overwrite).await?;
    let start = context.aws.datasync.start_task_execution().task_arn(task.task_arn.as_str());
    let start = start.manifest_config(manifest_config(context, task, manifest)?);
    let start = start.set_override_options(options).customize();
    let once = Config::builder().retry_config(RetryConfig::disabled());
    match start.config_override(once).send().await {
        Ok(started) => Ok(ExecutionArn::parse(started.task_execution_arn().unwrap_or_default())?),
        Err(error) => {
            let before = before.as_ref();
            find_started(context, task, manifest, before, SdkFailure::from(error)).await
        }
    }
}

/// Looks for the execution after a failed start, and returns the failure if there is none.
async fn find_started(
    context: &StackContext,
    task: &RestoreOutputs,
    manifest: &str,
    before: Option<&ExecutionArn>,
    failure: SdkFailure,
) -> Result<ExecutionArn> {
    if may_have_started(&failure) {
        output::print_progress("the start got no response; looking for its execution …");
        if let Some(started) = started_since(context, task, manifest, before).await? {
            return Ok(started);
        }
    }
    Err(failure)
        .context("starting the restore")
        .with_hint("run the same command again: it finds an execution that did start")
}

/// Whether the execution may exist. An error with a code is a response; internal errors of the
/// service do not tell whether the execution was started.
fn may_have_started(failure: &SdkFailure) -> bool {
    failure.code.is_none()
        || failure.is(&["InternalException", "InternalFailure", "ServiceUnavailable"])
}

/// Returns all options of the task with the overwrite mode. The API reference does not say whether
/// an option that is missing in `OverrideOptions` is that of the task or the default.
async fn override_options(
    context: &StackContext,
    task: &TaskArn,
    overwrite: bool,
) -> Result<Option<Options>> {
    let described = context
        .aws
        .datasync
        .describe_task()
        .task_arn(task.as_str())
        .send()
        .await
        .map_err(SdkFailure::from);
    let mut options = described.context("describing the restore task")?.options;
    if let Some(options) = &mut options {
        options.overwrite_mode =
            Some(if overwrite { OverwriteMode::Always } else { OverwriteMode::Never });
    }
    Ok(options)
}

/// Returns the execution of this manifest that started after `before`.
async fn started_since(
    context: &StackContext,
    task: &RestoreOutputs,
    manifest: &str,
    before: Option<&ExecutionArn>,
) -> Result<Option<ExecutionArn>> {
    for attempt in 1..=START_WAIT.attempts {
        let latest = latest_execution(context, &task.task_arn).await?;
        if let Some(now) = latest.filter(|now| Some(now) != before) {
            let execution = executions::describe(&context.aws.datasync, &now)
                .await
                .context("describing the restore")?;
            return Ok((execution.filters.manifest.as_deref() == Some(manifest)).then_some(now));
        }
        if attempt < START_WAIT.attempts {
            sleep(START_WAIT.pause).await;
        }
    }
    Ok(None)
}

fn manifest_config(
    context: &StackContext,
    task: &RestoreOutputs,
    manifest: &str,
) -> Result<ManifestConfig> {
    let source = S3ManifestConfig::builder()
        .manifest_object_path(manifest)
        .s3_bucket_arn(context.names().bucket_arn(context.records.name()))
        .bucket_access_role_arn(&task.role_arn)
        .build()
        .context("describing the manifest")?;
    let source = SourceManifestConfig::builder().s3(source).build();
    Ok(ManifestConfig::builder()
        .action(ManifestAction::Transfer)
        .format(ManifestFormat::Csv)
        .source(source)
        .build())
}
