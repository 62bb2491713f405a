//! The advice to split syncs whose last execution was near the limit of items.

use anyhow::Result;
use bootstrap_stack::PreflightFinding;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::RunRecord;
use domain::split::{SplitAdvice, advise_split, is_far_from_limit};
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};

use crate::context::StackContext;

/// The number of syncs whose records are read concurrently.
const CONCURRENCY: usize = 16;

/// Reads the advice for all syncs of the configuration as warnings: one request for each,
/// and a second one only where the first does not show that it is far from the limit.
pub(crate) async fn read_split_advice(context: &StackContext) -> Result<Vec<PreflightFinding>> {
    let read = stream::iter(context.config.sync_names())
        .map(|sync| async move { read_advice(context, &sync).await });
    let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
    Ok(read.into_iter().flatten().map(as_finding).collect())
}

fn as_finding(SplitAdvice { what, why, next }: SplitAdvice) -> PreflightFinding {
    PreflightFinding { what, why: why.to_owned(), next }
}

async fn read_advice(context: &StackContext, sync: &SyncName) -> Result<Option<SplitAdvice>> {
    let last: Option<LastRun> = context.records.read(&keys::last_run(sync)).await?;
    let Some(last) = last.filter(|last| !is_far_from_limit(last)) else { return Ok(None) };
    let run: Option<RunRecord> =
        context.records.read(&keys::run_record(last.execution.id())).await?;
    Ok(run.and_then(|run| advise_split(sync, &run)))
}
