//! `restore`: copies the object versions of a given time back to the file system with DataSync, and
//! verifies the result.
//!
//! After an interruption the same command resumes: the key of the manifest and the directory are
//! derived from the arguments, so a running execution is found by its manifest, and files that were
//! already restored are kept.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::resource_id;
use domain::execution::Execution;
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::restore::RestoreCounts;
use sha2::{Digest, Sha256};

use crate::access::Access;
use crate::cli::{Global, RestoreArguments};
use crate::context::StackContext;
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
mod start;
mod transfer;
mod unproven_metadata;
mod version_listing;

use compare_open::compare_open_entries;
use destination::RestoreDestination;
use directories::{PreparedDirectory, restore_directories};
use outcome::RestoreOutcome;
use select_versions::SelectedVersions;
use start::start_with_lock;

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
    let chosen =
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
    let restore = Restore {
        context: &context,
        outputs: &outputs,
        id: request_id(moment, arguments, &target),
        overwrite: arguments.overwrite,
    };
    let restored = restore.restore_selected(chosen, target).await?;
    output::print_data(global.output, &restored, restored.outcome_text())?;
    Ok(if restored.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The inputs of a restore that do not change.
struct Restore<'a> {
    context: &'a StackContext,
    outputs: &'a Outputs,
    id: String,
    overwrite: bool,
}

impl Restore<'_> {
    /// Restores files and directories.
    async fn restore_selected(
        &self,
        mut chosen: SelectedVersions,
        target: RestoreDestination,
    ) -> Result<RestoreOutcome> {
        let prepared = self.prepare_directory(&chosen, &target).await?;
        let transferred = if chosen.files == 0 {
            None
        } else {
            Some(self.restore_files(&chosen, &target, prepared.as_ref()).await?)
        };
        let directories = match prepared {
            Some(prepared) => {
                let tree = std::mem::take(&mut chosen.tree);
                let (context, outputs) = (self.context, self.outputs);
                let restored =
                    restore_directories(context, outputs, prepared, tree, self.overwrite).await?;
                Some(restored)
            }
            None => None,
        };
        Ok(RestoreOutcome::from_parts(&chosen, target, transferred, directories))
    }

    /// Prepares the directory on this machine, if the file system is mounted on it.
    async fn prepare_directory(
        &self,
        chosen: &SelectedVersions,
        target: &RestoreDestination,
    ) -> Result<Option<PreparedDirectory>> {
        let Some(here) = &target.here else { return Ok(None) };
        let prepared =
            directories::prepare_directory(self.context, &self.id, here, &chosen.tree).await?;
        if !target.made_by_mount {
            prepared.open_or_create()?;
        }
        Ok(Some(prepared))
    }

    /// Restores the files with DataSync and verifies them.
    async fn restore_files(
        &self,
        chosen: &SelectedVersions,
        target: &RestoreDestination,
        prepared: Option<&PreparedDirectory>,
    ) -> Result<(Execution, RestoreCounts)> {
        let (context, overwrite) = (self.context, self.overwrite);
        let execution =
            start_with_lock(context, chosen, &target.directory, &self.id, overwrite).await?;
        let ended = follow::follow_to_end(context, &execution).await?;
        let mut report = transfer::read_report(context, &execution, chosen, overwrite).await?;
        if let Some(prepared) = prepared {
            directories::wait_until_visible(prepared, report.first_restored()).await?;
        }
        let here = target.here.as_ref();
        compare_open_entries(context, self.outputs, chosen, here, &mut report).await?;
        Ok((ended, report.into_counts()))
    }
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
