//! The execution that a person names by its id, in a stack of several tasks.

use aws_sdk_datasync::Client;
use domain::arn::{ArnError, ExecutionArn};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::named_execution;

use crate::executions;
use crate::failure::SdkFailure;
use crate::records_bucket::{RecordsBucket, RecordsError};

/// Finds an execution by its ARN or its id. The run record has the whole ARN of an id; without a
/// record DataSync is asked for the executions of one task after another.
///
/// # Errors
/// When the name is none, no task has such an execution, or a call fails.
pub async fn find_execution(
    records: &RecordsBucket,
    datasync: &Client,
    outputs: &Outputs,
    name: &str,
) -> Result<ExecutionArn, FindExecutionError> {
    let first = named_execution(&outputs.task_arn, name)?;
    if name.starts_with("arn:") || outputs.other_syncs.is_empty() {
        return Ok(first);
    }
    let run: Option<RunRecord> = records.read(&keys::run_record(first.id())).await?;
    match run {
        Some(run) => Ok(run.execution),
        None => ask_each_task(datasync, outputs, name).await,
    }
}

async fn ask_each_task(
    datasync: &Client,
    outputs: &Outputs,
    id: &str,
) -> Result<ExecutionArn, FindExecutionError> {
    for sync in outputs.each_sync() {
        let execution = sync.task_arn.execution(id)?;
        match executions::describe(datasync, &execution).await {
            Ok(_) => return Ok(execution),
            // The API's error for an unknown execution, too.
            Err(failure) if failure.is(&["InvalidRequestException"]) => {}
            Err(failure) => return Err(FindExecutionError::Describe(failure)),
        }
    }
    Err(FindExecutionError::Unknown { id: id.to_owned() })
}

/// The reason for which an execution was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindExecutionError {
    #[error("reading the name of the execution")]
    Name(#[from] ArnError),
    #[error("finding the execution `{id}`: DataSync has it in no task of the stack")]
    Unknown { id: String },
    #[error("describing the execution")]
    Describe(#[source] SdkFailure),
    #[error(transparent)]
    Records(#[from] RecordsError),
}
