//! Describe the execution, record how it ended, alert when it did not end well.
//!
//! Order: the record first, by a conditional write; then the alert, which follows from the record alone and has a
//! receipt of its own ([`AlertOnce`]). A repeat of the event finds the record and completes what is owed. The worst a
//! crash can do is a second alert.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_edge::alert_once::{AlertOnce, AlertOnceError, Sent};
use aws_edge::executions::{Patience, describe_until};
use aws_edge::failure::{SdkFailure, chain};
use aws_edge::records_bucket::{RecordsBucket, RecordsError, WriteOnce};
use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use pipeline::arn::{ArnError, ExecutionArn};
use pipeline::environment::Environment;
use pipeline::execution::is_terminal;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::records::run::RunRecord;
use pipeline::request::named_execution;
use serde_json::Value;

use crate::alert;
use crate::decide::{Decision, decide};
use crate::input::{Input, InputError};
use crate::outcome::Outcome;

/// The report usually ends within seconds of the run; one that takes longer is recorded as `PENDING`.
const REPORT_PATIENCE: Patience = Patience { attempts: 30, pause: Duration::from_secs(1) };

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    environment: Environment,
    records: RecordsBucket,
    datasync: aws_sdk_datasync::Client,
    sns: aws_sdk_sns::Client,
    report_patience: Patience,
}

impl App {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws_edge::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
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
    let input = Input::parse(event.payload)?;
    let outcome = complete(app, input, &event.context.request_id, Utc::now()).await?;
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "on-execution-complete");
    Ok(outcome)
}

async fn complete(app: &App, input: Input, request_id: &str, now: DateTime<Utc>) -> Result<Outcome, HandlerError> {
    let (execution, by_event) = match input {
        Input::StateChange { execution, state } if !is_terminal(&state) => {
            return Ok(Outcome::NotTerminal { execution, state });
        }
        Input::StateChange { execution, .. } => (execution, true),
        Input::Manual(request) => (named(app, &request.execution).await?, false),
    };
    if let Some(run) = recorded(app, &execution).await? {
        return already_recorded(app, run, request_id, now).await;
    }
    let described = describe_until(&app.datasync, &execution, app.report_patience, |e| !e.awaits_report()).await;
    match decide(&described.map_err(HandlerError::Describe)?, now) {
        Decision::Wait { state } if by_event => Err(HandlerError::StillRunning { execution, state }),
        Decision::Wait { state } => Ok(Outcome::NotTerminal { execution, state }),
        Decision::Record(run) => record(app, *run, request_id).await,
    }
}

async fn record(app: &App, run: RunRecord, request_id: &str) -> Result<Outcome, HandlerError> {
    let now = run.recorded_at;
    match app.records.write_once(&keys::run(run.execution.id()), &run).await? {
        WriteOnce::Written => {
            let alerted = settle_alert(app, &run, request_id, now).await?;
            Ok(Outcome::Recorded { execution: run.execution, result: run.outcome, alerted })
        }
        WriteOnce::AlreadyThere => {
            let run = recorded(app, &run.execution).await?.unwrap_or(run);
            already_recorded(app, run, request_id, now).await
        }
    }
}

async fn already_recorded(
    app: &App,
    run: RunRecord,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<Outcome, HandlerError> {
    let alerted = settle_alert(app, &run, request_id, now).await?;
    Ok(Outcome::AlreadyRecorded { execution: run.execution, result: run.outcome, alerted })
}

/// Whether an alert was sent now.
async fn settle_alert(app: &App, run: &RunRecord, request_id: &str, now: DateTime<Utc>) -> Result<bool, HandlerError> {
    let Some(alert) = alert::for_run(&app.environment.stack_name, run) else { return Ok(false) };
    let topic_arn = &app.environment.alerts_topic_arn;
    let once = AlertOnce { records: &app.records, sns: &app.sns, topic_arn, claimed_by: request_id, now };
    Ok(once.publish(&keys::run_alert(run.execution.id()), &alert).await? == Sent::Now)
}

async fn recorded(app: &App, execution: &ExecutionArn) -> Result<Option<RunRecord>, HandlerError> {
    Ok(app.records.read(&keys::run(execution.id())).await?)
}

async fn named(app: &App, name: &str) -> Result<ExecutionArn, HandlerError> {
    let outputs: Outputs = app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
    Ok(named_execution(&outputs.task_arn, name)?)
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
    #[error("recording `{execution}`: its event says that it ended, DataSync that it is {state}")]
    StillRunning { execution: ExecutionArn, state: String },
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match &error {
            HandlerError::Input(_) | HandlerError::Execution(_) => "BadPayload",
            HandlerError::NotDeployed => "NotDeployed",
            HandlerError::Describe(_) => "DescribeFailed",
            HandlerError::StillRunning { .. } => "StillRunning",
            HandlerError::Records(_) => "RecordsFailed",
            HandlerError::Alert(_) => "AlertFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
