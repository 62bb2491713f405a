//! Verify: what was transferred, or everything, read back and compared.

use std::collections::HashSet;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};

use super::failure::Stop;
use super::fan_out::{each, stream_of};
use super::job::Run;
use super::live::add;
use super::pairs::{Pair, pairs};
use super::rows;
use super::upload::Written;
use super::verify_item::{Subject, verify};

/// Verifies what was transferred, by the version that was written; returns the number of mismatches.
pub(super) async fn transferred(run: &Arc<Run>, written: Vec<Written>) -> Result<u64, Stop> {
    let subject = |written: Written| {
        let path = written.item.path;
        Ok(Subject { path, key: written.key, version_id: written.version_id, sha: written.sha })
    };
    count_mismatches(run, stream::iter(written).map(subject)).await
}

/// Verifies the whole source against the whole destination as they are now; returns the number of mismatches.
///
/// Objects that only the destination has are no mismatch, and what `left_alone` names (differing on
/// purpose) is not compared; the service's way with both is not documented.
pub(super) async fn everything(run: &Arc<Run>, left_alone: HashSet<String>) -> Result<u64, Stop> {
    let mut missing = 0;
    let subjects = stream_of(pairs(run)).filter_map(|pair| {
        let subject = match pair {
            Err(stop) => Some(Err(stop)),
            Ok(Pair::Both { item, .. }) if left_alone.contains(&item.path) => None,
            Ok(Pair::Both { item, object }) => {
                Some(Ok(Subject { path: item.path, key: object.key, version_id: None, sha: None }))
            }
            Ok(Pair::OnlySource { item, key }) => {
                Some(Ok(Subject { path: item.path, key, version_id: None, sha: None }))
            }
            Ok(Pair::Unreadable { path, reason }) => {
                missing += 1;
                run.spool.verified(&rows::unverified(&path, &reason));
                None
            }
            Ok(Pair::OnlyDestination(_) | Pair::Special(_)) => None,
        };
        std::future::ready(subject)
    });
    let mismatches = count_mismatches(run, subjects).await?;
    Ok(mismatches + missing)
}

async fn count_mismatches(run: &Arc<Run>, subjects: impl Stream<Item = Result<Subject, Stop>>) -> Result<u64, Stop> {
    let mut mismatches = 0;
    let mut results = std::pin::pin!(each(subjects, |subject| one(Arc::clone(run), subject)));
    while let Some(result) = results.next().await {
        if result.ok_or_else(|| Stop::Broken("verifying".to_owned()))?? {
            add(&run.live.count.files_verified, 1);
        } else {
            mismatches += 1;
        }
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(mismatches) }
}

async fn one(run: Arc<Run>, subject: Result<Subject, Stop>) -> Result<bool, Stop> {
    Ok(verify(run, subject?).await)
}
