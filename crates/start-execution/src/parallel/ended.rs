//! The places whose executions have ended, and starts that wait although they have their end.

use std::collections::BTreeSet;

use aws::executions;
use domain::records::keys;
use domain::records::parallel::{HeldPlace, ParallelExecutions};
use domain::records::start::StartRecord;
use domain::sync_name::SyncName;

use crate::decide::CLAIM_TIMEOUT;
use crate::error::StartError;
use crate::invocation::StartInvocation;

/// Removes the places whose executions have ended, except that of `slot`, which is about to be
/// started.
pub(super) async fn remove_ended(
    invocation: &StartInvocation<'_>,
    state: &mut ParallelExecutions,
    busy: &BTreeSet<SyncName>,
    slot: &str,
) -> Result<(), StartError> {
    remove_finished_start(invocation, state, slot).await?;
    let is_of_stack =
        |sync: &SyncName| invocation.parallel.syncs.iter().any(|view| view.name == *sync);
    state.waiting.retain(|sync, _| is_of_stack(sync));
    state.places.retain(|sync, _| is_of_stack(sync));
    let idle: Vec<(SyncName, HeldPlace)> = state
        .places
        .iter()
        .filter(|(sync, place)| !busy.contains(*sync) && place.slot != slot)
        .map(|(sync, place)| (sync.clone(), place.clone()))
        .collect();
    for (sync, place) in idle {
        if has_ended(invocation, &place).await? {
            state.places.remove(&sync);
        }
    }
    Ok(())
}

/// Removes the start of the sync that waited and has its end, where a crash has left it.
async fn remove_finished_start(
    invocation: &StartInvocation<'_>,
    state: &mut ParallelExecutions,
    slot: &str,
) -> Result<(), StartError> {
    let Some(first) = state.waiting.get(invocation.sync) else { return Ok(()) };
    if first.request.slot == slot {
        return Ok(());
    }
    let key = keys::start_record(&first.request.slot);
    let record: Option<StartRecord> = invocation.app.records.read(&key).await?;
    if record.is_some_and(|record| record.is_finished()) {
        state.waiting.remove(invocation.sync);
    }
    Ok(())
}

/// Whether nothing more comes of the slot. While its invocation may be between the place and the
/// start, it does not count as ended: Lambda ends an invocation after 15 minutes.
async fn has_ended(
    invocation: &StartInvocation<'_>,
    place: &HeldPlace,
) -> Result<bool, StartError> {
    let app = invocation.app;
    let record: Option<StartRecord> = app.records.read(&keys::start_record(&place.slot)).await?;
    let is_over = |record: &StartRecord| record.is_finished() || record.waiting;
    let Some(record) = record.filter(is_over) else {
        return Ok(invocation.now - place.since >= CLAIM_TIMEOUT);
    };
    let Some(execution) = &record.execution else { return Ok(true) };
    match executions::describe(&app.datasync, execution).await {
        Ok(execution) => Ok(execution.is_terminal()),
        // DataSync remembers an execution for 30 days.
        Err(failure) if failure.is(&["InvalidRequestException"]) => Ok(true),
        Err(failure) => Err(StartError::Describe(failure)),
    }
}
