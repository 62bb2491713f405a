//! The error of an invocation.

use aws::alert_once::AlertOnceError;
use aws::failure::{SdkFailure, chain};
use aws::find_execution::FindExecutionError;
use aws::records_bucket::RecordsError;
use domain::arn::ExecutionArn;
use domain::error_code::ErrorCode;
use lambda_runtime::Diagnostic;

use crate::input::CompletionInputError;

/// The reason for which an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    #[error(transparent)]
    Input(#[from] CompletionInputError),
    #[error("reading the execution of the request")]
    Execution(#[from] FindExecutionError),
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error("describing the execution")]
    Describe(#[source] SdkFailure),
    #[error("reading the tags of the execution")]
    Tags(#[source] SdkFailure),
    #[error(
        "recording `{execution}`: its record existed a moment ago and is gone; invoke the \
            function with the same event again"
    )]
    Contended { execution: ExecutionArn },
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    FollowUp(#[from] FollowUpError),
}

/// The reason for which a follow-up failed.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(
        "writing the last run: other invocations changed it several times meanwhile; invoke the \
            function with the same event again"
    )]
    Contended,
    #[error("requesting a start from start-execution")]
    Request(#[source] SdkFailure),
    #[error("writing a request as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}

impl From<CompletionError> for Diagnostic {
    fn from(error: CompletionError) -> Self {
        let code = match &error {
            CompletionError::Input(_) | CompletionError::Execution(_) => ErrorCode::BadPayload,
            CompletionError::NotDeployed => ErrorCode::NotDeployed,
            CompletionError::Describe(_) | CompletionError::Tags(_) => ErrorCode::DescribeFailed,
            CompletionError::FollowUp(FollowUpError::Alert(_)) => ErrorCode::AlertFailed,
            CompletionError::FollowUp(FollowUpError::Request(_) | FollowUpError::Json(_)) => {
                ErrorCode::RetryFailed
            }
            CompletionError::Contended { .. }
            | CompletionError::Records(_)
            | CompletionError::FollowUp(_) => ErrorCode::RecordsFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}
