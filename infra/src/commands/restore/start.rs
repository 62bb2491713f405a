//! Starts the execution of a restore, or finds the running one.

use anyhow::{Result, anyhow};
use aws::lock::LockError;
use bootstrap_stack::BootstrapOutcome;
use chrono::Utc;
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::outputs::RestoreOutputs;
use domain::records::restore::RestoreTarget;
use domain::records::restore_run::RestoreRun;
use domain::request::{BootstrapAction, BootstrapRequest};

use super::select_versions::SelectedVersions;
use super::transfer;
use crate::context::StackContext;
use crate::deploy::data_plane;
use crate::deploy::lock::DeployLock;
use crate::hint::WithHint;
use crate::sync_view::SyncView;
use crate::ui::output;

/// Starts the execution, or finds the running one. The lock keeps deploys and other restores from
/// changing the task meanwhile.
pub(super) async fn start_with_lock(
    view: &SyncView,
    chosen: &SelectedVersions,
    target: RestoreTarget,
    id: &str,
    overwrite: bool,
) -> Result<RestoreRun> {
    let manifest = keys::restore_manifest(id);
    let lock = DeployLock::acquire_lock(&view.context.records, "restore").await?;
    let mut lock = lock.ok_or(LockError::Contended)?;
    let started =
        lock.run_with_renewal(find_or_start(view, chosen, target, &manifest, overwrite)).await;
    lock.release_lock().await;
    started
}

async fn find_or_start(
    view: &SyncView,
    chosen: &SelectedVersions,
    target: RestoreTarget,
    manifest: &str,
    overwrite: bool,
) -> Result<RestoreRun> {
    let context = &view.context;
    let record = |execution| RestoreRun {
        execution,
        sync: view.name().clone(),
        started_at: Utc::now(),
        as_of: chosen.as_of,
        directory: target.directory.clone(),
        manifest: manifest.to_owned(),
        overwrite,
        files: chosen.files,
        bytes: chosen.bytes,
        end: None,
    };
    let restore = read_restore_task(view).await?;
    if let Some(running) = running_restore(context, restore.as_ref(), manifest).await? {
        output::print_progress(format!("{} is already running", running.id()));
        return record_start(context, record(running)).await;
    }
    let task = prepare_task(view, restore, target.clone()).await?;
    transfer::upload_manifest(context, manifest, chosen).await?;
    let execution = transfer::start_execution(context, &task, manifest, overwrite).await?;
    output::print_progress(format!("started {}", execution.id()));
    record_start(context, record(execution)).await
}

/// Records a restore. The record of an earlier command, for the same execution, stays.
async fn record_start(context: &StackContext, record: RestoreRun) -> Result<RestoreRun> {
    let key = keys::restore_run(record.execution.id());
    context.records.write_once(&key, &record).await?;
    Ok(context.records.read(&key).await?.unwrap_or(record))
}

/// Reads the outputs once more: another restore may have changed the task since.
async fn read_restore_task(view: &SyncView) -> Result<Option<RestoreOutputs>> {
    let outputs = view.context.require_outputs().await?;
    Ok(outputs.of_sync(view.name()).and_then(|outputs| outputs.restore.clone()))
}

async fn running_restore(
    context: &StackContext,
    task: Option<&RestoreOutputs>,
    manifest: &str,
) -> Result<Option<ExecutionArn>> {
    let Some(task) = task else { return Ok(None) };
    transfer::running_execution(context, &task.task_arn, manifest).await
}

/// Returns the task for the directory. The first restore creates it.
async fn prepare_task(
    view: &SyncView,
    restore: Option<RestoreOutputs>,
    target: RestoreTarget,
) -> Result<RestoreOutputs> {
    let (records, key) = (&view.context.records, keys::restore(view.name()));
    let ready = restore.filter(|ready| ready.directory == target.directory);
    if let Some(ready) = ready
        && records.read(&key).await? == Some(target.clone())
    {
        return Ok(ready);
    }
    output::print_progress("preparing the restore task, by bootstrap-stack");
    records.write(&key, &target).await?;
    let ready = create_task(view).await?;
    let ready = ready.filter(|ready| ready.directory == target.directory);
    let old =
        || anyhow!("bootstrap-stack created no restore task: its code is older than this command");
    ready.ok_or_else(old).with_hint("run `efs-s3 deploy`, then the same restore again")
}

async fn create_task(view: &SyncView) -> Result<Option<RestoreOutputs>> {
    let request = BootstrapRequest::new(BootstrapAction::Apply);
    let result = data_plane::run_bootstrap_stack(&view.context, &request).await?;
    Ok(match result.outcome {
        BootstrapOutcome::Applied { outputs, .. } => {
            outputs.of_sync(view.name()).and_then(|outputs| outputs.restore.clone())
        }
        _ => None,
    })
}
