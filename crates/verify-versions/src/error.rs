//! The errors of the function, and their types as Lambda reports them.

use std::io;

use aws::SdkFailure;
use aws::alert_once::AlertOnceError;
use aws::failure::chain;
use aws::find_execution::FindExecutionError;
use aws::records_bucket::RecordsError;
use chrono::{DateTime, Utc};
use domain::arn::{ArnError, ExecutionArn};
use domain::error_code::ErrorCode;
use domain::payload::PayloadError;
use lambda_runtime::Diagnostic;

/// A failed invocation.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the execution's name")]
    Execution(#[from] ArnError),
    #[error("reading the execution of the request")]
    FindExecution(#[from] FindExecutionError),
    #[error("verifying `{execution}`: it is of no task of this stack")]
    OtherTask { execution: ExecutionArn },
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error("describing the execution")]
    Describe(#[source] SdkFailure),
    #[error("reading the tags of the execution")]
    Tags(#[source] SdkFailure),
    #[error("verifying `{execution}`: it is {state}, and its report is not finished")]
    ReportPending { execution: ExecutionArn, state: String },
    #[error(
        "verifying `{execution}`: the versioning of its bucket may not hold everywhere before \
            {until}"
    )]
    VersioningUnsettled { execution: ExecutionArn, until: DateTime<Utc> },
    #[error("invoking this function again for the rest of the verification")]
    InvokeSelf(#[source] SdkFailure),
    #[error("merging the shards into a proof: `{key}` does not exist any more")]
    ResultMissing { key: String },
    #[error(transparent)]
    Shard(#[from] ShardError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    AlertOnce(#[from] AlertOnceError),
}

/// A shard that was not verified to its end.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("requesting a version of `{key}`")]
    Head { key: String, source: SdkFailure },
    #[error("listing versions")]
    List(#[source] SdkFailure),
    #[error("keeping the report's rows in temporary files")]
    Sort(#[source] io::Error),
    #[error("writing a proven object as JSON")]
    Json(#[source] serde_json::Error),
    #[error(
        "verifying shard {shard}: the rows that partition {partition} wrote for it are not \
            complete"
    )]
    RowsLost { shard: u64, partition: u64 },
    #[error("verifying all versions: {verified} are verified, the next invocation resumes there")]
    OutOfTime { verified: u64 },
}

/// An audit that failed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("finding proven versions")]
    Lookup(#[source] SdkFailure),
}

impl From<VerifyError> for Diagnostic {
    fn from(error: VerifyError) -> Self {
        let code = match &error {
            VerifyError::Payload(_)
            | VerifyError::Execution(_)
            | VerifyError::FindExecution(_)
            | VerifyError::OtherTask { .. } => ErrorCode::BadPayload,
            VerifyError::NotDeployed => ErrorCode::NotDeployed,
            VerifyError::Describe(_) | VerifyError::Tags(_) => ErrorCode::DescribeFailed,
            VerifyError::ReportPending { .. } => ErrorCode::ReportPending,
            VerifyError::VersioningUnsettled { .. } => ErrorCode::VersioningUnsettled,
            VerifyError::InvokeSelf(_) => ErrorCode::HandOnFailed,
            VerifyError::ResultMissing { .. } | VerifyError::Shard(_) => ErrorCode::CheckFailed,
            VerifyError::Audit(_) => ErrorCode::AuditFailed,
            VerifyError::Records(_) => ErrorCode::RecordsFailed,
            VerifyError::AlertOnce(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}
