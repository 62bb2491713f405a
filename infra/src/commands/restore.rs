//! `restore`: copies the object versions of a given time back to the file system with DataSync, and
//! verifies the result.
//!
//! After an interruption the same command resumes: the key of the manifest and the directory are
//! derived from the arguments, so a running execution is found by its manifest, and files that were
//! already restored are kept.

use std::process::ExitCode;

use anyhow::Result;
use domain::execution::Execution;
use domain::point_in_time::format_time;
use domain::records::restore_run::{RestoreEnd, RestoreRun};
use domain::restore::RestoreCounts;

use crate::access::Access;
use crate::account_heading::print_heading;
use crate::cli::{Global, RestoreArguments};
use crate::context::StackContext;
use crate::hint::hinted_error;
use crate::runs::follow::Follower;
use crate::runs::follow_restore::{interrupted_execution, read_report, record_end};
use crate::sync_view::SyncView;
use crate::ui::interrupt::run_until_interrupt;
use crate::ui::output;

mod compare_open;
mod destination;
mod directories;
mod existing_directory;
mod open_mount;
mod outcome;
mod path_list;
mod request;
mod scope;
mod select_versions;
mod start;
mod transfer;
mod unproven_metadata;
mod version_listing;

use compare_open::compare_open_entries;
use destination::RestoreDestination;
use directories::{DirectoriesOutcome, PreparedDirectory, restore_directories};
use existing_directory::belongs_to_source;
use outcome::RestoreOutcome;
use request::{
    RestorePoint, nothing_hint, nothing_to_restore, refuse_archived, request_id, require_each_path,
};
use scope::RestoreScope;
use select_versions::SelectedVersions;
use start::start_with_lock;

/// The number of paths of each kind that a dry run shows without `--all`.
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
    let scope = RestoreScope::from_arguments(arguments)?;
    let context = StackContext::load_context(global).await?;
    print_heading(&context).await;
    let RestorePoint { view, moment } = RestorePoint::resolve_point(&context, arguments).await?;
    let mut target = RestoreDestination::resolve_destination(global, arguments, &view, moment)?;
    output::print_progress(format!("listing the versions as of {} …", format_time(moment)));
    let shown = if arguments.all { usize::MAX } else { SHOWN };
    let chosen = SelectedVersions::select_versions(&view, &scope.parts, moment, shown).await?;
    if chosen.files == 0 && (chosen.directories == 0 || target.here.is_none()) {
        let nothing = nothing_to_restore(&chosen, moment, &scope);
        return Err(hinted_error(nothing, nothing_hint(&chosen, &view.argument)));
    }
    require_each_path(&chosen, moment)?;
    if arguments.dry_run {
        output::print_data(
            global.output,
            &chosen,
            chosen.dry_run_text(&target.directory, view.context.config.task.preserve_deleted_files),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    refuse_archived(&chosen)?;
    target.existed = belongs_to_source(&view, &target).await?;
    chosen.remark_lines().into_iter().for_each(output::print_progress);
    let restore = Restore {
        id: request_id(view.name(), moment, arguments.overwrite, &scope, &target),
        view: &view,
        overwrite: arguments.overwrite,
    };
    let restored = restore.restore_selected(chosen, target).await?;
    output::print_data(global.output, &restored, restored.outcome_text())?;
    Ok(if restored.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The inputs of a restore that do not change.
struct Restore<'a> {
    view: &'a SyncView,
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
            Some(prepared) => Some(self.restore_tree(&mut chosen, prepared).await?),
            None => None,
        };
        Ok(RestoreOutcome::from_parts(&chosen, target, transferred, directories))
    }

    async fn restore_tree(
        &self,
        chosen: &mut SelectedVersions,
        prepared: PreparedDirectory,
    ) -> Result<DirectoriesOutcome> {
        let tree = std::mem::take(&mut chosen.tree);
        let bucket = self.view.destination_bucket();
        restore_directories(&bucket, prepared, tree, self.overwrite).await
    }

    /// Prepares the directory on this machine, if the file system is mounted on it.
    async fn prepare_directory(
        &self,
        chosen: &SelectedVersions,
        target: &RestoreDestination,
    ) -> Result<Option<PreparedDirectory>> {
        let Some(here) = &target.here else { return Ok(None) };
        let records = &self.view.context.records;
        let prepared =
            directories::prepare_directory(records, &self.id, here, &chosen.tree).await?;
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
        let (view, overwrite) = (self.view, self.overwrite);
        let record = start_with_lock(view, chosen, target.to_target(), &self.id, overwrite).await?;
        let execution = record.execution.clone();
        let work = self.verify_files(record, chosen, target, prepared);
        run_until_interrupt(work, || interrupted_execution(&execution)).await
    }

    /// Waits for the end of the execution, compares its report, and records the result.
    async fn verify_files(
        &self,
        record: RestoreRun,
        chosen: &SelectedVersions,
        target: &RestoreDestination,
        prepared: Option<&PreparedDirectory>,
    ) -> Result<(Execution, RestoreCounts)> {
        let context = &self.view.context;
        let ended = Follower::new(context).follow_to_end(&record.execution).await?;
        let expected = chosen.reconciliation.clone().with_overwriting(self.overwrite);
        let mut report = read_report(context, &record.execution, expected).await?;
        if let Some(prepared) = prepared {
            directories::wait_until_visible(prepared, report.first_restored()).await?;
        }
        let here = target.here.as_ref();
        compare_open_entries(&self.view.destination_bucket(), chosen, here, &mut report).await?;
        let counts = report.into_counts();
        record_end(context, record, RestoreEnd::new(&ended, counts.clone())).await?;
        Ok((ended, counts))
    }
}
