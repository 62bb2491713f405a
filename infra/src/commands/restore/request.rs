//! The time of a restore, its id, and the reasons to refuse it.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use domain::point_in_time::{format_time, parse_point_in_time};
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;
use sha2::{Digest, Sha256};

use super::destination::RestoreDestination;
use super::scope::RestoreScope;
use super::select_versions::SelectedVersions;
use crate::cli::RestoreArguments;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::find_execution::find_execution;
use crate::runs::nothing_found::LATER_TIME;
use crate::sync_view::{SyncView, read_view};

/// The state to restore: of which sync, and of which time.
pub(super) struct RestorePoint {
    pub view: SyncView,
    pub moment: DateTime<Utc>,
}

impl RestorePoint {
    /// Resolves the arguments. An execution belongs to a sync, so that it needs no `--sync`.
    pub(super) async fn resolve_point(
        context: &StackContext,
        arguments: &RestoreArguments,
    ) -> Result<Self> {
        let named = arguments.sync.name.as_deref();
        if let Some(at) = &arguments.at {
            let moment = parse_point_in_time(at, Utc::now())?;
            return Ok(Self { view: read_view(context, named).await?, moment });
        }
        let run = read_run(context, arguments.execution.as_deref().unwrap_or_default()).await?;
        require_sync_of_run(&run, named)?;
        let view = read_view(context, Some(run.sync.as_str())).await?;
        Ok(Self { view, moment: run.ended_at.unwrap_or(run.recorded_at) })
    }
}

async fn read_run(context: &StackContext, named: &str) -> Result<RunRecord> {
    let outputs = context.require_outputs().await?;
    let execution = find_execution(context, &outputs, named).await?;
    let id = execution.id();
    let run: Option<RunRecord> = context.records.read(&keys::run_record(id)).await?;
    run.ok_or_else(|| anyhow!("there is no run record of `{id}`"))
        .with_hint("list the executions with `efs-s3 runs`")
}

fn require_sync_of_run(run: &RunRecord, named: Option<&str>) -> Result<()> {
    match named {
        Some(name) if name != run.sync.as_str() => {
            let (id, sync) = (run.execution.id(), &run.sync);
            let other = Err(anyhow!("{id} is an execution of the sync `{sync}`, not of `{name}`"));
            other.with_hint(format!("leave out `--sync`, or give `--sync {sync}`"))
        }
        _ => Ok(()),
    }
}

pub(super) fn nothing_to_restore(
    chosen: &SelectedVersions,
    moment: DateTime<Utc>,
    scope: &RestoreScope,
) -> anyhow::Error {
    let at = format_time(moment);
    let below = below_clause(scope);
    let remarks = chosen.remark_lines();
    if !remarks.is_empty() {
        return anyhow!("nothing to restore{below} as of {at}:\n{}", remarks.join("\n"));
    }
    match chosen.first_version {
        None => anyhow!("nothing to restore: the bucket has no versions{below}"),
        Some(first) if first > moment => anyhow!(
            "nothing to restore: the first version{below} is from {}, after {at}",
            format_time(first)
        ),
        Some(_) => anyhow!("nothing to restore: no file{below} existed at {at}"),
    }
}

fn below_clause(scope: &RestoreScope) -> String {
    let text = scope.to_text();
    if text.is_empty() { text } else { format!(" below {text}") }
}

/// Returns the hint of a restore without files.
pub(super) fn nothing_hint(chosen: &SelectedVersions, argument: &str) -> String {
    match chosen.first_version {
        Some(first) if first > chosen.as_of => LATER_TIME.to_owned(),
        _ => format!(
            "`efs-s3 ls{argument} --at <time>` lists what existed at a time, \
                `efs-s3 runs{argument}` the executions"
        ),
    }
}

/// Refuses paths that did not exist: one of several may be mistyped.
pub(super) fn require_each_path(chosen: &SelectedVersions, moment: DateTime<Utc>) -> Result<()> {
    let Some(first) = chosen.unmatched.first() else { return Ok(()) };
    let at = format_time(moment);
    let first = escape_unprintable(first);
    let more = match chosen.unmatched.len() {
        1 => String::new(),
        count => format!(", nor {} others", count - 1),
    };
    Err(anyhow!("nothing was started: `{first}` did not exist at {at}{more}"))
        .with_hint("correct the path; `--prefix` restores all paths that begin with a text")
}

/// Refuses archived files, because DataSync would try each of them and fail.
pub(super) fn refuse_archived(chosen: &SelectedVersions) -> Result<()> {
    let Some(first) = chosen.first_archived.first() else { return Ok(()) };
    let first = escape_unprintable(first);
    let refused = Err(anyhow!(
        "nothing was started: {} of {} files are archived, such as {first}",
        chosen.archived,
        chosen.files
    ));
    refused.with_hint(
        "create readable copies first: `aws s3api restore-object` for each, or \
         S3 Batch Operations for many; `--dry-run --all` lists them, a PATH restores other \
         directories",
    )
}

/// Returns an id that is the same for the same arguments, and differs for any others. For the sync
/// `default` it is that of a stack with one sync.
pub(super) fn request_id(
    sync: &SyncName,
    moment: DateTime<Utc>,
    overwrite: bool,
    scope: &RestoreScope,
    target: &RestoreDestination,
) -> String {
    let how = if overwrite { "overwrite" } else { "keep" };
    let how = sync.qualify(how);
    let asked = [&moment.to_rfc3339(), &scope.id_text, &target.directory, &how];
    let digest = Sha256::digest(asked.map(String::as_str).join("\n").as_bytes());
    hex::encode(&digest[..8])
}
