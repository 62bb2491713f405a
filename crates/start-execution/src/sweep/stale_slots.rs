//! Slots that were claimed and have no end: the invocation that claimed them was interrupted.

use aws::records_bucket::{Marked, Replaced};
use chrono::TimeDelta;
use domain::arn::TaskArn;
use domain::records::keys;
use domain::records::start::{
    FULL_VERIFICATION, SCHEDULED, StartRecord, full_verification_slot, full_verification_time,
    scheduled_slot, scheduled_time,
};
use domain::sync_name::SyncName;

use crate::alerts;
use crate::decide::CLAIM_TIMEOUT;
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::SweepSummary;
use crate::task::find_execution_of_slot;

/// The number of the latest slots of each rule that are checked: a start each minute makes five
/// between two sweeps.
const SLOTS: usize = 20;
/// The age of the oldest slot that is checked.
const LOOKED_FOR: TimeDelta = TimeDelta::days(1);

/// Closes the latest slots of both rules that were claimed and have no end.
pub(super) async fn close_stale_slots(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    summary: &mut SweepSummary,
) -> Result<(), StartError> {
    let own_key = invocation.slot.map(keys::start_record);
    for key in latest_slots(invocation).await?.iter().filter(|key| Some(*key) != own_key.as_ref()) {
        let found = invocation.app.records.read_marked::<StartRecord>(key).await?;
        if let Some(found) = found.filter(|found| is_stale(invocation, &found.document)) {
            close(invocation, task, key, &found, summary).await?;
        }
    }
    Ok(())
}

/// The keys of the latest slots of both rules.
async fn latest_slots(invocation: &StartInvocation<'_>) -> Result<Vec<String>, StartError> {
    let (sync, since) = (invocation.sync, invocation.now - LOOKED_FOR);
    let mut slots = Vec::new();
    for (prefix, first) in
        [(SCHEDULED, scheduled_slot(since)), (FULL_VERIFICATION, full_verification_slot(since))]
    {
        let prefix = format!("{}{}", keys::STARTS_PREFIX, sync.slot(prefix));
        let after = keys::start_record(&sync.slot(&first));
        let listed = invocation.app.records.list_after(&prefix, &after).await?;
        let of_rule = listed.into_iter().rev().filter(|key| is_slot_of_rule(sync, key));
        slots.extend(of_rule.take(SLOTS));
    }
    Ok(slots)
}

/// Whether the slot is one of a rule of this sync: the slots of a sync named `schedule-a` begin as
/// those of the schedule of the sync `default` do.
fn is_slot_of_rule(sync: &SyncName, key: &str) -> bool {
    let Some(slot) = keys::slot_of_start(key) else { return false };
    let slot = sync.without_sync(slot);
    scheduled_time(slot).or_else(|| full_verification_time(slot)).is_some()
}

fn is_stale(invocation: &StartInvocation<'_>, record: &StartRecord) -> bool {
    let is_open = !record.is_finished() && !record.waiting;
    is_open && invocation.now - record.claimed_at >= CLAIM_TIMEOUT
}

/// Completes the record with the execution that has the slot's tag. Without one, the slot is
/// missed; a full verification waits for its turn again.
async fn close(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    key: &str,
    found: &Marked<StartRecord>,
    summary: &mut SweepSummary,
) -> Result<(), StartError> {
    let (app, record) = (invocation.app, &found.document);
    let execution = find_execution_of_slot(&app.datasync, task, None, &record.slot).await?;
    let own_slot = invocation.sync.without_sync(&record.slot);
    let waiting = execution.is_none() && full_verification_time(own_slot).is_some();
    let missed = execution.is_none() && !waiting;
    if missed {
        alert_of_miss(invocation, task, record).await?;
    }
    let closed = StartRecord { missed, waiting, execution, ..record.clone() };
    if app.records.replace(key, found, &closed).await? == Replaced::Yes {
        summary.slots_missed += usize::from(missed);
        summary.slots_completed += usize::from(closed.execution.is_some());
    }
    Ok(())
}

async fn alert_of_miss(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    record: &StartRecord,
) -> Result<(), StartError> {
    let alert = alerts::start_missed(&invocation.names_for(task), record);
    invocation.publish_once(&keys::slot_alert(&record.slot), alert).await?;
    Ok(())
}
