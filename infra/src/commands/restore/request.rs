//! The time of a restore, its id, and the reasons to refuse it.

use anyhow::{Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::resource_id;
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::run::RunRecord;
use sha2::{Digest, Sha256};

use super::destination::RestoreDestination;
use super::select_versions::SelectedVersions;
use crate::cli::RestoreArguments;
use crate::context::StackContext;
use crate::hint::WithHint;

pub(super) async fn requested_time(
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

pub(super) fn nothing_to_restore(
    chosen: &SelectedVersions,
    moment: DateTime<Utc>,
    arguments: &RestoreArguments,
) -> anyhow::Error {
    let at = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let below = below_clause(&arguments.prefix);
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

fn below_clause(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!(" below `{prefix}`") }
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
         S3 Batch Operations for many; `--dry-run` lists the first ones, `--prefix` restores other directories",
    )
}

/// Returns an id that is the same for the same arguments, and differs for any others.
pub(super) fn request_id(
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
