//! Runs whose proof has not come: the event of their report was lost, or Lambda has given it up.
//!
//! The check is asked for again, which is safe at any time: it finds what is proven, and goes on
//! with what was begun. When that has not helped either, a person is told, once.

use std::collections::BTreeMap;

use aws::records_bucket::Written;
use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::records::start::{OverdueProof, Sweep};
use domain::request::VerifyRequest;

use crate::alert;
use crate::handler::{HandlerError, Invocation};
use crate::sweep::{Swept, ask};

/// As often a check is asked for again.
const ASKED_AT_MOST: u32 = 2;

/// The first sweep looks so far back.
const AT_FIRST: TimeDelta = TimeDelta::days(1);

/// What is to be done about a run without a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Wait,
    Ask,
    Tell,
}

/// Runs that were recorded before this should have their proofs.
pub(crate) fn due(invocation: &Invocation<'_>) -> DateTime<Utc> {
    invocation.now - invocation.limits.proof_within
}

/// Runs without a proof that were seen to, and when each run was recorded whose proof is not due
/// yet.
type StillOpen = (BTreeMap<String, OverdueProof>, BTreeMap<String, DateTime<Utc>>);

/// Asks for the proofs that are due and not there, or tells that they don't come; gives those that
/// are still to come.
pub(crate) async fn see_to(
    invocation: &Invocation<'_>,
    task: &TaskArn,
    new_runs: &[Written],
    before: Option<&Sweep>,
    swept: &mut Swept,
) -> Result<StillOpen, HandlerError> {
    let since =
        before.and_then(|sweep| sweep.proofs_seen_until).unwrap_or(due(invocation) - AT_FIRST);
    let known = before.map(|sweep| &sweep.unproven);
    // The seconds of listings are whole ones, so the last one is looked at twice.
    let new = new_runs.iter().filter(|run| since - TimeDelta::seconds(1) <= run.at);
    let new = new.filter_map(|run| Some((keys::execution_id_of_run(&run.key)?.to_owned(), run.at)));
    let mut awaiting: BTreeMap<String, DateTime<Utc>> = new.collect();
    awaiting.extend(before.map(|sweep| sweep.awaiting_proof.clone()).unwrap_or_default());
    let is_due = |at: &DateTime<Utc>| *at <= due(invocation);
    let due_now: Vec<String> =
        awaiting.iter().filter(|(_, at)| is_due(at)).map(|(id, _)| id.clone()).collect();
    awaiting.retain(|_, at| !is_due(at));
    let all = due_now
        .iter()
        .map(String::as_str)
        .chain(known.into_iter().flat_map(BTreeMap::keys).map(String::as_str));
    let mut left = BTreeMap::new();
    for id in all {
        if left.contains_key(id) {
            continue;
        }
        let before = known.and_then(|known| known.get(id));
        if let Some(unproven) = see_to_one(invocation, task, id, before, swept).await? {
            left.insert(id.to_owned(), unproven);
        }
    }
    Ok((left, awaiting))
}

async fn see_to_one(
    invocation: &Invocation<'_>,
    task: &TaskArn,
    id: &str,
    before: Option<&OverdueProof>,
    swept: &mut Swept,
) -> Result<Option<OverdueProof>, HandlerError> {
    let (records, now) = (&invocation.app.records, invocation.now);
    let step = decide(before, invocation.limits.proof_within, now);
    if step == Step::Wait {
        return Ok(before.cloned());
    }
    let proof = keys::proof_document(id);
    if records.list(&proof).await?.contains(&proof) {
        return Ok(None);
    }
    let Some(run) = records
        .read::<RunRecord>(&keys::run_record(id))
        .await?
        .filter(|run| is_provable(run, task))
    else {
        return Ok(None);
    };
    if step == Step::Tell {
        let told = alert::unproven(&invocation.names(task), &run, ASKED_AT_MOST);
        invocation.once().publish(&keys::unproven_alert(id), &told).await?;
        return Ok(None);
    }
    ask(
        invocation,
        &run.execution,
        FunctionName::VerifyVersions,
        &VerifyRequest::new(run.execution.as_str()),
    )
    .await?;
    swept.checks_asked_for += 1;
    Ok(Some(OverdueProof { asked: before.map_or(0, |before| before.asked) + 1, asked_at: now }))
}

fn decide(before: Option<&OverdueProof>, within: TimeDelta, now: DateTime<Utc>) -> Step {
    match before {
        None => Step::Ask,
        Some(unproven) if now - unproven.asked_at < within => Step::Wait,
        Some(unproven) if unproven.asked < ASKED_AT_MOST => Step::Ask,
        Some(_) => Step::Tell,
    }
}

/// Without a report there is nothing to check, which the run's own alert says; one that was late
/// may still have come. Another task has another destination.
fn is_provable(run: &RunRecord, task: &TaskArn) -> bool {
    matches!(run.report_status.as_deref(), Some("SUCCESS" | "PENDING"))
        && run.execution.task() == *task
}

#[cfg(test)]
#[path = "unproven_tests.rs"]
mod tests;
