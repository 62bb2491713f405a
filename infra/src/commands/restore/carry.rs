//! The execution of a restore: found again, started, and held against its manifest.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::executions::{self, Patience};
use aws::{SdkFailure, report_parts};
use aws_config::retry::RetryConfig;
use aws_sdk_datasync::config::Config;
use aws_sdk_datasync::types::{
    ManifestAction, ManifestConfig, ManifestFormat, Options, OverwriteMode, S3ManifestConfig,
    SourceManifestConfig,
};
use aws_sdk_s3::primitives::ByteStream;
use domain::arn::{ExecutionArn, TaskArn};
use domain::records::keys;
use domain::records::outputs::RestoreOutputs;
use domain::restore::ReportReconciler;
use tokio::time::sleep;

use super::choose::Chosen;
use crate::advice::Advise;
use crate::output;
use crate::place::Place;

/// How long an execution whose start was not answered may take to show.
const SIGHT: Patience = Patience { attempts: 10, pause: Duration::from_millis(500) };
/// The report may still be written when the execution has ended.
const REPORT_PATIENCE: Patience = Patience { attempts: 60, pause: Duration::from_secs(1) };

/// The execution that carries out this manifest, if it is under way.
///
/// # Errors
/// When another restore is under way: the task has one directory at a time.
pub(super) async fn running(
    place: &Place,
    task: &TaskArn,
    manifest: &str,
) -> Result<Option<ExecutionArn>> {
    let Some(arn) = latest(place, task).await? else { return Ok(None) };
    let execution = executions::describe(&place.aws.datasync, &arn)
        .await
        .context("describing the last restore")?;
    if execution.is_terminal() {
        return Ok(None);
    }
    if execution.filters.manifest.as_deref() == Some(manifest) {
        return Ok(Some(arn));
    }
    let busy = Err(anyhow!("nothing was started: another restore, {}, is under way", arn.id()));
    busy.advise(
        "wait for its end; the command that started it shows how far it is when it is run again",
    )
}

/// The task's latest execution, at its end or not.
async fn latest(place: &Place, task: &TaskArn) -> Result<Option<ExecutionArn>> {
    let described = place
        .aws
        .datasync
        .describe_task()
        .task_arn(task.as_str())
        .send()
        .await
        .map_err(SdkFailure::from);
    let current = match described {
        Ok(task) => task.current_task_execution_arn.filter(|arn| !arn.is_empty()),
        // It vanished: the apply before the start makes it again.
        Err(failure) if failure.is(&["InvalidRequestException"]) => None,
        Err(failure) => return Err(failure).context("describing the restore's task"),
    };
    Ok(current.map(|arn| ExecutionArn::parse(&arn)).transpose()?)
}

pub(super) async fn upload(place: &Place, manifest: &str, chosen: &Chosen) -> Result<()> {
    let body =
        ByteStream::from_path(chosen.manifest.path()).await.context("reading the manifest")?;
    Ok(place.records.upload(manifest, body, "text/csv").await?)
}

/// Starts the execution. Where no answer comes, it is looked for: `StartTaskExecution` has no
/// client token, and a second try, of the SDK's too, would start a second one.
pub(super) async fn start(
    place: &Place,
    task: &RestoreOutputs,
    manifest: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    let before = latest(place, &task.task_arn).await?;
    let options = options_of(place, &task.task_arn, overwrite).await?;
    let start = place.aws.datasync.start_task_execution().task_arn(task.task_arn.as_str());
    let start = start.manifest_config(manifest_config(place, task, manifest)?);
    let start = start.set_override_options(options).customize();
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let failure = match start.config_override(once).send().await {
        Ok(started) => {
            return Ok(ExecutionArn::parse(started.task_execution_arn().unwrap_or_default())?);
        }
        Err(error) => SdkFailure::from(error),
    };
    // With a code it is an answer; one of the service's own faults says nothing of what was done.
    if failure.code.is_none()
        || failure.is(&["InternalException", "InternalFailure", "ServiceUnavailable"])
    {
        output::progress("the start was not answered; looking for its execution …");
        if let Some(started) = started_since(place, task, manifest, before.as_ref()).await? {
            return Ok(started);
        }
    }
    Err(failure)
        .context("starting the restore")
        .advise("run the same command again: one that did start is found then")
}

/// All options of the task, with the override in them: the API reference does not say whether an
/// option that is left out of `OverrideOptions` is the task's or the default.
async fn options_of(place: &Place, task: &TaskArn, overwrite: bool) -> Result<Option<Options>> {
    let described = place
        .aws
        .datasync
        .describe_task()
        .task_arn(task.as_str())
        .send()
        .await
        .map_err(SdkFailure::from);
    let mut options = described.context("describing the restore's task")?.options;
    if let Some(options) = &mut options {
        options.overwrite_mode =
            Some(if overwrite { OverwriteMode::Always } else { OverwriteMode::Never });
    }
    Ok(options)
}

/// The execution of this manifest that was not there before.
async fn started_since(
    place: &Place,
    task: &RestoreOutputs,
    manifest: &str,
    before: Option<&ExecutionArn>,
) -> Result<Option<ExecutionArn>> {
    for attempt in 1..=SIGHT.attempts {
        if let Some(now) = latest(place, &task.task_arn).await?.filter(|now| Some(now) != before) {
            let execution = executions::describe(&place.aws.datasync, &now)
                .await
                .context("describing the restore")?;
            return Ok((execution.filters.manifest.as_deref() == Some(manifest)).then_some(now));
        }
        if attempt < SIGHT.attempts {
            sleep(SIGHT.pause).await;
        }
    }
    Ok(None)
}

fn manifest_config(place: &Place, task: &RestoreOutputs, manifest: &str) -> Result<ManifestConfig> {
    let source = S3ManifestConfig::builder()
        .manifest_object_path(manifest)
        .s3_bucket_arn(place.names().bucket_arn(place.records.name()))
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

/// What became of each path, by the report.
pub(super) async fn settle(
    place: &Place,
    execution: &ExecutionArn,
    chosen: &Chosen,
    overwrite: bool,
) -> Result<ReportReconciler> {
    let written =
        executions::describe_until(&place.aws.datasync, execution, REPORT_PATIENCE, |execution| {
            !execution.awaits_report()
        });
    let status = written
        .await
        .context("waiting for the restore's report")?
        .report
        .map(|report| report.status);
    if status.as_deref() != Some("SUCCESS") {
        let none = Err(anyhow!(
            "the restore has no report ({}): what came back is unknown",
            status.unwrap_or_default()
        ));
        return none
            .advise("run the same command again: what is there already stays, and is reported");
    }
    let mut settlement = chosen.settlement.clone().with_overwriting(overwrite);
    for key in
        place.records.list(&keys::restore_reports(execution.task().id(), execution.id())).await?
    {
        let part = report_parts::read(&place.records, &key).await?;
        settlement.add_report_part(
            &part.map_err(|why| anyhow!("a part of the restore's report can't be read: {why}"))?,
        );
    }
    Ok(settlement)
}
