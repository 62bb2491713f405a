//! The entry point: describe the execution, read the problems in its report, write the record and
//! the metrics, then follow up with an alert or a retry.
//!
//! The record comes first, by a conditional write; the invocation that wrote it also emits the
//! metrics. The follow-up comes last, and its alert has a receipt of its own. A repeat of the event
//! finds the record and completes the follow-up. The worst effect of a crash is a second alert, or
//! a run without metrics: an alarm finds missing metrics, and duplicates would hide a gap.

mod record_end;

use std::time::{Duration, SystemTime};

use aws::executions::{Patience, describe_until};
use aws::find_execution::find_execution;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::config::StackConfig;
use domain::execution::{Execution, is_terminal};
use domain::limits::Limits;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tokio::time::Instant;

use crate::app::CompletionApp;
use crate::decide::{ExecutionDecision, decide};
use crate::error::CompletionError;
use crate::follow_up::start_waiting;
use crate::input::CompletionInput;
use crate::invocation::CompletionInvocation;
use crate::outcome::CompletionOutcome;
use crate::sync_of_execution::find_sync;
use record_end::follow_up_again;

/// The wait for the report of a failed execution; then the alert is sent without it.
const FAILED_REPORT_TIMEOUT: Duration = Duration::from_secs(30);
/// The wait after an event until DataSync also reports that the execution has ended.
const EVENT_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest wait of a request: a person waits for its response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The time reserved for reading the report, recording and alerting.
const TIME_TO_RECORD: Duration = Duration::from_secs(20);

/// Handles one invocation.
///
/// # Errors
/// [`CompletionError`]; Lambda retries an event, and each retry is safe.
pub async fn handle(
    app: &CompletionApp,
    event: LambdaEvent<Value>,
) -> Result<CompletionOutcome, CompletionError> {
    handle_at(app, event, Utc::now()).await
}

/// Handles one invocation at a given time.
///
/// # Errors
/// See [`handle`].
pub async fn handle_at(
    app: &CompletionApp,
    event: LambdaEvent<Value>,
    now: DateTime<Utc>,
) -> Result<CompletionOutcome, CompletionError> {
    let input = CompletionInput::parse(event.payload)?;
    let config: Option<StackConfig> = app.records.read(keys::CONFIG).await?;
    let outputs: Option<Outputs> = app.records.read(keys::OUTPUTS).await?;
    let invocation = CompletionInvocation {
        app,
        config: config.as_ref(),
        outputs: outputs.as_ref(),
        request_id: &event.context.request_id,
        now,
        deadline: (event.context.deadline > 0).then(|| event.context.deadline() - TIME_TO_RECORD),
    };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = Box::pin(complete(&invocation, input)).await?;
    let json = serde_json::to_string(&outcome).unwrap_or_default();
    tracing::info!(outcome = %json, "on-execution-complete");
    Ok(outcome)
}

async fn complete(
    invocation: &CompletionInvocation<'_>,
    input: CompletionInput,
) -> Result<CompletionOutcome, CompletionError> {
    let (execution, by_event) = match input {
        CompletionInput::StateChange { execution, state } if !is_terminal(&state) => {
            return Ok(CompletionOutcome::NotTerminal { execution, state });
        }
        CompletionInput::StateChange { execution, .. } => (execution, true),
        CompletionInput::Request(request) => {
            let outputs = invocation.outputs.ok_or(CompletionError::NotDeployed)?;
            let CompletionApp { records, datasync, .. } = invocation.app;
            (find_execution(records, datasync, outputs, &request.execution).await?, false)
        }
    };
    let run: Option<RunRecord> =
        invocation.app.records.read(&keys::run_record(execution.id())).await?;
    if let Some(run) = run {
        return follow_up_again(invocation, run).await;
    }
    let Some(sync) = find_sync(invocation, &execution).await? else {
        return Ok(CompletionOutcome::NotOfStack { execution });
    };
    let limits = invocation.limits_of(&sync);
    Completion { invocation, sync: &sync, limits: &limits }.await_end(execution, by_event).await
}

/// The execution of one sync.
#[derive(Clone, Copy)]
struct Completion<'a> {
    invocation: &'a CompletionInvocation<'a>,
    sync: &'a SyncName,
    limits: &'a Limits,
}

impl Completion<'_> {
    /// Waits for the end of an execution that has no record, and records it.
    async fn await_end(
        &self,
        execution: ExecutionArn,
        by_event: bool,
    ) -> Result<CompletionOutcome, CompletionError> {
        let started = Instant::now();
        let CompletionInvocation { app, now, .. } = *self.invocation;
        if by_event {
            // The report may take minutes, and others wait for the place of this execution.
            start_waiting(self.invocation, &execution).await?;
        }
        let is_settled = |e: &Execution| match decide(e, self.limits, now + started.elapsed()) {
            ExecutionDecision::Record => {
                e.is_success() || !e.awaits_report() || started.elapsed() >= FAILED_REPORT_TIMEOUT
            }
            ExecutionDecision::AwaitReport => false,
            ExecutionDecision::Wait { .. } => !by_event || started.elapsed() >= EVENT_TIMEOUT,
        };
        let described =
            describe_until(&app.datasync, &execution, self.patience_for(by_event), is_settled)
                .await;
        let described = described.map_err(CompletionError::Describe)?;
        match decide(&described, self.limits, now + started.elapsed()) {
            ExecutionDecision::Wait { state } => {
                Ok(CompletionOutcome::NotTerminal { execution, state })
            }
            ExecutionDecision::AwaitReport => Ok(CompletionOutcome::ReportPending { execution }),
            ExecutionDecision::Record => Box::pin(self.record_end(&described)).await,
        }
    }

    fn patience_for(&self, by_event: bool) -> Patience {
        let CompletionInvocation { app, deadline, .. } = *self.invocation;
        let left =
            deadline.map(|deadline| deadline.duration_since(SystemTime::now()).unwrap_or_default());
        let patience = left.map_or(app.report_patience, |left| app.report_patience.within(left));
        if by_event { patience } else { patience.within(REQUEST_TIMEOUT) }
    }
}

#[cfg(test)]
mod event_order_tests;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod sync_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod verify_mode_tests;
