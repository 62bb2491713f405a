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
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::config::StackConfig;
use domain::execution::{Execution, is_terminal};
use domain::limits::Limits;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::named_execution;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tokio::time::Instant;

use crate::app::CompletionApp;
use crate::decide::{ExecutionDecision, decide};
use crate::error::CompletionError;
use crate::input::CompletionInput;
use crate::outcome::CompletionOutcome;

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
    let limits = config.map_or_else(Limits::default, |config| Limits::from_config(&config.limits));
    let deadline = (event.context.deadline > 0).then(|| event.context.deadline() - TIME_TO_RECORD);
    let request_id = &event.context.request_id;
    let invocation = CompletionInvocation { app, limits: &limits, request_id, now, deadline };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = Box::pin(invocation.complete(input)).await?;
    let json = serde_json::to_string(&outcome).unwrap_or_default();
    tracing::info!(outcome = %json, "on-execution-complete");
    Ok(outcome)
}

/// One invocation.
#[derive(Clone, Copy)]
struct CompletionInvocation<'a> {
    app: &'a CompletionApp,
    limits: &'a Limits,
    request_id: &'a str,
    now: DateTime<Utc>,
    /// The time at which waiting must end.
    deadline: Option<SystemTime>,
}

impl CompletionInvocation<'_> {
    async fn complete(&self, input: CompletionInput) -> Result<CompletionOutcome, CompletionError> {
        let (execution, by_event) = match input {
            CompletionInput::StateChange { execution, state } if !is_terminal(&state) => {
                return Ok(CompletionOutcome::NotTerminal { execution, state });
            }
            CompletionInput::StateChange { execution, .. } => (execution, true),
            CompletionInput::Request(request) => {
                (self.resolve_execution(&request.execution).await?, false)
            }
        };
        match self.read_record(&execution).await? {
            Some(run) => self.follow_up_again(run).await,
            None => self.await_end(execution, by_event).await,
        }
    }

    /// Waits for the end of an execution that has no record, and records it.
    async fn await_end(
        &self,
        execution: ExecutionArn,
        by_event: bool,
    ) -> Result<CompletionOutcome, CompletionError> {
        let started = Instant::now();
        let is_settled = |e: &Execution| match decide(e, self.limits, self.now + started.elapsed())
        {
            ExecutionDecision::Record => {
                e.is_success() || !e.awaits_report() || started.elapsed() >= FAILED_REPORT_TIMEOUT
            }
            ExecutionDecision::AwaitReport => false,
            ExecutionDecision::Wait { .. } => !by_event || started.elapsed() >= EVENT_TIMEOUT,
        };
        let described =
            describe_until(&self.app.datasync, &execution, self.patience_for(by_event), is_settled)
                .await;
        let described = described.map_err(CompletionError::Describe)?;
        match decide(&described, self.limits, self.now + started.elapsed()) {
            ExecutionDecision::Wait { state } => {
                Ok(CompletionOutcome::NotTerminal { execution, state })
            }
            ExecutionDecision::AwaitReport => Ok(CompletionOutcome::ReportPending { execution }),
            ExecutionDecision::Record => Box::pin(self.record_end(&described)).await,
        }
    }

    fn patience_for(&self, by_event: bool) -> Patience {
        let left = self
            .deadline
            .map(|deadline| deadline.duration_since(SystemTime::now()).unwrap_or_default());
        let patience =
            left.map_or(self.app.report_patience, |left| self.app.report_patience.within(left));
        if by_event { patience } else { patience.within(REQUEST_TIMEOUT) }
    }

    async fn read_record(
        &self,
        execution: &ExecutionArn,
    ) -> Result<Option<RunRecord>, CompletionError> {
        Ok(self.app.records.read(&keys::run_record(execution.id())).await?)
    }

    async fn resolve_execution(&self, name: &str) -> Result<ExecutionArn, CompletionError> {
        let outputs: Outputs =
            self.app.records.read(keys::OUTPUTS).await?.ok_or(CompletionError::NotDeployed)?;
        Ok(named_execution(&outputs.task_arn, name)?)
    }
}

#[cfg(test)]
mod event_order_tests;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod verify_mode_tests;
