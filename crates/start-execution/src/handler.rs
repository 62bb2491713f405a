//! Claim the slot, look at the task, start an execution, complete the record.
//!
//! The claim is a conditional write and comes before the start; the record of what was started comes after. A crash
//! between the two leaves a claim without an execution: whoever takes the slot up again first looks for an execution that
//! bears the slot's tag.

use aws_config::SdkConfig;
use aws_edge::failure::chain;
use aws_edge::records_bucket::{RecordsBucket, RecordsError, WriteOnce};
use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use pipeline::arn::ExecutionArn;
use pipeline::environment::Environment;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::records::start::StartRecord;
use serde_json::Value;

use crate::decide::{SlotDecision, SlotFacts, TaskDecision, decide_slot, decide_task};
use crate::input::{self, InputError};
use crate::outcome::Outcome;
use crate::task::{self, TaskError};

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    stack_name: String,
    records: RecordsBucket,
    datasync: aws_sdk_datasync::Client,
}

impl App {
    #[must_use]
    pub fn new(environment: &Environment, config: &SdkConfig) -> Self {
        Self {
            stack_name: environment.stack_name.clone(),
            records: RecordsBucket::new(aws_edge::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
        }
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; Lambda tries an event again, and again is safe.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    let slot = input::slot(event.payload)?;
    let outcome = start(app, slot, &event.context.request_id, Utc::now()).await?;
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "start-execution");
    Ok(outcome)
}

async fn start(app: &App, slot: String, request_id: &str, now: DateTime<Utc>) -> Result<Outcome, HandlerError> {
    let outputs: Outputs = app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
    let (record, fresh) = claim(app, &slot, request_id, now).await?;
    match decide_slot(&SlotFacts { record: &record, request_id, now }) {
        SlotDecision::AlreadyStarted(execution) => return Ok(Outcome::AlreadyStarted { slot, execution }),
        SlotDecision::AlreadySkipped(running) => return Ok(Outcome::Skipped { slot, running }),
        SlotDecision::InProgress => return Ok(Outcome::InProgress { slot }),
        SlotDecision::Proceed => {}
    }
    let task = &outputs.task_arn;
    match decide_task(&task::facts(&app.datasync, task, &slot, !fresh).await?) {
        TaskDecision::Adopt(execution) => {
            complete(app, record, &execution).await?;
            Ok(Outcome::AlreadyStarted { slot, execution })
        }
        TaskDecision::Start => {
            let execution = task::start(&app.datasync, task, &app.stack_name, &slot).await?;
            complete(app, record, &execution).await?;
            Ok(Outcome::Started { slot, execution })
        }
        TaskDecision::Skip { running } => {
            let skipped = StartRecord { skipped: true, running: running.clone(), ..record };
            app.records.write(&keys::start(&slot), &skipped).await?;
            Ok(Outcome::Skipped { slot, running })
        }
        TaskDecision::Unavailable { why } => Err(HandlerError::Unavailable { why }),
    }
}

/// The slot's record, and whether this call made it.
async fn claim(
    app: &App,
    slot: &str,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<(StartRecord, bool), HandlerError> {
    let key = keys::start(slot);
    let ours = StartRecord {
        slot: slot.to_owned(),
        claimed_by: request_id.to_owned(),
        claimed_at: now,
        execution: None,
        skipped: false,
        running: None,
    };
    match app.records.write_once(&key, &ours).await? {
        WriteOnce::Written => Ok((ours, true)),
        WriteOnce::AlreadyThere => Ok((app.records.read(&key).await?.unwrap_or(ours), false)),
    }
}

async fn complete(app: &App, record: StartRecord, execution: &ExecutionArn) -> Result<(), HandlerError> {
    let key = keys::start(&record.slot);
    let complete = StartRecord { execution: Some(execution.clone()), ..record };
    Ok(app.records.write(&key, &complete).await?)
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error("starting an execution: the task is UNAVAILABLE ({why}); run `efs-s3 plan` to see what differs")]
    Unavailable { why: String },
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match &error {
            HandlerError::Input(_) => "BadPayload",
            HandlerError::NotDeployed => "NotDeployed",
            HandlerError::Unavailable { .. } => "TaskUnavailable",
            HandlerError::Records(_) => "RecordsFailed",
            HandlerError::Task(_) => "DataSyncFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
