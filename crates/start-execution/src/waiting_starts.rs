//! The full verifications that wait for their turn: an execution is running, and DataSync queues
//! none behind it.
//!
//! DataSync queues executions of one task that have different filters (User Guide, "Queueing your
//! task"); no page says so of different options, and with `TaskQueueing` disabled it queues none. A
//! full verification is not skipped then, because no other execution does its work: its slot waits,
//! and each sweep tries again.

use aws::records_bucket::{Marked, Replaced};
use chrono::TimeDelta;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{
    FULL_VERIFICATION, StartRecord, full_verification_slot, full_verification_time,
};
use domain::request::StartRequest;

use crate::alerts;
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::start::start_execution;

/// The longest wait: executions that leave no pause for so long leave none at all.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);
/// The age of the oldest slot that sweeps look at; older ones were given up.
const LOOKED_FOR: TimeDelta = TimeDelta::days(2);

/// Starts the full verifications whose turn has come, and gives up those that waited too long;
/// returns the number of starts.
pub(crate) async fn start_waiting(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
) -> Result<usize, StartError> {
    let records = &invocation.app.records;
    let sync = invocation.sync;
    let oldest = full_verification_slot(invocation.now - LOOKED_FOR);
    let after = keys::start_record(&sync.slot(&oldest));
    let prefix = format!("{}{}", keys::STARTS_PREFIX, sync.slot(FULL_VERIFICATION));
    let mut started = 0;
    for key in records.list_after(&prefix, &after).await? {
        let Some(found) = records.read_marked::<StartRecord>(&key).await? else { continue };
        if found.document.waiting && invocation.slot != Some(found.document.slot.as_str()) {
            let is_started = start_or_give_up(invocation, outputs, &key, &found).await?;
            started += usize::from(is_started);
        }
    }
    Ok(started)
}

/// Returns whether it was started.
async fn start_or_give_up(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
    key: &str,
    found: &Marked<StartRecord>,
) -> Result<bool, StartError> {
    let slot = &found.document.slot;
    let Some(due) = full_verification_time(invocation.sync.without_sync(slot)) else {
        return Ok(false);
    };
    if invocation.now - due >= LONGEST_WAIT {
        give_up(invocation, outputs, key, found).await?;
        return Ok(false);
    }
    let request = StartRequest::full_verification(slot).of_sync(invocation.sync);
    let outcome = Box::pin(start_execution(invocation, outputs, &request)).await?;
    Ok(matches!(outcome, StartOutcome::Started { .. }))
}

async fn give_up(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
    key: &str,
    found: &Marked<StartRecord>,
) -> Result<(), StartError> {
    let record = &found.document;
    let names = invocation.names_for(&outputs.task_arn);
    let alert = alerts::full_verification_missed(&names, record, LONGEST_WAIT);
    invocation.publish_once(&keys::slot_alert(&record.slot), alert).await?;
    let given_up = StartRecord { waiting: false, missed: true, ..record.clone() };
    let replaced = invocation.app.records.replace(key, found, &given_up).await?;
    if replaced == Replaced::ChangedMeanwhile {
        tracing::warn!(slot = %record.slot, "another invocation resumed a slot that was given up");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
