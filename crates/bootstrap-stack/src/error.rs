//! The error of an invocation.

use aws::alerts::AlertError;
use aws::failure::chain;
use aws::lock::LockError;
use aws::records_bucket::RecordsError;
use domain::error_code::ErrorCode;
use domain::payload::PayloadError;
use lambda_runtime::Diagnostic;
use reconciler::KindError;
use reconciler::apply::ApplyError;
use reconciler::observe::ObserveError;

use crate::preflight::PreflightFinding;
use crate::step_log::StepLog;

/// The reason for which an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the configuration: the stack has none yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Observe(#[from] ObserveError),
    #[error("reading the data sources of the stack")]
    DataSources(#[from] KindError),
    #[error(
        "nothing was changed, because of {} in the configuration: {}",
        count_findings(.0),
        list_findings(.0)
    )]
    Preflight(Vec<PreflightFinding>),
    #[error("nothing was changed: the data plane has no resource `{0}` that could be replaced")]
    NoSuchResource(String),
    #[error(transparent)]
    Apply(ApplyError),
    /// The next invocation resumes.
    #[error(transparent)]
    OutOfTime(ApplyError),
    /// The next invocation would get no further.
    #[error("no step could be started")]
    NoProgress(#[source] ApplyError),
    #[error("reading the outputs: every step succeeded, and there is no task; run `efs-s3 drift`")]
    NoTask,
    #[error(transparent)]
    Alert(#[from] AlertError),
}

impl BootstrapError {
    /// The error of an apply or a destroy whose steps are in `log`.
    pub(crate) fn from_apply(log: &StepLog, error: ApplyError) -> Self {
        match error {
            ApplyError::OutOfTime { .. } if log.done_count() > 0 => Self::OutOfTime(error),
            ApplyError::OutOfTime { .. } => Self::NoProgress(error),
            error => Self::Apply(error),
        }
    }
}

fn count_findings(findings: &[PreflightFinding]) -> String {
    if findings.len() == 1 {
        "a problem".to_owned()
    } else {
        format!("{} problems", findings.len())
    }
}

fn list_findings(findings: &[PreflightFinding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<BootstrapError> for Diagnostic {
    fn from(error: BootstrapError) -> Self {
        let code = match &error {
            BootstrapError::Payload(_) => ErrorCode::BadPayload,
            BootstrapError::NotDeployed => ErrorCode::NotDeployed,
            BootstrapError::Records(_) | BootstrapError::Lock(LockError::Records(_)) => {
                ErrorCode::RecordsFailed
            }
            BootstrapError::Lock(_) => ErrorCode::Locked,
            BootstrapError::Observe(_) | BootstrapError::DataSources(_) => ErrorCode::ObserveFailed,
            BootstrapError::Preflight(_) => ErrorCode::PreflightFailed,
            BootstrapError::NoSuchResource(_) => ErrorCode::NoSuchResource,
            BootstrapError::OutOfTime(_) => ErrorCode::OutOfTime,
            BootstrapError::NoProgress(_) => ErrorCode::NoProgress,
            BootstrapError::Apply(ApplyError::Blocked { .. }) => ErrorCode::Blocked,
            BootstrapError::Apply(_) => ErrorCode::ApplyFailed,
            BootstrapError::NoTask => ErrorCode::NoTask,
            BootstrapError::Alert(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}
