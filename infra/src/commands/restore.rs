//! `restore`: copies the object versions of a given time back to the file system with DataSync, and
//! verifies the result.
//!
//! After an interruption the same command resumes: the key of the manifest and the directory are
//! derived from the arguments, so a running execution is found by its manifest, and files that were
//! already restored are kept.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use aws::lock::LockError;
use bootstrap_stack::Outcome;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::{ExecutionArn, resource_id};
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::outputs::{Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;
use domain::records::run::RunRecord;
use domain::request::{BootstrapAction, BootstrapRequest};
use sha2::{Digest, Sha256};

use crate::access::Access;
use crate::cli::{Global, RestoreArguments};
use crate::context::StackContext;
use crate::deploy::data_plane;
use crate::deploy::lock::DeployLock;
use crate::hint::WithHint;
use crate::runs::follow;
use crate::ui::output;

mod compare_open;
mod destination;
mod directories;
mod open_mount;
mod outcome;
mod path_list;
mod select_versions;
mod transfer;
mod unproven_metadata;
mod version_listing;

use destination::RestoreDestination;
use outcome::RestoreOutcome;
use select_versions::SelectedVersions;

/// The number of paths that a dry run shows.
pub(super) const SHOWN: usize = 10;

pub(crate) const ACCESS: Access = Access {
    records: &["s3:PutObject"],
    destination: &["s3:GetObject", "s3:ListBucket"],
    stack: &[
        "datasync:DescribeTask",
        "datasync:DescribeTaskExecution",
        "datasync:StartTaskExecution",
        "iam:PassRole",
    ],
    ..Access::NONE
};

pub(super) async fn run(global: &Global, arguments: &RestoreArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let moment = requested_time(&context, arguments).await?;
    let target = RestoreDestination::resolve_destination(
        global,
        arguments,
        &context.config,
        &outputs,
        moment,
    )?;
    output::print_progress(format!(
        "listing the versions as of {} …",
        moment.to_rfc3339_opts(SecondsFormat::Millis, true)
    ));
    let mut chosen =
        SelectedVersions::select_versions(&context, &outputs, &arguments.prefix, moment).await?;
    if chosen.files == 0 && (chosen.directories == 0 || target.here.is_none()) {
        return Err(nothing_to_restore(&chosen, moment, arguments))
            .with_hint("list the executions with `efs-s3 runs`");
    }
    if arguments.dry_run {
        output::print_data(
            global.output,
            &chosen,
            chosen.dry_run_text(&target.directory, context.config.task.preserve_deleted_files),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    refuse_archived(&chosen)?;
    chosen.remark_lines().into_iter().for_each(output::print_progress);
    let id = request_id(moment, arguments, &target);
    let prepared = match &target.here {
        Some(here) => {
            let prepared =
                directories::prepare_directory(&context, &id, here, &chosen.tree).await?;
            if !target.made_by_mount {
                prepared.open_or_create()?;
            }
            Some(prepared)
        }
        None => None,
    };
    let transferred = if chosen.files == 0 {
        None
    } else {
        let execution =
            start_with_lock(&context, &chosen, &target.directory, &id, arguments.overwrite).await?;
        let ended = follow::follow_to_end(&context, &execution).await?;
        let mut settlement =
            transfer::read_report(&context, &execution, &chosen, arguments.overwrite).await?;
        if let Some(prepared) = &prepared {
            directories::wait_until_visible(prepared, settlement.first_restored()).await?;
        }
        compare_open::compare_open_entries(
            &context,
            &outputs,
            &chosen,
            target.here.as_ref(),
            &mut settlement,
        )
        .await?;
        Some((ended, settlement.into_counts()))
    };
    let directories = match prepared {
        Some(prepared) => {
            let tree = std::mem::take(&mut chosen.tree);
            Some(
                directories::restore_directories(
                    &context,
                    &outputs,
                    prepared,
                    tree,
                    arguments.overwrite,
                )
                .await?,
            )
        }
        None => None,
    };
    let restored = RestoreOutcome::from_parts(&chosen, target, transferred, directories);
    output::print_data(global.output, &restored, restored.outcome_text())?;
    Ok(if restored.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn requested_time(
    context: &StackContext,
    arguments: &RestoreArguments,
) -> Result<DateTime<Utc>> {
    if let Some(at) = &arguments.at {
        return Ok(parse_point_in_time(at, Utc::now())?);
    }
    let id = arguments.execution.as_deref().unwrap_or_default();
    let id = resource_id(id);
    let run: Option<RunRecord> = context.records.read(&keys::run_record(id)).await?;
    let run = run.ok_or_else(|| anyhow!("there is no run record of `{id}`"));
    let run = run.with_hint("list the executions with `efs-s3 runs`")?;
    Ok(run.ended_at.unwrap_or(run.recorded_at))
}

fn nothing_to_restore(
    chosen: &SelectedVersions,
    moment: DateTime<Utc>,
    arguments: &RestoreArguments,
) -> anyhow::Error {
    let at = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let below = if arguments.prefix.is_empty() {
        String::new()
    } else {
        format!(" below `{}`", arguments.prefix)
    };
    let remarks = chosen.remark_lines();
    if !remarks.is_empty() {
        return anyhow!("nothing to restore{below} as of {at}:\n{}", remarks.join("\n"));
    }
    match chosen.first_version {
        None => anyhow!("nothing to restore: the bucket has no versions{below}"),
        Some(first) if first > moment => anyhow!(
            "nothing to restore: the first version{below} is from {}, after {at}",
            first.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        Some(_) => anyhow!("nothing to restore: no file{below} existed at {at}"),
    }
}

/// DataSync would try each of them and fail.
fn refuse_archived(chosen: &SelectedVersions) -> Result<()> {
    let Some(first) = chosen.first_archived.first() else { return Ok(()) };
    let first = escape_unprintable(first);
    let refused = Err(anyhow!(
        "nothing was started: {} of {} files are archived, such as {first}",
        chosen.archived,
        chosen.files
    ));
    refused.with_hint(
        "create readable copies first: `aws s3api restore-object` for each, or \
         S3 Batch Operations for many; `--dry-run` lists the first ones, `--prefix` restores other directories",
    )
}

/// Returns an id that is the same for the same arguments, and differs for any others.
fn request_id(
    moment: DateTime<Utc>,
    arguments: &RestoreArguments,
    target: &RestoreDestination,
) -> String {
    let how = if arguments.overwrite { "overwrite" } else { "keep" };
    let asked =
        [&moment.to_rfc3339(), arguments.prefix.trim_start_matches('/'), &target.directory, how];
    let digest = Sha256::digest(asked.join("\n").as_bytes());
    hex::encode(&digest[..8])
}

/// Starts the execution, or finds the running one. The lock keeps deploys and other restores from
/// changing the task meanwhile.
async fn start_with_lock(
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
    if let Some(task) = &outputs.restore
        && let Some(running) =
            transfer::running_execution(context, &task.task_arn, manifest).await?
    {
        output::print_progress(format!("{} is already running", running.id()));
        return Ok(running);
    }
    let task = prepare_task(context, &outputs, directory).await?;
    transfer::upload_manifest(context, manifest, chosen).await?;
    let execution = transfer::start_execution(context, &task, manifest, overwrite).await?;
    output::print_progress(format!("started {}", execution.id()));
    Ok(execution)
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
        && context.records.read(keys::RESTORE).await? == Some(target.clone())
    {
        return Ok(ready);
    }
    output::print_progress("preparing the restore task, by bootstrap-stack");
    context.records.write(keys::RESTORE, &target).await?;
    let driven =
        data_plane::run_bootstrap_stack(context, &BootstrapRequest::new(BootstrapAction::Apply))
            .await?;
    let ready = match driven.outcome {
        Outcome::Applied { outputs, .. } => outputs.restore,
        _ => None,
    };
    let ready = ready.filter(|ready| ready.directory == directory);
    let old =
        || anyhow!("bootstrap-stack created no restore task: its code is older than this command");
    ready.ok_or_else(old).with_hint("run `efs-s3 deploy`, then the same restore again")
}
