//! The sweep: it finds what no event has reported. These are executions that ended without a
//! record, runs without a proof, executions that do not end, and slots without an end.
//!
//! DataSync sends its events on a best-effort basis (EventBridge Events Reference), so from time to
//! time everything that DataSync remembers, 30 days, is compared with the records. All of it may be
//! done twice, and may be interrupted anywhere.

mod hand_on;
mod overdue_proofs;
mod recorded;
mod stale_slots;
mod stuck;
mod timeouts;

use domain::arn::{ExecutionArn, TaskArn};
use domain::execution::is_terminal;
use domain::records::keys;
use domain::records::start::Sweep;

use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::SweepSummary;
use crate::task::list_executions;

/// The condition for a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SweepTiming {
    /// Sweep unless the last sweep is recent.
    IfDue,
    /// Sweep always: the sweep's own rule asks for it, or a person, who may have seen a problem.
    Now,
}

/// Sweeps the executions of one sync if it is time.
pub(crate) async fn sweep_if_due(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    timing: SweepTiming,
) -> Result<Option<SweepSummary>, StartError> {
    let (records, now) = (&invocation.app.records, invocation.now);
    let last: Option<Sweep> = records.read(&keys::sweep(invocation.sync)).await?;
    let is_recent = last.as_ref().is_some_and(|last| now - last.at < invocation.limits.sweep_every);
    if timing == SweepTiming::IfDue && is_recent {
        return Ok(None);
    }
    let executions = list_executions(&invocation.app.datasync, task).await?;
    let mut summary = SweepSummary::default();
    let recorded = recorded::find_recorded(records, last.as_ref(), &executions).await?;
    hand_on::hand_on_ended(invocation, &executions, &recorded, &mut summary).await?;
    cancel_stuck(invocation, &executions, &mut summary).await?;
    stale_slots::close_stale_slots(invocation, task, &mut summary).await?;
    let (unproven, awaiting_proof) =
        overdue_proofs::recheck(invocation, task, &recorded.new, last.as_ref(), &mut summary)
            .await?;
    let proofs_seen_until = Some(overdue_proofs::latest_due(invocation));
    let recorded = recorded.ids;
    let done = Sweep { at: now, proofs_seen_until, unproven, recorded, awaiting_proof };
    records.write(&keys::sweep(invocation.sync), &done).await?;
    Ok(Some(summary))
}

async fn cancel_stuck(
    invocation: &StartInvocation<'_>,
    executions: &[(ExecutionArn, String)],
    summary: &mut SweepSummary,
) -> Result<(), StartError> {
    for (execution, _) in executions.iter().filter(|(_, status)| !is_terminal(status)) {
        let is_cancelled = stuck::cancel_if_stuck(invocation, execution).await?;
        summary.cancelled += usize::from(is_cancelled);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
