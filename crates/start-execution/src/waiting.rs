//! Full verifications that wait for their turn: an execution is under way, and DataSync queues none
//! behind it.
//!
//! DataSync queues executions of one task that have different filters (User Guide, "Queueing your
//! task"); of different options no page says so, and with `TaskQueueing` disabled it queues none. A
//! full verification is not skipped for that, as its work is no other's: its slot waits, and each
//! sweep tries again.

use aws::records_bucket::Replaced;
use chrono::TimeDelta;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{
    FULL_VERIFICATION, StartRecord, full_verification_slot, full_verification_time,
};
use domain::request::StartRequest;

use crate::alert;
use crate::handler::{HandlerError, Invocation};
use crate::outcome::Outcome;

/// Executions that leave no pause for so long leave none at all.
const WAITS_AT_MOST: TimeDelta = TimeDelta::days(1);
/// Slots that are older were given up.
const LOOKED_FOR: TimeDelta = TimeDelta::days(2);

/// Whether the slot waits where no execution can be started for it.
pub(crate) fn waits(slot: &str) -> bool {
    full_verification_time(slot).is_some()
}

impl Invocation<'_> {
    /// Starts the full verifications whose turn has come, and gives up those that waited too long;
    /// how many were started.
    pub(crate) async fn start_waiting(&self, outputs: &Outputs) -> Result<usize, HandlerError> {
        let records = &self.app.records;
        let after = keys::start_record(&full_verification_slot(self.now - LOOKED_FOR));
        let prefix = format!("{}{FULL_VERIFICATION}", keys::STARTS_PREFIX);
        let mut started = 0;
        for key in records.list_after(&prefix, &after).await? {
            let Some(found) = records.read_marked::<StartRecord>(&key).await? else { continue };
            let record = &found.document;
            let Some(due) = full_verification_time(&record.slot) else { continue };
            if !record.waiting || self.slot == Some(record.slot.as_str()) {
                continue;
            }
            if self.now - due < WAITS_AT_MOST {
                let request = StartRequest::full_verification(&record.slot);
                let outcome = Box::pin(self.start(outputs, &request)).await?;
                started += usize::from(matches!(outcome, Outcome::Started { .. }));
                continue;
            }
            let told = alert::never_free(&self.names(&outputs.task_arn), record, WAITS_AT_MOST);
            self.once().publish(&keys::slot_alert(&record.slot), &told).await?;
            let given_up = StartRecord { waiting: false, missed: true, ..record.clone() };
            if records.replace(&key, &found, &given_up).await? == Replaced::ChangedMeanwhile {
                tracing::warn!(slot = %record.slot, "a slot that was given up was taken up \
                    meanwhile");
            }
        }
        Ok(started)
    }
}
