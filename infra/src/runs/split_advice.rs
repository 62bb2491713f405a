//! The advice to split syncs whose last execution was near the limit of items.

use std::collections::BTreeSet;

use anyhow::Result;
use aws::records_bucket::RecordsError;
use bootstrap_stack::PreflightFinding;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::RunRecord;
use domain::split::{SplitAdvice, advise_split, is_far_from_limit};
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};

use crate::context::StackContext;

/// The number of syncs whose records are read concurrently.
const CONCURRENCY: usize = 16;

/// Reads the advice for all syncs of the configuration as warnings: one list for all, and two
/// requests for each sync that has once been near the limit.
pub(crate) async fn read_split_advice(context: &StackContext) -> Result<Vec<PreflightFinding>> {
    let warned = list_warned(context).await?;
    let was_near = |sync: &SyncName| warned.contains(&item_limit_key(sync));
    let read = stream::iter(context.config.sync_names().into_iter().filter(was_near))
        .map(|sync| async move { read_advice(context, &sync).await });
    let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
    Ok(read.into_iter().flatten().map(as_finding).collect())
}

/// The records of syncs that were near the limit, by key: `on-execution-complete` writes one when
/// an alert is due, and leaves it. None before the first deploy has created the bucket.
async fn list_warned(context: &StackContext) -> Result<BTreeSet<String>> {
    match context.records.list(&keys::conditions(Class::ItemLimit.as_str())).await {
        Err(RecordsError::Call { source, .. }) if source.is(&["NoSuchBucket"]) => {
            Ok(BTreeSet::new())
        }
        listed => Ok(listed?.into_iter().collect()),
    }
}

fn item_limit_key(sync: &SyncName) -> String {
    keys::condition(sync, Class::ItemLimit.as_str())
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
