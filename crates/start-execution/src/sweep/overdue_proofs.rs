//! Runs whose proof is overdue: the event of their report was lost, or Lambda gave up on it.
//!
//! The verification is requested again, which is safe at any time: it finds what is proven, and
//! resumes what was interrupted. If that does not help, one alert is sent.

use std::collections::{BTreeMap, BTreeSet};

use aws::records_bucket::Written;
use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::records::start::{OverdueProof, Sweep};
use domain::request::VerifyRequest;

use super::hand_on::hand_on;
use crate::alerts;
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::SweepSummary;

/// The number of times that a verification is requested again.
const MAX_REQUESTS: u32 = 2;

/// The age of the oldest run that the first sweep checks.
const FIRST_SWEEP: TimeDelta = TimeDelta::days(1);

/// The next step for a run without a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProofAction {
    Wait,
    RequestVerification,
    SendAlert,
}

/// Runs that were recorded before this time should have their proofs.
pub(super) fn latest_due(invocation: &StartInvocation<'_>) -> DateTime<Utc> {
    invocation.now - invocation.limits.proof_within
}

/// The overdue proofs that are still missing, and the time of each run whose proof is not due yet.
type MissingProofs = (BTreeMap<String, OverdueProof>, BTreeMap<String, DateTime<Utc>>);

/// Checks the proofs that are due: requests those that are missing, or sends an alert; returns
/// those that are still to come.
pub(super) async fn recheck(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    new_runs: &[Written],
    last: Option<&Sweep>,
    summary: &mut SweepSummary,
) -> Result<MissingProofs, StartError> {
    let (due, not_due): (BTreeMap<_, _>, BTreeMap<_, _>) =
        awaited_proofs(invocation, new_runs, last)
            .into_iter()
            .partition(|(_, recorded_at)| *recorded_at <= latest_due(invocation));
    let known = last.map(|sweep| sweep.unproven.clone()).unwrap_or_default();
    let all: BTreeSet<&String> = due.keys().chain(known.keys()).collect();
    let mut missing = BTreeMap::new();
    for id in all {
        let overdue = recheck_one(invocation, task, id, known.get(id), summary).await?;
        missing.extend(overdue.map(|overdue| (id.clone(), overdue)));
    }
    Ok((missing, not_due))
}

/// The runs whose proof was not seen yet, with the time of each record.
fn awaited_proofs(
    invocation: &StartInvocation<'_>,
    new_runs: &[Written],
    last: Option<&Sweep>,
) -> BTreeMap<String, DateTime<Utc>> {
    let first = latest_due(invocation) - FIRST_SWEEP;
    let since = last.and_then(|sweep| sweep.proofs_seen_until).unwrap_or(first);
    // The times of listings are whole seconds, so the last second is checked twice.
    let new = new_runs.iter().filter(|run| since - TimeDelta::seconds(1) <= run.at);
    let with_id = new.filter_map(|run| Some((keys::execution_id_of_run(&run.key)?, run.at)));
    let mut awaited: BTreeMap<String, DateTime<Utc>> =
        with_id.map(|(id, at)| (id.to_owned(), at)).collect();
    awaited.extend(last.map(|sweep| sweep.awaiting_proof.clone()).unwrap_or_default());
    awaited
}

/// Checks one proof; `None` if it exists, or nothing more is to be done for it.
async fn recheck_one(
    invocation: &StartInvocation<'_>,
    task: &TaskArn,
    id: &str,
    overdue: Option<&OverdueProof>,
    summary: &mut SweepSummary,
) -> Result<Option<OverdueProof>, StartError> {
    let (records, now) = (&invocation.app.records, invocation.now);
    let action = decide_action(overdue, invocation.limits.proof_within, now);
    if action == ProofAction::Wait {
        return Ok(overdue.cloned());
    }
    let proof = keys::proof_document(id);
    if records.list(&proof).await?.contains(&proof) {
        return Ok(None);
    }
    let run: Option<RunRecord> = records.read(&keys::run_record(id)).await?;
    let Some(run) = run.filter(|run| is_provable(run, task)) else { return Ok(None) };
    if action == ProofAction::SendAlert {
        let alert = alerts::proof_overdue(&invocation.names_for(task), &run, MAX_REQUESTS);
        invocation.publish_once(&keys::unproven_alert(id), alert).await?;
        return Ok(None);
    }
    let request = VerifyRequest::new(run.execution.as_str());
    hand_on(invocation, &run.execution, FunctionName::VerifyVersions, &request).await?;
    summary.verifications_requested += 1;
    let asked = overdue.map_or(0, |overdue| overdue.asked) + 1;
    Ok(Some(OverdueProof { asked, asked_at: now }))
}

fn decide_action(
    overdue: Option<&OverdueProof>,
    within: TimeDelta,
    now: DateTime<Utc>,
) -> ProofAction {
    match overdue {
        None => ProofAction::RequestVerification,
        Some(overdue) if now - overdue.asked_at < within => ProofAction::Wait,
        Some(overdue) if overdue.asked < MAX_REQUESTS => ProofAction::RequestVerification,
        Some(_) => ProofAction::SendAlert,
    }
}

/// Whether the run can be verified. Without a report it can't, and the run's own alert says so; a
/// late report may have arrived since. Another task has another destination.
fn is_provable(run: &RunRecord, task: &TaskArn) -> bool {
    matches!(run.report_status.as_deref(), Some("SUCCESS" | "PENDING"))
        && run.execution.task() == *task
}

#[cfg(test)]
mod tests;
