//! The starts that were held until the destination bucket's versioning is in effect everywhere.
//! Before that, S3 may write null versions, which the next write replaces permanently.
//!
//! A held start is stored in the records bucket, and a sweep starts it when it is time. Its slot is
//! not claimed before.

use chrono::TimeDelta;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{HeldStart, StartRecord};

use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::start::start_execution;

/// The time after which sweeps no longer look for held starts, from the end of holding.
const LOOKED_FOR: TimeDelta = TimeDelta::days(1);

/// Starts what was held, except slots that have their end or wait; returns the number of starts.
pub(crate) async fn start_held(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
) -> Result<usize, StartError> {
    let (app, now) = (invocation.app, invocation.now);
    let settled = outputs.versioning_settled_at(app.versioning_settles);
    if settled.is_none_or(|settled| now < settled || now - settled > LOOKED_FOR) {
        return Ok(0);
    }
    let mut started = 0;
    let prefix = format!("{}{}", keys::HELD_STARTS_PREFIX, invocation.sync.slot(""));
    for key in app.records.list(&prefix).await? {
        let Some(held) = app.records.read::<HeldStart>(&key).await? else { continue };
        if held.request.sync.clone().unwrap_or_default() != *invocation.sync {
            continue;
        }
        let key = keys::start_record(&held.request.slot);
        let record: Option<StartRecord> = app.records.read(&key).await?;
        if record.is_some_and(|record| record.is_finished() || record.waiting) {
            continue;
        }
        let outcome = Box::pin(start_execution(invocation, outputs, &held.request)).await?;
        started += usize::from(matches!(outcome, StartOutcome::Started { .. }));
    }
    Ok(started)
}

#[cfg(test)]
mod tests;
