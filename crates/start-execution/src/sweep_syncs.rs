//! The sweep over every sync, and the starts that were held or wait.
//!
//! One sync that fails must not keep the others from their sweep: its error is returned once all
//! were swept.

use crate::error::{StartError, SyncFailures};
use crate::invocation::StartInvocation;
use crate::outcome::{StartOutcome, SweepSummary};
use crate::sweep::{SweepTiming, sweep_if_due};
use crate::sync_view::SyncToStart;
use crate::{held_starts, parallel, waiting_starts};

/// The time between two sweeps by the sweep's own rule, in seconds.
const BETWEEN_SWEEPS: i64 = 300;

/// Sweeps every sync, whatever became of the last sweep.
pub(crate) async fn sweep_syncs(
    invocation: &StartInvocation<'_>,
) -> Result<StartOutcome, StartError> {
    let syncs = invocation.parallel.syncs;
    let (mut summary, mut failures) = (SweepSummary::default(), SyncFailures::default());
    // First, so that what waits is not taken for a slot without an end.
    start_queued(invocation, &mut summary, &mut failures).await;
    for view in in_turn(invocation, syncs) {
        let of_sync = invocation.of_sync(view);
        match Box::pin(sweep_sync(&of_sync, view, SweepTiming::Now)).await {
            Ok(swept) => summary.add(&swept.unwrap_or_default()),
            Err(error) => failures.add(&view.name, error),
        }
    }
    failures.into_result(syncs.len())?;
    Ok(StartOutcome::Swept(summary))
}

/// Starts what waits for a place.
pub(crate) async fn start_waiting(
    invocation: &StartInvocation<'_>,
) -> Result<StartOutcome, StartError> {
    let (mut summary, mut failures) = (SweepSummary::default(), SyncFailures::default());
    start_queued(invocation, &mut summary, &mut failures).await;
    failures.into_result(invocation.parallel.syncs.len())?;
    Ok(StartOutcome::Swept(summary))
}

async fn start_queued(
    invocation: &StartInvocation<'_>,
    summary: &mut SweepSummary,
    failures: &mut SyncFailures,
) {
    match Box::pin(parallel::start_queued(invocation, failures)).await {
        Ok(started) => summary.waiting_starts += started,
        Err(error) => failures.add(invocation.sync, error),
    }
}

/// Sweeps one sync and starts what was held or waits; `None` if it is not time.
pub(crate) async fn sweep_sync(
    invocation: &StartInvocation<'_>,
    view: &SyncToStart,
    timing: SweepTiming,
) -> Result<Option<SweepSummary>, StartError> {
    let outputs = &view.outputs;
    let swept = Box::pin(sweep_if_due(invocation, &outputs.task_arn, timing)).await?;
    let Some(mut summary) = swept else { return Ok(None) };
    summary.held_starts = Box::pin(held_starts::start_held(invocation, outputs)).await?;
    summary.waiting_starts = Box::pin(waiting_starts::start_waiting(invocation, outputs)).await?;
    Ok(Some(summary))
}

/// All syncs, each sweep beginning with another one: what a sweep that is cut short leaves out is
/// not always the same.
fn in_turn<'a>(
    invocation: &StartInvocation<'_>,
    syncs: &'a [SyncToStart],
) -> impl Iterator<Item = &'a SyncToStart> {
    let sweep = usize::try_from(invocation.now.timestamp() / BETWEEN_SWEEPS).unwrap_or_default();
    syncs.iter().cycle().skip(sweep % syncs.len()).take(syncs.len())
}
