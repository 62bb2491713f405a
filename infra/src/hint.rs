//! The hint at the end of every failure: what to do next.
//!
//! The code that fails adds a hint with [`WithHint`]. Otherwise the hint follows from the type and
//! the code of the failure.

use std::error::Error;
use std::fmt;

use anyhow::Result;
use aws::SdkFailure;
use aws::lock::LockError;
use domain::error_code::ErrorCode;
use reconciler::apply::ApplyError;
use reconciler::observe::ObserveError;
use reconciler::{Cause, KindError};

use crate::error::InvokeError;
use crate::ui::interrupt::Interrupted;

/// Adds a hint to a failure.
pub(crate) trait WithHint<T> {
    fn with_hint(self, next: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> WithHint<T> for Result<T, E> {
    fn with_hint(self, next: impl Into<String>) -> Result<T> {
        self.map_err(|error| hinted_error(error.into(), next))
    }
}

/// Returns the error with a hint.
pub(crate) fn hinted_error(error: anyhow::Error, next: impl Into<String>) -> anyhow::Error {
    HintedError { next: next.into(), error }.into()
}

/// An error with a hint. It is displayed as the error itself.
#[derive(Debug)]
struct HintedError {
    next: String,
    error: anyhow::Error,
}

impl fmt::Display for HintedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for HintedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// Returns the hint for a failed command. `command` is the command as typed, such as `efs-s3
/// deploy`.
pub(crate) fn hint_for(error: &anyhow::Error, command: &str) -> String {
    if let Some(advised) = error.downcast_ref::<HintedError>() {
        return advised.next.clone();
    }
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return interrupted.next.clone();
    }
    if let Some(lock) =
        find_cause::<LockError>(error).filter(|lock| !matches!(lock, LockError::Records(_)))
    {
        return lock_hint(lock, command);
    }
    if let Some(next) =
        find_cause::<InvokeError>(error).and_then(|failure| invocation_hint(failure, command))
    {
        return next;
    }
    match sdk_failure(error) {
        Some(failure) => call_hint(failure.code.as_deref(), command),
        None => repeat_hint(command),
    }
}

fn repeat_hint(command: &str) -> String {
    format!("fix the cause above, then run `{command}` again{}", resume_note(command))
}

/// Says that a command that changes the stack resumes, because it is safe to repeat at any point.
fn resume_note(command: &str) -> &'static str {
    let changes = command.ends_with("deploy") || command.ends_with("destroy");
    if changes { ": it resumes where it stopped" } else { "" }
}

fn lock_hint(lock: &LockError, command: &str) -> String {
    match lock {
        LockError::Held(_) => format!(
            "wait until the lock is released and run `{command}` again; if its owner is certainly \
                not running, run `efs-s3 unlock`"
        ),
        _ => format!("run `{command}` again"),
    }
}

fn invocation_hint(failure: &InvokeError, command: &str) -> Option<String> {
    Some(match failure {
        InvokeError::Absent { .. } => "run `efs-s3 deploy`".to_owned(),
        InvokeError::Failed { code, .. } => match code {
            Some(ErrorCode::Locked) => {
                "wait until the lock is released; if its owner is certainly not running, run \
                    `efs-s3 unlock`"
                    .to_owned()
            }
            Some(ErrorCode::NotDeployed) => "run `efs-s3 deploy`".to_owned(),
            Some(ErrorCode::PreflightFailed | ErrorCode::NoSuchResource) => {
                "correct stack.toml, then run `efs-s3 plan`".to_owned()
            }
            Some(ErrorCode::Blocked) => "run `efs-s3 plan`: it lists the resources that must not \
                be changed"
                .to_owned(),
            _ => repeat_hint(command),
        },
        InvokeError::TimedOut { .. } => format!("run `{command}` again{}", resume_note(command)),
        InvokeError::Malformed { .. } => {
            "run `efs-s3 deploy`: the deployed function may be older than this command".to_owned()
        }
        InvokeError::Call { .. } => return None,
    })
}

const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
];
const FORBIDDEN: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "Forbidden",
];
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
];
const FULL: &[&str] = &[
    "LimitExceeded",
    "LimitExceededException",
    "VpcLimitExceeded",
    "AddressLimitExceeded",
    "TooManyBuckets",
    "ServiceQuotaExceededException",
];

fn call_hint(code: Option<&str>, command: &str) -> String {
    let Some(code) = code else {
        return format!("check the network and the region, then run `{command}` again");
    };
    let actions_by_codes = [
        (CREDENTIALS, "renew the credentials (as for the AWS CLI)"),
        (FORBIDDEN, "allow the denied call for the identity that made it"),
        (THROTTLED, "wait a minute"),
        (FULL, "delete unused resources or request a higher quota from AWS"),
    ];
    match actions_by_codes.iter().find(|(codes, _)| codes.contains(&code)) {
        Some((_, action)) => {
            format!("{action}, then run `{command}` again{}", resume_note(command))
        }
        None => repeat_hint(command),
    }
}

fn find_cause<E: Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

/// Returns the call that failed, or the first of several. Errors that display a cause as their own
/// text hide it from the chain.
fn sdk_failure(error: &anyhow::Error) -> Option<&SdkFailure> {
    error.chain().find_map(|cause| {
        let several: &[KindError] =
            match (cause.downcast_ref(), cause.downcast_ref(), cause.downcast_ref()) {
                (Some(ApplyError::Failed { failed, .. }), _, _) => failed,
                (Some(ApplyError::Observe(ObserveError { failed })), _, _)
                | (_, Some(ObserveError { failed }), _) => failed,
                (_, _, Some(one)) => std::slice::from_ref(one),
                _ => &[],
            };
        cause.downcast_ref().or_else(|| several.iter().find_map(sdk_failure_of))
    })
}

fn sdk_failure_of(failed: &KindError) -> Option<&SdkFailure> {
    match &failed.source {
        Cause::Sdk(failure) => Some(failure),
        Cause::Other(_) => None,
    }
}

#[cfg(test)]
mod tests;
