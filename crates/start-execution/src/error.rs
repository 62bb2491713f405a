//! The error of an invocation.

use aws::alert_once::AlertOnceError;
use aws::failure::{SdkFailure, chain};
use aws::records_bucket::RecordsError;
use domain::error_code::ErrorCode;
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
        let code = match &error {
            StartError::Input(_) | StartError::Overrides { .. } => ErrorCode::BadPayload,
            StartError::NotDeployed => ErrorCode::NotDeployed,
            StartError::StartRecord(StartRecordError::Contended { .. }) => ErrorCode::SlotContended,
            StartError::Unavailable { .. } => ErrorCode::TaskUnavailable,
            StartError::StartRecord(StartRecordError::Records(_)) | StartError::Records(_) => {
                ErrorCode::RecordsFailed
            }
            StartError::Task(_) | StartError::Describe(_) => ErrorCode::DataSyncFailed,
            StartError::HandOn { .. } | StartError::Json(_) => ErrorCode::HandOnFailed,
            StartError::Alert(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}
