//! The entry point: describe the execution, read the problems in its report, write the record and
//! the metrics, then follow up with an alert or a retry.
//!
//! The record comes first, by a conditional write; the invocation that wrote it also emits the
//! metrics. The follow-up comes last, and its alert has a receipt of its own. A repeat of the event
//! finds the record and completes the follow-up. The worst effect of a crash is a second alert, or
//! a run without metrics: an alarm finds missing metrics, and duplicates would hide a gap.

use std::time::{Duration, SystemTime};

use aws::executions::{self, Patience, describe_until};
use aws::records_bucket::WriteOnce;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::config::StackConfig;
use domain::execution::{Execution, is_terminal};
use domain::limits::Limits;
use domain::records::alert::AlertReceipt;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::named_execution;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tokio::time::Instant;

use crate::app::CompletionApp;
use crate::decide::{CompletionFacts, ExecutionDecision, build_record, decide};
use crate::error::CompletionError;
use crate::execution_tags::ExecutionTags;
use crate::follow_up::follow_up;
use crate::input::CompletionInput;
use crate::outcome::CompletionOutcome;
use crate::report_issues::read_issues;
use crate::run_metrics::measure_run;

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
        if let Some(run) = self.read_record(&execution).await? {
            return self.follow_up_again(run).await;
        }
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

    async fn record_end(
        &self,
        execution: &Execution,
    ) -> Result<CompletionOutcome, CompletionError> {
        let (app, id) = (self.app, execution.arn.id());
        let tags =
            executions::tags(&app.datasync, &execution.arn).await.map_err(CompletionError::Tags)?;
        let issues = read_issues(&app.records, execution).await?;
        let last = app.records.read(keys::LAST_RUN).await?;
        let facts = CompletionFacts {
            execution,
            issues: &issues,
            tags: &ExecutionTags::from_map(&tags),
            last: last.as_ref(),
            was_stuck: app.records.read::<AlertReceipt>(&keys::stuck_alert(id)).await?.is_some(),
            request_id: self.request_id,
            now: self.now,
        };
        let run = build_record(&facts, self.limits);
        let written = app.records.write_once(&keys::run_record(id), &run).await?;
        if written == WriteOnce::AlreadyThere {
            let found = self.read_record(&execution.arn).await?;
            let found = found
                .ok_or_else(|| CompletionError::Contended { execution: execution.arn.clone() })?;
            return self.follow_up_again(found).await;
        }
        app.metrics.emit(&measure_run(&app.environment.stack_name, &run));
        let alerted = follow_up(app, &run, self.request_id, self.now).await?;
        Ok(CompletionOutcome::Recorded { execution: run.execution, result: run.outcome, alerted })
    }

    async fn follow_up_again(&self, run: RunRecord) -> Result<CompletionOutcome, CompletionError> {
        let alerted = follow_up(self.app, &run, self.request_id, self.now).await?;
        Ok(CompletionOutcome::AlreadyRecorded {
            execution: run.execution,
            result: run.outcome,
            alerted,
        })
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
