//! Describe the execution, read what its report says went wrong, record how it ended, measure it,
//! and tell people when it did not end well.
//!
//! Order: the record first, by a conditional write, and by whoever wrote it the metrics; then what
//! is owed by the record (`settle.rs`), the alert with a receipt of its own. A repeat of the event
//! finds the record and completes what is owed. The worst a crash can do is a second alert, or a
//! run that is not measured: a gap alarms, a double would hide one.

use std::time::{Duration, SystemTime};

use aws::executions::{self, Patience, describe_until};
use aws::failure::{SdkFailure, chain};
use aws::metrics::MetricsSink;
use aws::records_bucket::{RecordsBucket, RecordsError, WriteOnce};
use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use domain::arn::{ArnError, ExecutionArn};
use domain::config::StackConfig;
use domain::environment::Environment;
use domain::error_code::ErrorCode;
use domain::execution::{Execution, is_terminal};
use domain::limits::Limits;
use domain::records::alert::AlertReceipt;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::named_execution;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::decide::{self, Decision, Facts, decide};
use crate::input::{Input, InputError};
use crate::measure;
use crate::origin::Origin;
use crate::outcome::Outcome;
use crate::reported;
use crate::settle::{SettleError, settle};

/// The report usually ends within seconds of the run. One that does not is waited for as long as
/// the invocation lasts; then the sweep, which finds the execution without a record, asks again.
const REPORT_PATIENCE: Patience = Patience { attempts: 330, pause: Duration::from_secs(2) };
/// A failed run alerts without its report if that does not come soon.
const FAILED_PATIENCE: Duration = Duration::from_secs(30);
/// An event says that it has ended: DataSync may take a moment to say so too.
const EVENT_AHEAD: Duration = Duration::from_secs(60);
/// Somebody waits for the answer to a request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);
/// The time that reading the report, recording and alerting may take.
const TIME_TO_RECORD: Duration = Duration::from_secs(20);

/// What the function works with. Open, so that tests of other crates can let it work on fakes.
#[derive(Clone, Debug)]
pub struct App {
    pub environment: Environment,
    pub records: RecordsBucket,
    pub datasync: aws_sdk_datasync::Client,
    pub sns: aws_sdk_sns::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub metrics: MetricsSink,
    pub report_patience: Patience,
}

impl App {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            metrics: MetricsSink::default(),
            environment,
            report_patience: REPORT_PATIENCE,
        }
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; Lambda tries an event again, and again is safe.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    handle_at(app, event, Utc::now()).await
}

/// As [`handle`], at a given time.
///
/// # Errors
/// As [`handle`].
pub async fn handle_at(
    app: &App,
    event: LambdaEvent<Value>,
    now: DateTime<Utc>,
) -> Result<Outcome, HandlerError> {
    let input = Input::parse(event.payload)?;
    let config: Option<StackConfig> = app.records.read(keys::CONFIG).await?;
    let limits = config.map_or_else(Limits::default, |config| Limits::from_config(&config.limits));
    let until = (event.context.deadline > 0).then(|| event.context.deadline() - TIME_TO_RECORD);
    let invocation =
        Invocation { app, limits: &limits, request_id: &event.context.request_id, now, until };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = Box::pin(invocation.complete(input)).await?;
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "on-execution-complete");
    Ok(outcome)
}

#[derive(Clone, Copy)]
struct Invocation<'a> {
    app: &'a App,
    limits: &'a Limits,
    request_id: &'a str,
    now: DateTime<Utc>,
    /// When to wait no longer.
    until: Option<SystemTime>,
}

impl Invocation<'_> {
    async fn complete(&self, input: Input) -> Result<Outcome, HandlerError> {
        let (execution, by_event) = match input {
            Input::StateChange { execution, state } if !is_terminal(&state) => {
                return Ok(Outcome::NotTerminal { execution, state });
            }
            Input::StateChange { execution, .. } => (execution, true),
            Input::Manual(request) => (self.named(&request.execution).await?, false),
        };
        if let Some(run) = self.recorded(&execution).await? {
            return self.already_recorded(run).await;
        }
        let begun = Instant::now();
        let settled = |e: &Execution| match decide(e, self.limits, self.now + begun.elapsed()) {
            Decision::Record => {
                e.is_success() || !e.awaits_report() || begun.elapsed() >= FAILED_PATIENCE
            }
            Decision::AwaitReport => false,
            Decision::Wait { .. } => !by_event || begun.elapsed() >= EVENT_AHEAD,
        };
        let described =
            describe_until(&self.app.datasync, &execution, self.patience(by_event), settled).await;
        let described = described.map_err(HandlerError::Describe)?;
        match decide(&described, self.limits, self.now + begun.elapsed()) {
            Decision::Wait { state } => Ok(Outcome::NotTerminal { execution, state }),
            Decision::AwaitReport => Ok(Outcome::ReportPending { execution }),
            Decision::Record => Box::pin(self.record(&described)).await,
        }
    }

    fn patience(&self, by_event: bool) -> Patience {
        let left =
            self.until.map(|until| until.duration_since(SystemTime::now()).unwrap_or_default());
        let patience =
            left.map_or(self.app.report_patience, |left| self.app.report_patience.within(left));
        if by_event { patience } else { patience.within(REQUEST_PATIENCE) }
    }

    async fn record(&self, execution: &Execution) -> Result<Outcome, HandlerError> {
        let (app, id) = (self.app, execution.arn.id());
        let tags =
            executions::tags(&app.datasync, &execution.arn).await.map_err(HandlerError::Tags)?;
        let reported = reported::read(&app.records, execution).await?;
        let last = app.records.read(keys::LAST_RUN).await?;
        let facts = Facts {
            execution,
            reported: &reported,
            origin: &Origin::of_tags(&tags),
            last: last.as_ref(),
            was_stuck: app.records.read::<AlertReceipt>(&keys::stuck_alert(id)).await?.is_some(),
            request_id: self.request_id,
            now: self.now,
        };
        let run = decide::record(&facts, self.limits);
        let written = app.records.write_once(&keys::run_record(id), &run).await?;
        if written == WriteOnce::AlreadyThere {
            let found = self.recorded(&execution.arn).await?;
            let found = found
                .ok_or_else(|| HandlerError::Contended { execution: execution.arn.clone() })?;
            return self.already_recorded(found).await;
        }
        app.metrics.emit(&measure::of_run(&app.environment.stack_name, &run));
        let alerted = settle(app, &run, self.request_id, self.now).await?;
        Ok(Outcome::Recorded { execution: run.execution, result: run.outcome, alerted })
    }

    async fn already_recorded(&self, run: RunRecord) -> Result<Outcome, HandlerError> {
        let alerted = settle(self.app, &run, self.request_id, self.now).await?;
        Ok(Outcome::AlreadyRecorded { execution: run.execution, result: run.outcome, alerted })
    }

    async fn recorded(&self, execution: &ExecutionArn) -> Result<Option<RunRecord>, HandlerError> {
        Ok(self.app.records.read(&keys::run_record(execution.id())).await?)
    }

    async fn named(&self, name: &str) -> Result<ExecutionArn, HandlerError> {
        let outputs: Outputs =
            self.app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
        Ok(named_execution(&outputs.task_arn, name)?)
    }
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("reading the request's execution")]
    Execution(#[from] ArnError),
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error("describing the execution")]
    Describe(#[source] SdkFailure),
    #[error("reading the tags of the execution")]
    Tags(#[source] SdkFailure),
    #[error(
        "recording `{execution}`: its record was there a moment ago, and is gone; the same event \
            again decides"
    )]
    Contended { execution: ExecutionArn },
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Settle(#[from] SettleError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let code = match &error {
            HandlerError::Input(_) | HandlerError::Execution(_) => ErrorCode::BadPayload,
            HandlerError::NotDeployed => ErrorCode::NotDeployed,
            HandlerError::Describe(_) | HandlerError::Tags(_) => ErrorCode::DescribeFailed,
            HandlerError::Settle(SettleError::Alert(_)) => ErrorCode::AlertFailed,
            HandlerError::Settle(SettleError::Retry(_) | SettleError::Json(_)) => {
                ErrorCode::RetryFailed
            }
            HandlerError::Contended { .. } | HandlerError::Records(_) | HandlerError::Settle(_) => {
                ErrorCode::RecordsFailed
            }
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
