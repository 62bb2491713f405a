//! The follow-up of a run record: the last-run document, and the alert or the retry. All of it
//! follows from the record and may be repeated.

use aws::alert_once::Sent;
use aws::invoke::invoke_async;
use aws::records_bucket::Replaced;
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::overrides::Overrides;
use domain::records::alert::AlertReceipt;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::RunRecord;
use domain::records::start::RETRY;
use domain::request::{StartRequest, SweepRequest, WhenBusy};
use serde::Serialize;

use crate::alert::alert_for;
use crate::error::FollowUpError;
use crate::invocation::CompletionInvocation;
use crate::item_limit;

/// The number of attempts: executions of a task usually end seconds apart, so that other
/// invocations rarely write first.
const ATTEMPTS: usize = 5;

/// Follows up on a run; returns whether an alert was sent now.
pub(crate) async fn follow_up(
    invocation: &CompletionInvocation<'_>,
    run: &RunRecord,
) -> Result<bool, FollowUpError> {
    let is_last = update_last_run(invocation, run).await?;
    start_waiting(invocation, &run.execution).await?;
    if is_last {
        item_limit::update_condition(invocation, run).await?;
    }
    if run.class == Some(Class::Stuck) {
        return publish_stuck_alert(invocation, run).await;
    }
    if !run.retries.is_empty() {
        request_retry(invocation, run).await?;
    }
    let names = invocation.names_for(run.execution.region());
    let Some(alert) = alert_for(&names, run) else { return Ok(false) };
    let key = keys::run_alert(run.execution.id());
    Ok(invocation.alert_once().publish(&key, &alert).await? == Sent::Now)
}

/// Replaces the last-run document of the sync, unless a later run wrote it; returns whether this
/// run is the last one.
async fn update_last_run(
    invocation: &CompletionInvocation<'_>,
    run: &RunRecord,
) -> Result<bool, FollowUpError> {
    let (records, after) = (&invocation.app.records, LastRun::after_run(run));
    let key = keys::last_run(&run.sync);
    for _ in 0..ATTEMPTS {
        let done = match records.read_marked::<LastRun>(&key).await? {
            None => records.write_once(&key, &after).await?.is_written(),
            Some(found) if !after.is_later_than(&found.document) => {
                return Ok(found.document.execution == run.execution);
            }
            Some(found) => records.replace(&key, &found, &after).await? == Replaced::Yes,
        };
        if done {
            return Ok(true);
        }
    }
    Err(FollowUpError::Contended)
}

/// Lets `start-execution` start what waits for the place of this execution, where the stack limits
/// how many run at once. Without this request the next sweep starts it.
pub(crate) async fn start_waiting(
    invocation: &CompletionInvocation<'_>,
    execution: &ExecutionArn,
) -> Result<(), FollowUpError> {
    if !invocation.has_parallel_limit() {
        return Ok(());
    }
    request_start(invocation, execution, &SweepRequest::start_waiting()).await
}

/// Sends the alert of a stuck execution, unless `start-execution` has sent it. It sends it when it
/// cancels the execution, and may be interrupted in between.
async fn publish_stuck_alert(
    invocation: &CompletionInvocation<'_>,
    run: &RunRecord,
) -> Result<bool, FollowUpError> {
    let key = keys::stuck_alert(run.execution.id());
    let receipt: Option<AlertReceipt> = invocation.app.records.read(&key).await?;
    let Some(receipt) = receipt else { return Ok(false) };
    Ok(invocation.alert_once().publish(&key, &receipt.alert).await? == Sent::Now)
}

/// Requests the execution that copies the busy files again. Its slot contains the run's id, so that
/// two requests start one execution. It queues behind a running execution, whatever the schedule
/// does. The alert is held back for it; if it can't be started, `start-execution` sends the alert.
async fn request_retry(
    invocation: &CompletionInvocation<'_>,
    run: &RunRecord,
) -> Result<(), FollowUpError> {
    let id = run.execution.id();
    let request = StartRequest {
        sync: invocation.has_several_syncs().then(|| run.sync.clone()),
        overrides: Overrides { includes: run.retries.clone(), ..Overrides::default() },
        retry_of: Some(id.to_owned()),
        when_busy: Some(WhenBusy::Queue),
        ..StartRequest::new(format!("{RETRY}{id}"))
    };
    request_start(invocation, &run.execution, &request).await
}

async fn request_start(
    invocation: &CompletionInvocation<'_>,
    execution: &ExecutionArn,
    request: &impl Serialize,
) -> Result<(), FollowUpError> {
    let payload = serde_json::to_vec(request).map_err(FollowUpError::Json)?;
    let names = invocation.names_for(execution.region());
    let function = names.function_name(FunctionName::StartExecution);
    let invoked = invoke_async(&invocation.app.lambda, &function, payload).await;
    invoked.map_err(FollowUpError::Request)
}
