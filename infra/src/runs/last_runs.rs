//! The last execution of each sync, and the time of its newest proven copy.
//!
//! The baseline of a sync names its last execution, so that one with a rare schedule is found
//! without a search through the executions of the others. Only where that one is not proven, the
//! executions within the freshness limit are searched: an older copy would be stale anyway.

use std::collections::BTreeMap;

use anyhow::Result;
use aws::records_bucket::RecordsBucket;
use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};

use super::read_runs::{RunFilter, read_run, read_runs_since};
use super::recorded::RecordedRun;

/// The number of syncs whose records are read concurrently.
const CONCURRENCY: usize = 16;
/// The time that is searched for a proven copy where the configuration has no freshness limit.
const WITHOUT_LIMIT: TimeDelta = TimeDelta::days(7);

/// The executions of one sync.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastRuns {
    /// The execution that was recorded last; absent before the first one.
    pub last: Option<RecordedRun>,
    /// The end of the newest proven execution; absent where none is within the limit.
    pub proven_at: Option<DateTime<Utc>>,
}

/// Reads the last executions of each sync. `limits` are the freshness limits in hours.
pub(crate) async fn read_last_runs(
    records: &RecordsBucket,
    limits: &BTreeMap<SyncName, Option<i32>>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<SyncName, LastRuns>> {
    let reads = stream::iter(limits.keys()).map(async |sync| {
        let last = read_last_run(records, sync).await?;
        let proven_at =
            last.as_ref().filter(|run| run.is_proven_copy()).and_then(|run| run.ended_at);
        anyhow::Ok((sync.clone(), LastRuns { last, proven_at }))
    });
    let mut runs: BTreeMap<_, _> = reads.buffered(CONCURRENCY).try_collect().await?;
    add_older_proofs(records, limits, &mut runs, now).await?;
    Ok(runs)
}

async fn read_last_run(records: &RecordsBucket, sync: &SyncName) -> Result<Option<RecordedRun>> {
    let Some(last) = records.read::<LastRun>(&keys::last_run(sync)).await? else { return Ok(None) };
    read_run(records, RunFilter::All, &keys::run_record(last.execution.id())).await
}

/// Adds the newest proven execution of each sync whose last one is not proven.
async fn add_older_proofs(
    records: &RecordsBucket,
    limits: &BTreeMap<SyncName, Option<i32>>,
    runs: &mut BTreeMap<SyncName, LastRuns>,
    now: DateTime<Utc>,
) -> Result<()> {
    let unproven = runs.iter().filter(|(_, runs)| runs.last.is_some() && runs.proven_at.is_none());
    let unproven: Vec<SyncName> = unproven.map(|(sync, _)| sync.clone()).collect();
    let Some(longest) = unproven.iter().map(|sync| searched_time(limits, sync)).max() else {
        return Ok(());
    };
    let filter = RunFilter::OfSyncs(&unproven);
    for run in read_runs_since(records, filter, now - longest).await? {
        if let Some(runs) = runs.get_mut(&run.sync).filter(|_| run.is_proven_copy()) {
            runs.proven_at = runs.proven_at.max(run.ended_at);
        }
    }
    Ok(())
}

/// The time before now that is searched for a proven copy of a sync.
fn searched_time(limits: &BTreeMap<SyncName, Option<i32>>, sync: &SyncName) -> TimeDelta {
    let hours = limits.get(sync).copied().flatten();
    hours.map_or(WITHOUT_LIMIT, |hours| TimeDelta::hours(i64::from(hours)))
}

#[cfg(test)]
mod tests;
