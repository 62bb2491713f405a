//! Claim the slot, look at the task, start an execution, complete the record.
//!
//! The claim is a conditional write and comes before the start; the record of what was started comes after. A crash
//! between the two leaves a claim without an execution: whoever takes the slot up again first looks for an execution that
//! bears the slot's tag.

use aws_config::SdkConfig;
use aws_edge::failure::chain;
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use pipeline::arn::{ExecutionArn, TaskArn};
use pipeline::environment::Environment;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::records::start::StartRecord;
use serde_json::Value;

use crate::decide::{SlotDecision, SlotFacts, TaskDecision, decide_failed_start, decide_slot, decide_task};
use crate::input::{self, InputError};
use crate::outcome::Outcome;
use crate::slot_record::{self, SlotRecordError};
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
    let (record, fresh) = slot_record::claim(&app.records, &slot, request_id, now).await?;
    match decide_slot(&SlotFacts { record: &record, request_id, now }) {
        SlotDecision::AlreadyStarted(execution) => return Ok(Outcome::AlreadyStarted { slot, execution }),
        SlotDecision::AlreadySkipped(running) => return Ok(Outcome::Skipped { slot, running }),
        SlotDecision::InProgress => return Ok(Outcome::InProgress { slot }),
        SlotDecision::Proceed => {}
    }
    let record = if fresh { record } else { slot_record::renew(&app.records, record, request_id, now).await? };
    let facts = task::facts(&app.datasync, &outputs.task_arn, &slot, !fresh).await?;
    follow(app, &outputs.task_arn, record, decide_task(&facts)).await
}

async fn follow(
    app: &App,
    task: &TaskArn,
    record: StartRecord,
    decision: TaskDecision,
) -> Result<Outcome, HandlerError> {
    match decision {
        TaskDecision::Adopt(execution) => adopt(app, record, execution).await,
        TaskDecision::Start => match task::start(&app.datasync, task, &app.stack_name, &record.slot).await {
            Ok(execution) => {
                let record = slot_record::complete(&app.records, record, &execution).await?;
                Ok(Outcome::Started { slot: record.slot, execution })
            }
            Err(error) => mend(app, task, record, error).await,
        },
        TaskDecision::Skip { running } => skip(app, record, running).await,
        TaskDecision::Unavailable { why } => Err(HandlerError::Unavailable { why }),
    }
}

/// After a failed start: its reply may be lost and the execution under way, or another start was faster.
async fn mend(app: &App, task: &TaskArn, record: StartRecord, error: TaskError) -> Result<Outcome, HandlerError> {
    // Whatever keeps us from looking, the failed start is what has to be told.
    let Ok(facts) = task::facts(&app.datasync, task, &record.slot, true).await else { return Err(error.into()) };
    match decide_failed_start(&facts, error.is_refusal()) {
        Some(TaskDecision::Adopt(execution)) => adopt(app, record, execution).await,
        Some(TaskDecision::Skip { running }) => skip(app, record, running).await,
        _ => Err(error.into()),
    }
}

async fn adopt(app: &App, record: StartRecord, execution: ExecutionArn) -> Result<Outcome, HandlerError> {
    let record = slot_record::complete(&app.records, record, &execution).await?;
    Ok(Outcome::AlreadyStarted { slot: record.slot, execution })
}

async fn skip(app: &App, record: StartRecord, running: Option<ExecutionArn>) -> Result<Outcome, HandlerError> {
    let record = slot_record::skip(&app.records, record, running).await?;
    Ok(Outcome::Skipped { slot: record.slot, running: record.running })
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
    Slot(#[from] SlotRecordError),
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
            HandlerError::Slot(SlotRecordError::Contended { .. }) => "SlotContended",
            HandlerError::Unavailable { .. } => "TaskUnavailable",
            HandlerError::Slot(SlotRecordError::Records(_)) | HandlerError::Records(_) => "RecordsFailed",
            HandlerError::Task(_) => "DataSyncFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
