//! What no event has told: executions that have ended without a record, runs without a proof,
//! executions that don't end, slots without an end.
//!
//! DataSync's events are sent on a best-effort basis (EventBridge Events Reference), so now and
//! then everything that DataSync remembers, 30 days, is compared with the records. All of it may be
//! done twice, and stops anywhere.

use aws::alert_once::{AlertOnceError, Sent};
use aws::records_bucket::Replaced;
use aws::{SdkFailure, executions};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use chrono::TimeDelta;
use domain::arn::{ExecutionArn, TaskArn};
use domain::execution::{Execution, is_terminal};
use domain::function::FunctionName;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::alert::AlertReceipt;
use domain::records::keys;
use domain::records::start::{
    FULL_VERIFICATION, SCHEDULED, StartRecord, Sweep, full_verification_slot,
    full_verification_time, scheduled_slot,
};
use domain::request::CompleteRequest;
use serde::{Deserialize, Serialize};

use crate::alert;
use crate::decide::CLAIM_HOLDS_FOR;
use crate::handler::{HandlerError, Invocation};
use crate::recorded::{self, Recorded};
use crate::{task, unproven, watch};

/// How many slots of each rule are looked at, the latest: a tick a minute has five between two
/// sweeps.
const SLOTS: usize = 20;
/// How far back they lie at most.
const SLOTS_OF: TimeDelta = TimeDelta::days(1);

/// The result of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Executions handed to `on-execution-complete`.
    pub handed_on: usize,
    /// More of the same, left to the next sweep.
    pub left: usize,
    /// Checks that were asked for again.
    pub checks_asked_for: usize,
    pub cancelled: usize,
    pub slots_completed: usize,
    pub slots_missed: usize,
    /// Starts that were held until the bucket's versioning held everywhere.
    pub held_starts: usize,
    /// Full verifications that waited for their turn.
    #[serde(default)]
    pub waiting_starts: usize,
}

/// When it is time to look through everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Unless that was done a moment ago.
    Sometimes,
    /// The sweep's own rule, or a person, who may have seen what is amiss.
    Now,
}

/// Looks through everything if it is due.
pub(crate) async fn sweep(
    invocation: &Invocation<'_>,
    task: &TaskArn,
    due: Due,
) -> Result<Option<Swept>, HandlerError> {
    let (records, now) = (&invocation.app.records, invocation.now);
    let last: Option<Sweep> = records.read(keys::SWEEP).await?;
    if due == Due::Sometimes
        && last.as_ref().is_some_and(|last| now - last.at < invocation.limits.sweep_every)
    {
        return Ok(None);
    }
    let all = task::executions(&invocation.app.datasync, task).await?;
    let mut swept = Swept::default();
    let recorded = recorded::look_up(records, last.as_ref(), &all).await?;
    hand_on(invocation, &all, &recorded, &mut swept).await?;
    for (execution, _) in all.iter().filter(|(_, status)| !is_terminal(status)) {
        swept.cancelled += usize::from(look_after(invocation, execution).await?);
    }
    end_slots(invocation, task, &mut swept).await?;
    let (unproven, awaiting_proof) =
        unproven::see_to(invocation, task, &recorded.new, last.as_ref(), &mut swept).await?;
    let (proofs_seen_until, recorded) = (Some(unproven::due(invocation)), recorded.ids);
    let done = Sweep { at: now, proofs_seen_until, unproven, recorded, awaiting_proof };
    records.write(keys::SWEEP, &done).await?;
    Ok(Some(swept))
}

/// Those that have ended and have no record go to the function that writes it.
async fn hand_on(
    invocation: &Invocation<'_>,
    all: &[(ExecutionArn, String)],
    recorded: &Recorded,
    swept: &mut Swept,
) -> Result<(), HandlerError> {
    let ended =
        all.iter().filter(|(_, status)| is_terminal(status)).map(|(execution, _)| execution);
    let mut lost = ended.filter(|execution| !recorded.ids.contains(execution.id()));
    for execution in lost.by_ref().take(invocation.limits.max_handed_on) {
        let request = CompleteRequest { execution: execution.to_string() };
        ask(invocation, execution, FunctionName::OnExecutionComplete, &request).await?;
        swept.handed_on += 1;
    }
    swept.left = lost.count();
    Ok(())
}

/// Has another function do what an event should have had it do; nobody waits for the answer.
pub(crate) async fn ask(
    invocation: &Invocation<'_>,
    execution: &ExecutionArn,
    function: FunctionName,
    request: &impl Serialize,
) -> Result<(), HandlerError> {
    let payload = serde_json::to_vec(request).map_err(HandlerError::Json)?;
    let name = invocation.names(&execution.task()).function_name(function);
    let invoke =
        invocation.app.lambda.invoke().function_name(name).invocation_type(InvocationType::Event);
    let invoked = invoke.payload(Blob::new(payload)).send().await;
    invoked.map_err(|error| HandlerError::HandOn { function, source: error.into() })?;
    Ok(())
}

/// Cancels an execution that has not moved on within its bound, once, and says so, once; whether it
/// did.
async fn look_after(invocation: &Invocation<'_>, arn: &ExecutionArn) -> Result<bool, HandlerError> {
    let app = invocation.app;
    let execution =
        executions::describe(&app.datasync, arn).await.map_err(HandlerError::Describe)?;
    let names = invocation.names(&arn.task());
    let key = keys::stuck_alert(arn.id());
    let told = match watch::overdue(&execution, invocation.limits, invocation.now) {
        Some((waited, bound)) => alert::stuck(&names, &execution, waited, bound),
        // A crash after the cancelling leaves the alert open.
        None if execution.status == "CANCELLING" => {
            match app.records.read::<AlertReceipt>(&key).await? {
                Some(receipt) if receipt.sent_at.is_none() => receipt.alert,
                _ => return Ok(false),
            }
        }
        None => return Ok(false),
    };
    let sent = invocation
        .once()
        .act_and_publish(&key, &told, async || cancel(invocation, &execution).await)
        .await;
    match sent {
        Ok(Sent::Now) => {
            app.metrics.emit(&stuck(invocation));
            Ok(true)
        }
        Ok(Sent::Before) | Err(AlertOnceError::Elsewhere { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// DataSync refuses to cancel what has ended or is being cancelled: then nothing is left to do.
async fn cancel(invocation: &Invocation<'_>, execution: &Execution) -> Result<(), SdkFailure> {
    if execution.status == "CANCELLING" {
        return Ok(());
    }
    let cancel =
        invocation.app.datasync.cancel_task_execution().task_execution_arn(execution.arn.as_str());
    match cancel.send().await.map_err(SdkFailure::from) {
        Err(failure) if !failure.is(&["InvalidRequestException"]) => Err(failure),
        _ => Ok(()),
    }
}

fn stuck(invocation: &Invocation<'_>) -> Measures {
    Measures {
        stack: invocation.app.environment.stack_name.clone(),
        at: invocation.now,
        measures: vec![Measure { name: metrics::STUCK_RUNS, unit: MetricUnit::Count, value: 1 }],
        outcome: None,
        properties: Vec::new(),
    }
}

/// Gives the latest slots of both rules that were claimed and left an end: the execution that bears
/// the slot, or none. A full verification without one waits for its turn again.
async fn end_slots(
    invocation: &Invocation<'_>,
    task: &TaskArn,
    swept: &mut Swept,
) -> Result<(), HandlerError> {
    let records = &invocation.app.records;
    let since = invocation.now - SLOTS_OF;
    let mut slots = Vec::new();
    for (prefix, first) in
        [(SCHEDULED, scheduled_slot(since)), (FULL_VERIFICATION, full_verification_slot(since))]
    {
        let of_rule = records
            .list_after(&format!("{}{prefix}", keys::STARTS_PREFIX), &keys::start_record(&first))
            .await?;
        slots.extend(of_rule.into_iter().rev().take(SLOTS));
    }
    let own = invocation.slot.map(keys::start_record);
    for key in slots.iter().filter(|key| Some(*key) != own.as_ref()) {
        let Some(found) = records.read_marked::<StartRecord>(key).await? else { continue };
        let record = &found.document;
        if record.is_finished()
            || record.waiting
            || invocation.now - record.claimed_at < CLAIM_HOLDS_FOR
        {
            continue;
        }
        let execution = task::of_slot(&invocation.app.datasync, task, None, &record.slot).await?;
        let waiting = execution.is_none() && full_verification_time(&record.slot).is_some();
        let missed = execution.is_none() && !waiting;
        if missed {
            let told = alert::missed(&invocation.names(task), record);
            invocation.once().publish(&keys::slot_alert(&record.slot), &told).await?;
        }
        let ended = StartRecord { missed, waiting, execution, ..record.clone() };
        if records.replace(key, &found, &ended).await? == Replaced::Yes {
            swept.slots_missed += usize::from(missed);
            swept.slots_completed += usize::from(ended.execution.is_some());
        }
    }
    Ok(())
}
