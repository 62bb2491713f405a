//! The error of an invocation.

use std::fmt;

use aws::alert_once::AlertOnceError;
use aws::failure::{SdkFailure, chain};
use aws::records_bucket::RecordsError;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use domain::records::keys;
use domain::sync_name::SyncName;
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
        "starting an execution: the request names no sync and the stack has several ({syncs}); add \
            `\"sync\": \"…\"`, or `--sync` to the command"
    )]
    NoSyncNamed { syncs: String },
    #[error("starting an execution: the stack has no sync `{name}`; it has {syncs}")]
    UnknownSync { name: SyncName, syncs: String },
    #[error(
        "taking a place for the slot `{slot}`: other invocations changed `{}` each time; invoke \
            the function with the same event again",
        keys::PARALLEL_EXECUTIONS
    )]
    PlaceContended { slot: String },
    #[error("sweeping: {0}")]
    Sweeps(SyncFailures),
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

impl StartError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Input(_)
            | Self::Overrides { .. }
            | Self::NoSyncNamed { .. }
            | Self::UnknownSync { .. } => ErrorCode::BadPayload,
            Self::NotDeployed => ErrorCode::NotDeployed,
            Self::StartRecord(StartRecordError::Contended { .. }) | Self::PlaceContended { .. } => {
                ErrorCode::SlotContended
            }
            Self::Unavailable { .. } => ErrorCode::TaskUnavailable,
            Self::StartRecord(StartRecordError::Records(_)) | Self::Records(_) => {
                ErrorCode::RecordsFailed
            }
            Self::Task(_) | Self::Describe(_) => ErrorCode::DataSyncFailed,
            Self::HandOn { .. } | Self::Json(_) => ErrorCode::HandOnFailed,
            Self::Alert(_) => ErrorCode::AlertFailed,
            Self::Sweeps(failures) => failures.code(),
        }
    }
}

/// The syncs whose sweep failed; the others were swept.
#[derive(Debug, Default)]
pub struct SyncFailures(Vec<(SyncName, StartError)>);

impl SyncFailures {
    pub(crate) fn add(&mut self, sync: &SyncName, error: StartError) {
        tracing::error!(sync = %sync, error = %chain(&error), "a sync failed");
        self.0.push((sync.clone(), error));
    }

    /// The error of the sweep, if any sync failed; the only sync's is as it is.
    pub(crate) fn into_result(mut self, syncs: usize) -> Result<(), StartError> {
        match self.0.pop() {
            None => Ok(()),
            Some((_, error)) if syncs == 1 && self.0.is_empty() => Err(error),
            Some(last) => {
                self.0.push(last);
                Err(StartError::Sweeps(self))
            }
        }
    }

    /// The code of the first failure.
    fn code(&self) -> ErrorCode {
        self.0.first().map_or(ErrorCode::RecordsFailed, |(_, error)| error.code())
    }
}

impl fmt::Display for SyncFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |(sync, error): &(SyncName, StartError)| format!("`{sync}`: {}", chain(error));
        f.write_str(&self.0.iter().map(each).collect::<Vec<_>>().join("; "))
    }
}

impl From<StartError> for Diagnostic {
    fn from(error: StartError) -> Self {
        Self { error_type: error.code().to_string(), error_message: chain(&error) }
    }
}
