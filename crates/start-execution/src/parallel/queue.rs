//! The starts that wait for a place, in the order in which they began to wait.

use std::collections::BTreeSet;

use domain::records::keys;
use domain::records::parallel::{ParallelExecutions, WaitingStart};
use domain::records::start::StartRecord;
use domain::sync_name::SyncName;

use super::{ATTEMPTS, current_state, read_document, write_document};
use crate::error::{StartError, SyncFailures};
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::start::start_execution;
use crate::start_record::StartRecordError;
use crate::sync_view::SyncToStart;

/// Starts what waits, as far as there are places; returns the number of starts. A start that fails
/// goes behind the others, and its error is returned with theirs.
pub(crate) async fn start_queued(
    invocation: &StartInvocation<'_>,
    failures: &mut SyncFailures,
) -> Result<usize, StartError> {
    let (mut started, mut tried) = (0, BTreeSet::new());
    loop {
        let state = current_state(read_document(invocation).await?.as_ref());
        let Some((view, start)) = next_start(invocation, &state, &tried) else { break };
        tried.insert(view.name.clone());
        match Box::pin(start_next(&invocation.of_sync(view), view, &start)).await {
            Ok(StartOutcome::Waiting { limited: true, .. }) => break,
            Ok(StartOutcome::Started { .. }) => started += 1,
            Ok(_) => {}
            // Another invocation has just continued with the same slot.
            Err(StartError::StartRecord(StartRecordError::Contended { .. })) => {}
            Err(error) => {
                put_behind(invocation, &view.name).await?;
                failures.add(&view.name, error);
            }
        }
    }
    Ok(started)
}

/// The one that has waited longest, of those that were not tried yet.
fn next_start<'a>(
    invocation: &StartInvocation<'a>,
    state: &ParallelExecutions,
    tried: &BTreeSet<SyncName>,
) -> Option<(&'a SyncToStart, WaitingStart)> {
    let untried = state.waiting.iter().filter(|(sync, _)| !tried.contains(*sync));
    let known = untried.filter_map(|(sync, start)| {
        let view = invocation.parallel.syncs.iter().find(|view| view.name == *sync)?;
        Some((view, start))
    });
    let (view, start) = known.min_by_key(|(view, start)| (start.since, &view.name))?;
    Some((view, start.clone()))
}

/// Starts one that waits. If its slot has its end, it waits no longer.
async fn start_next(
    invocation: &StartInvocation<'_>,
    view: &SyncToStart,
    start: &WaitingStart,
) -> Result<StartOutcome, StartError> {
    let outcome = start_execution(invocation, &view.outputs, &start.request).await?;
    let slot = &start.request.slot;
    let record: Option<StartRecord> =
        invocation.app.records.read(&keys::start_record(slot)).await?;
    let is_over = matches!(outcome, StartOutcome::Waiting { limited: false, .. })
        || record.is_some_and(|record| record.is_finished());
    if is_over {
        remove_start(invocation, slot).await?;
    }
    Ok(outcome)
}

/// Removes a start that has its end from those that wait.
pub(crate) async fn remove_start(
    invocation: &StartInvocation<'_>,
    slot: &str,
) -> Result<(), StartError> {
    change_document(invocation, |state| {
        state.waiting.retain(|_, start| start.request.slot != slot);
    })
    .await
}

/// Gives back the place of a start that failed. An execution that runs nevertheless is known by its
/// task.
pub(crate) async fn give_back_place(
    invocation: &StartInvocation<'_>,
    slot: &str,
) -> Result<(), StartError> {
    change_document(invocation, |state| state.places.retain(|_, place| place.slot != slot)).await
}

/// Lets the others go first: what fails must not keep a place free for itself.
async fn put_behind(invocation: &StartInvocation<'_>, sync: &SyncName) -> Result<(), StartError> {
    let now = invocation.now;
    change_document(invocation, |state| {
        if let Some(start) = state.waiting.get_mut(sync) {
            start.since = now;
        }
    })
    .await
}

async fn change_document(
    invocation: &StartInvocation<'_>,
    change: impl Fn(&mut ParallelExecutions),
) -> Result<(), StartError> {
    for _ in 0..ATTEMPTS {
        let Some(found) = read_document(invocation).await? else { return Ok(()) };
        let mut state = found.document.clone();
        change(&mut state);
        if write_document(invocation, Some(&found), &state).await? {
            return Ok(());
        }
    }
    Err(StartError::PlaceContended { slot: "of another start".to_owned() })
}
