//! Reads the recorded executions of a stack, or of some of its syncs.

use std::cmp::Reverse;

use anyhow::Result;
use aws::records_bucket::RecordsBucket;
use chrono::{DateTime, Utc};
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};

use super::recorded::RecordedRun;

/// The number of records that are read concurrently.
const CONCURRENCY: usize = 16;
/// The number of records that are read before it is decided if more are needed.
const CHUNK: usize = 64;
/// The number of records that are searched for the latest executions of some syncs: the key of a
/// record does not contain its sync.
const MAX_SEARCHED: usize = 2_000;

/// The executions to read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RunFilter<'a> {
    /// All of the stack, those of removed syncs included.
    All,
    OfSyncs(&'a [SyncName]),
}

impl RunFilter<'_> {
    pub(super) fn admits(self, sync: &SyncName) -> bool {
        match self {
            Self::All => true,
            Self::OfSyncs(syncs) => syncs.contains(sync),
        }
    }
}

/// Returns the executions that were recorded last, the latest first.
pub(crate) async fn read_newest_runs(
    records: &RecordsBucket,
    filter: RunFilter<'_>,
    limit: usize,
) -> Result<Vec<RecordedRun>> {
    let searched = if matches!(filter, RunFilter::All) { limit } else { MAX_SEARCHED };
    let keys = records.newest(keys::RUNS_PREFIX, searched).await?;
    let mut runs = Vec::new();
    for some in keys.chunks(CHUNK) {
        runs.extend(read_runs(records, filter, some).await?);
        if runs.len() >= limit {
            break;
        }
    }
    runs.truncate(limit);
    Ok(sort_runs(runs))
}

/// Returns all executions recorded since a time, the latest first.
pub(crate) async fn read_runs_since(
    records: &RecordsBucket,
    filter: RunFilter<'_>,
    moment: DateTime<Utc>,
) -> Result<Vec<RecordedRun>> {
    let keys = records.written_since(keys::RUNS_PREFIX, moment).await?;
    Ok(sort_runs(read_runs(records, filter, &keys).await?))
}

/// Returns one recorded execution with its verdict; `None` if it is not recorded, or not admitted.
pub(crate) async fn read_run(
    records: &RecordsBucket,
    filter: RunFilter<'_>,
    key: &str,
) -> Result<Option<RecordedRun>> {
    let run = records.read::<RunRecord>(key).await?.filter(|run| filter.admits(&run.sync));
    let Some(run) = run else { return Ok(None) };
    let proof: Option<Proof> = records.read(&keys::proof_document(run.execution.id())).await?;
    Ok(Some(RecordedRun::new(run, proof.as_ref())))
}

async fn read_runs(
    records: &RecordsBucket,
    filter: RunFilter<'_>,
    keys: &[String],
) -> Result<Vec<RecordedRun>> {
    let runs = stream::iter(keys).map(async |key| read_run(records, filter, key).await);
    let runs: Vec<Option<RecordedRun>> = runs.buffered(CONCURRENCY).try_collect().await?;
    Ok(runs.into_iter().flatten().collect())
}

/// Sorts by the end: S3 stores the time of a record in seconds, and a retry may end in the same
/// one.
pub(crate) fn sort_runs(mut runs: Vec<RecordedRun>) -> Vec<RecordedRun> {
    runs.sort_by_key(|run| Reverse(run.ended_at.or(run.started_at)));
    runs
}

#[cfg(test)]
pub(crate) mod tests;
