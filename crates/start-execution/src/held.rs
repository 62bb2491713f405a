//! Starts that are held: what is written before the destination bucket's versioning holds
//! everywhere may become a null version, which the next write replaces for good.
//!
//! A held start lies in the records bucket, and a sweep starts it when the time has come. Its slot
//! is not claimed before.

use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{HeldStart, StartRecord};
use domain::request::StartRequest;

use crate::handler::{HandlerError, Invocation};
use crate::outcome::Outcome;

/// How long after the versioning has settled held starts are still looked for.
const LOOKED_FOR: TimeDelta = TimeDelta::days(1);

impl Invocation<'_> {
    /// The time until which starts are held, while there is one.
    pub(crate) fn held_until(&self, outputs: &Outputs) -> Option<DateTime<Utc>> {
        outputs.versioning_unsettled_until(self.app.versioning_settles, self.now)
    }

    /// Keeps the start for later. A repeat finds it kept.
    pub(crate) async fn hold(
        &self,
        request: &StartRequest,
        until: DateTime<Utc>,
    ) -> Result<Outcome, HandlerError> {
        let held = HeldStart { until, request: request.clone() };
        self.app.records.write_once(&keys::held_start(&request.slot), &held).await?;
        Ok(Outcome::Held { slot: request.slot.clone(), until })
    }

    /// Starts what was held and neither has its end nor waits for its turn; how many.
    pub(crate) async fn start_held(&self, outputs: &Outputs) -> Result<usize, HandlerError> {
        let Some(settled) = outputs.versioning_settled_at(self.app.versioning_settles) else {
            return Ok(0);
        };
        if self.now < settled || self.now - settled > LOOKED_FOR {
            return Ok(0);
        }
        let mut started = 0;
        for key in self.app.records.list(keys::HELD_STARTS_PREFIX).await? {
            let Some(held) = self.app.records.read::<HeldStart>(&key).await? else { continue };
            let record: Option<StartRecord> =
                self.app.records.read(&keys::start_record(&held.request.slot)).await?;
            if record.is_some_and(|record| record.is_finished() || record.waiting) {
                continue;
            }
            let outcome = Box::pin(self.start(outputs, &held.request)).await?;
            started += usize::from(matches!(outcome, Outcome::Started { .. }));
        }
        Ok(started)
    }
}
