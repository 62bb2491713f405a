//! The limit of how many executions of the stack run at once.
//!
//! The syncs share one document with the places that are taken and the starts that wait, which is
//! changed by conditional writes: of two invocations that saw the same document, one succeeds and
//! the other decides anew. A place is taken before `StartTaskExecution` and given back by whoever
//! finds that its execution has ended, so that a crash between two calls never frees a place too
//! early.

mod decide;
mod ended;
mod queue;

use std::collections::BTreeSet;

use aws::records_bucket::{Marked, Replaced};
use domain::records::keys;
use domain::records::parallel::ParallelExecutions;
use domain::request::StartRequest;
use domain::sync_name::SyncName;

use self::decide::{PlaceDecision, PlaceFacts, decide_place};
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::task;

pub(crate) use queue::{give_back_place, remove_start, start_queued};

/// The number of attempts to change the document. Of all that write at once, one succeeds each
/// time, and a stack has fewer syncs than this.
const ATTEMPTS: usize = 300;

/// The answer to a start that needs a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The sync holds a place.
    Now,
    /// There is none, and the start waits for one.
    Waits,
    /// There is none, and another start of the sync waits already.
    OtherWaits,
}

/// Takes a place for the slot of the request, or a position among those that wait.
pub(crate) async fn take_place(
    invocation: &StartInvocation<'_>,
    request: &StartRequest,
) -> Result<Turn, StartError> {
    let Some(limit) = invocation.parallel.limit else { return Ok(Turn::Now) };
    for _ in 0..ATTEMPTS {
        let found = read_document(invocation).await?;
        let mut state = current_state(found.as_ref());
        let busy = busy_syncs(invocation).await?;
        ended::remove_ended(invocation, &mut state, &busy, &request.slot).await?;
        let facts =
            PlaceFacts { sync: invocation.sync, request, busy: &busy, limit, now: invocation.now };
        let PlaceDecision { turn, state } = decide_place(&facts, state);
        if write_document(invocation, found.as_ref(), &state).await? {
            return Ok(turn);
        }
    }
    Err(StartError::PlaceContended { slot: request.slot.clone() })
}

async fn read_document(
    invocation: &StartInvocation<'_>,
) -> Result<Option<Marked<ParallelExecutions>>, StartError> {
    Ok(invocation.app.records.read_marked(keys::PARALLEL_EXECUTIONS).await?)
}

fn current_state(found: Option<&Marked<ParallelExecutions>>) -> ParallelExecutions {
    found.map(|found| found.document.clone()).unwrap_or_default()
}

/// Writes the document if it changed; returns whether it is as it was decided.
async fn write_document(
    invocation: &StartInvocation<'_>,
    found: Option<&Marked<ParallelExecutions>>,
    state: &ParallelExecutions,
) -> Result<bool, StartError> {
    let (records, key) = (&invocation.app.records, keys::PARALLEL_EXECUTIONS);
    Ok(match found {
        Some(found) if found.document == *state => true,
        Some(found) => records.replace(key, found, state).await? == Replaced::Yes,
        None => records.write_once(key, state).await?.is_written(),
    })
}

/// The syncs with an execution that runs or is queued, whoever started it.
async fn busy_syncs(invocation: &StartInvocation<'_>) -> Result<BTreeSet<SyncName>, StartError> {
    let busy = task::list_busy_tasks(&invocation.app.datasync).await?;
    let of_stack = invocation.parallel.syncs.iter();
    let is_busy = of_stack.filter(|view| busy.contains(view.outputs.task_arn.as_str()));
    Ok(is_busy.map(|view| view.name.clone()).collect())
}

#[cfg(test)]
mod tests;
