//! The recorded restores. DataSync is asked about those without a recorded end.

use anyhow::{Context, Result};
use aws::executions;
use chrono::{DateTime, Utc};
use domain::execution::Execution;
use domain::point_in_time::format_time;
use domain::records::keys;
use domain::records::restore_run::RestoreRun;
use domain::records::run::RunOutcome;
use futures::{StreamExt, TryStreamExt, stream};

use super::read_runs::RunFilter;
use super::recorded::{RecordedRun, RunKind, StartedBy};
use crate::access::Access;
use crate::context::StackContext;
use crate::runs::text::{outcome_word, restore_word};
use crate::ui::format::format_bytes;

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

/// The number of records that are read concurrently.
const CONCURRENCY: usize = 16;

/// A recorded restore, and its execution in DataSync where the record has no end.
pub(crate) struct KnownRestore {
    pub record: RestoreRun,
    /// Absent too where DataSync no longer lists the execution.
    pub live: Option<Execution>,
}

/// Returns the restores that were recorded last: at most `limit`, or those since a time.
pub(crate) async fn read_restores(
    context: &StackContext,
    filter: RunFilter<'_>,
    since: Option<DateTime<Utc>>,
    limit: usize,
) -> Result<Vec<RecordedRun>> {
    let records = &context.records;
    let keys = match since {
        Some(moment) => records.written_since(keys::RESTORE_RUNS_PREFIX, moment).await?,
        None => records.newest(keys::RESTORE_RUNS_PREFIX, limit).await?,
    };
    let reads = stream::iter(&keys).map(async |key| read_restore(context, key).await);
    let found: Vec<Option<KnownRestore>> = reads.buffered(CONCURRENCY).try_collect().await?;
    let found = found.into_iter().flatten();
    let admitted = found.filter(|restore| filter.admits(&restore.record.sync));
    Ok(admitted.map(RecordedRun::from).collect())
}

/// Reads the record with this key. Returns `None` if there is none.
pub(crate) async fn read_restore(
    context: &StackContext,
    key: &str,
) -> Result<Option<KnownRestore>> {
    let Some(record) = context.records.read::<RestoreRun>(key).await? else { return Ok(None) };
    if record.end.is_some() {
        return Ok(Some(KnownRestore { record, live: None }));
    }
    let live = match executions::describe(&context.aws.datasync, &record.execution).await {
        Ok(live) => Some(live),
        // DataSync forgets executions, and the task may be deleted.
        Err(failure) if failure.is(&["InvalidRequestException"]) => None,
        Err(failure) => {
            let id = record.execution.id();
            return Err(failure).with_context(|| format!("describing {id}"));
        }
    };
    Ok(Some(KnownRestore { record, live }))
}

impl From<KnownRestore> for RecordedRun {
    fn from(KnownRestore { record, live }: KnownRestore) -> Self {
        let ended = live.as_ref().filter(|live| live.is_terminal());
        let end = record.end.as_ref();
        let ended_at = end.and_then(|end| end.ended_at).or(ended.and_then(|live| live.ended_at));
        let transferred = live.as_ref().map(|live| live.counters.files_transferred);
        let restored = end.and_then(|end| i64::try_from(end.counts.restored).ok());
        let duration = ended_at.map(|ended_at| ended_at - record.started_at);
        Self {
            kind: RunKind::Restore,
            started_by: StartedBy::Hand,
            started_at: Some(record.started_at),
            ended_at,
            duration_ms: duration.map_or(0, |duration| duration.num_milliseconds().max(0)),
            outcome: end.map(|end| end.outcome).or(ended.map(RunOutcome::of_execution)),
            class: None,
            files_transferred: restored.or(transferred).unwrap_or_default(),
            bytes_transferred: match &live {
                Some(live) => live.counters.bytes_transferred,
                None => i64::try_from(record.bytes).unwrap_or(i64::MAX),
            },
            verdict: None,
            restored: end.map(|end| end.complete),
            execution: record.execution.id().to_owned(),
            sync: record.sync,
        }
    }
}

/// Returns the text of a restore, with its state in DataSync where it has no end on record.
pub(crate) fn restore_text(restore: &KnownRestore) -> String {
    let record = &restore.record;
    let mut lines = vec![
        format!("{} restore: {}", record.execution.id(), state_text(restore)),
        format!("  as of     {}", format_time(record.as_of)),
        format!("  into      `/{}` below the source directory", record.directory),
        format!("  started   {}", format_time(record.started_at)),
    ];
    let size = format_bytes(i64::try_from(record.bytes).unwrap_or(i64::MAX));
    lines.push(format!("  selected  {} files ({size})", record.files));
    if let Some(end) = &record.end {
        let counts = &end.counts;
        lines.push(format!(
            "  files     {} restored, {} of them verified, {} already existed, {} different and \
                kept, {} failed",
            counts.restored, counts.verified, counts.already_there, counts.kept, counts.failed
        ));
        lines.extend(end.error.iter().map(|error| format!("  DataSync  {error}")));
    }
    lines.join("\n") + "\n"
}

fn state_text(restore: &KnownRestore) -> String {
    match (&restore.record.end, &restore.live) {
        (Some(end), _) => format!("{}, {}", outcome_word(end.outcome), restore_word(end.complete)),
        (None, Some(live)) if live.is_terminal() => {
            format!("ended with {}; `efs-s3 wait` compares its report", live.status)
        }
        (None, Some(live)) => {
            let counters = live.counters;
            let (done, all) = (counters.files_transferred, counters.files_to_transfer);
            format!("{}, {done} of {all} files", live.status)
        }
        (None, None) => "its end is not on record, and DataSync no longer has it".to_owned(),
    }
}

#[cfg(test)]
mod tests;
