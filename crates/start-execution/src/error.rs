//! The error of an invocation.

use aws::alert_once::AlertOnceError;
use aws::failure::{SdkFailure, chain};
use aws::records_bucket::RecordsError;
use domain::function::FunctionName;
use lambda_runtime::Diagnostic;

use crate::input::StartInputError;
use crate::start_record::StartRecordError;
use crate::task::TaskError;

/// The reason for which an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Input(#[from] StartInputError),
    #[error("starting an execution with overrides: {problems}")]
    Overrides { problems: String },
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error(
        "starting an execution: the task is UNAVAILABLE ({reason}); run `efs-s3 drift` to see \
            what differs"
    )]
    Unavailable { reason: String },
    #[error(transparent)]
    StartRecord(#[from] StartRecordError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error("describing a running execution")]
    Describe(#[source] SdkFailure),
    #[error("passing an execution to {function}")]
    HandOn { function: FunctionName, source: SdkFailure },
    #[error("writing a request as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}

impl From<StartError> for Diagnostic {
    fn from(error: StartError) -> Self {
        let error_type = match &error {
            StartError::Input(_) | StartError::Overrides { .. } => "BadPayload",
            StartError::NotDeployed => "NotDeployed",
            StartError::StartRecord(StartRecordError::Contended { .. }) => "SlotContended",
            StartError::Unavailable { .. } => "TaskUnavailable",
            StartError::StartRecord(StartRecordError::Records(_)) | StartError::Records(_) => {
                "RecordsFailed"
            }
            StartError::Task(_) | StartError::Describe(_) => "DataSyncFailed",
            StartError::HandOn { .. } | StartError::Json(_) => "HandOnFailed",
            StartError::Alert(_) => "AlertFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}
