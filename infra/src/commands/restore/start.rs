//! Starts the execution of a restore, or finds the running one.

use anyhow::{Result, anyhow};
use aws::lock::LockError;
use bootstrap_stack::BootstrapOutcome;
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::outputs::{Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;
use domain::request::{BootstrapAction, BootstrapRequest};
use domain::sync_name::SyncName;

use super::select_versions::SelectedVersions;
use super::transfer;
use crate::context::StackContext;
use crate::deploy::data_plane;
use crate::deploy::lock::DeployLock;
use crate::hint::WithHint;
use crate::ui::output;

/// Starts the execution, or finds the running one. The lock keeps deploys and other restores from
/// changing the task meanwhile.
pub(super) async fn start_with_lock(
    context: &StackContext,
    chosen: &SelectedVersions,
    directory: &str,
    id: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    let manifest = keys::restore_manifest(id);
    let lock = DeployLock::acquire_lock(&context.records, "restore").await?;
    let mut lock = lock.ok_or(LockError::Contended)?;
    let started = lock
        .run_with_renewal(find_or_start(context, chosen, directory, &manifest, overwrite))
        .await;
    lock.release_lock().await;
    started
}

async fn find_or_start(
    context: &StackContext,
    chosen: &SelectedVersions,
    directory: &str,
    manifest: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    // Another restore may have changed the task since.
    let outputs = context.require_outputs().await?;
    if let Some(running) = running_restore(context, &outputs, manifest).await? {
        output::print_progress(format!("{} is already running", running.id()));
        return Ok(running);
    }
    let task = prepare_task(context, &outputs, directory).await?;
    transfer::upload_manifest(context, manifest, chosen).await?;
    let execution = transfer::start_execution(context, &task, manifest, overwrite).await?;
    output::print_progress(format!("started {}", execution.id()));
    Ok(execution)
}

async fn running_restore(
    context: &StackContext,
    outputs: &Outputs,
    manifest: &str,
) -> Result<Option<ExecutionArn>> {
    let Some(task) = &outputs.restore else { return Ok(None) };
    transfer::running_execution(context, &task.task_arn, manifest).await
}

/// Returns the task for the directory. The first restore creates it.
async fn prepare_task(
    context: &StackContext,
    outputs: &Outputs,
    directory: &str,
) -> Result<RestoreOutputs> {
    let target = RestoreTarget { directory: directory.to_owned() };
    let ready = outputs.restore.clone().filter(|ready| ready.directory == directory);
    if let Some(ready) = ready
        && context.records.read(&keys::restore(&SyncName::default())).await? == Some(target.clone())
    {
        return Ok(ready);
    }
    output::print_progress("preparing the restore task, by bootstrap-stack");
    context.records.write(&keys::restore(&SyncName::default()), &target).await?;
    let ready = create_task(context).await?;
    let ready = ready.filter(|ready| ready.directory == directory);
    let old =
        || anyhow!("bootstrap-stack created no restore task: its code is older than this command");
    ready.ok_or_else(old).with_hint("run `efs-s3 deploy`, then the same restore again")
}

async fn create_task(context: &StackContext) -> Result<Option<RestoreOutputs>> {
    let request = BootstrapRequest::new(BootstrapAction::Apply);
    let result = data_plane::run_bootstrap_stack(context, &request).await?;
    Ok(match result.outcome {
        BootstrapOutcome::Applied { outputs, .. } => outputs.restore,
        _ => None,
    })
}
