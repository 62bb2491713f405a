//! The line that ends every failure: what to do next.
//!
//! Where a failure happens often says it best ([`Advise`]); else it follows from what failed, by
//! type and code.

use std::error::Error;
use std::fmt;

use anyhow::Result;
use aws::SdkFailure;
use aws::lock::LockError;
use domain::error_code::ErrorCode;
use reconciler::apply::ApplyError;
use reconciler::kinds::{Cause, KindError};
use reconciler::observe::ObserveError;

use crate::invoke::InvokeError;

/// Adds what to do next to a failure.
pub(crate) trait Advise<T> {
    fn advise(self, next: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> Advise<T> for Result<T, E> {
    fn advise(self, next: impl Into<String>) -> Result<T> {
        self.map_err(|error| Advised { next: next.into(), error: error.into() }.into())
    }
}

/// Reads as the failure itself.
#[derive(Debug)]
struct Advised {
    next: String,
    error: anyhow::Error,
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Advised {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// What to do next. `command` is the one that failed: `efs-s3 deploy`.
pub(crate) fn next_step(error: &anyhow::Error, command: &str) -> String {
    if let Some(advised) = error.downcast_ref::<Advised>() {
        return advised.next.clone();
    }
    if let Some(lock) =
        find::<LockError>(error).filter(|lock| !matches!(lock, LockError::Records(_)))
    {
        return of_lock(lock, command);
    }
    if let Some(next) =
        find::<InvokeError>(error).and_then(|failure| of_invocation(failure, command))
    {
        return next;
    }
    match sdk_failure(error) {
        Some(failure) => of_call(failure.code.as_deref(), command),
        None => again(command),
    }
}

fn again(command: &str) -> String {
    format!("see to the cause above, then run `{command}` again{}", goes_on(command))
}

/// What changes the stack is safe to repeat at any point.
fn goes_on(command: &str) -> &'static str {
    let changes = command.ends_with("deploy") || command.ends_with("destroy");
    if changes { ": it goes on from where it stopped" } else { "" }
}

fn of_lock(lock: &LockError, command: &str) -> String {
    match lock {
        LockError::Held(_) => format!(
            "wait for its end and run `{command}` again; or, when it is certain that it does not \
                run, `efs-s3 unlock`"
        ),
        _ => format!("run `{command}` again"),
    }
}

fn of_invocation(failure: &InvokeError, command: &str) -> Option<String> {
    Some(match failure {
        InvokeError::Absent { .. } => "run `efs-s3 deploy`".to_owned(),
        InvokeError::Failed { code, .. } => match code {
            Some(ErrorCode::Locked) => {
                "wait for its end, or run `efs-s3 unlock` when it is certain that it does not run"
                    .to_owned()
            }
            Some(ErrorCode::NotDeployed) => "run `efs-s3 deploy`".to_owned(),
            Some(ErrorCode::PreflightFailed | ErrorCode::NoSuchResource) => {
                "correct stack.toml, then look with `efs-s3 plan`".to_owned()
            }
            Some(ErrorCode::Blocked) => {
                "look with `efs-s3 plan`: it names what may not be touched".to_owned()
            }
            _ => again(command),
        },
        InvokeError::TimedOut { .. } => format!("run `{command}` again{}", goes_on(command)),
        InvokeError::Malformed { .. } => {
            "run `efs-s3 deploy`: the function may be older than this command".to_owned()
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

fn of_call(code: Option<&str>, command: &str) -> String {
    let Some(code) = code else {
        return format!("check the network and the region, then run `{command}` again");
    };
    let turns = [
        (CREDENTIALS, "renew the credentials (as for the AWS CLI)"),
        (FORBIDDEN, "allow the call named above to whoever made it"),
        (THROTTLED, "wait a minute"),
        (FULL, "delete what is not needed or ask AWS for a higher quota"),
    ];
    match turns.iter().find(|(codes, _)| codes.contains(&code)) {
        Some((_, turn)) => format!("{turn}, then run `{command}` again{}", goes_on(command)),
        None => again(command),
    }
}

fn find<E: Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

/// The call that failed, or the first of several. Errors that show a cause as their own text hide
/// it from the chain.
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
        cause.downcast_ref().or_else(|| several.iter().find_map(of_kind))
    })
}

fn of_kind(failed: &KindError) -> Option<&SdkFailure> {
    match &failed.source {
        Cause::Sdk(failure) => Some(failure),
        Cause::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    const COMMAND: &str = "efs-s3 deploy";

    #[test]
    fn who_knows_best_is_heard() {
        let error = Err::<(), _>(anyhow!("no such file").context("reading `stack.toml`"))
            .advise("run `efs-s3 init`");
        let error = error.context("finding the stack").unwrap_err();
        assert_eq!(next_step(&error, COMMAND), "run `efs-s3 init`");
        assert_eq!(format!("{error:#}"), "finding the stack: reading `stack.toml`: no such file");
    }

    #[test]
    fn the_next_step_follows_from_what_failed() {
        let failed = |code| {
            let (function, message) = ("f".to_owned(), "no".to_owned());
            anyhow::Error::from(InvokeError::Failed { function, code: Some(code), message })
        };
        let unanswered = KindError {
            doing: "reading".into(),
            source: Cause::Sdk(SdkFailure::incomplete("name")),
        };
        let other = KindError { doing: "reading".into(), source: Cause::Other("gone".into()) };
        for (error, expected) in [
            (failed(ErrorCode::Locked), "wait for its end, or"),
            (failed(ErrorCode::PreflightFailed), "correct stack.toml"),
            (failed(ErrorCode::ApplyFailed), "see to the cause above"),
            (InvokeError::Absent { function: "f".into() }.into(), "run `efs-s3 deploy`"),
            (LockError::Contended.into(), "run `efs-s3 deploy` again"),
            (
                ApplyError::Failed { failed: vec![other, unanswered], done: 0, left: 0 }.into(),
                "check the network",
            ),
            (anyhow!("something"), "see to the cause above, then run `efs-s3 deploy` again"),
        ] {
            let next = next_step(&error, COMMAND);
            assert!(next.starts_with(expected), "{error}: {next}");
        }
    }

    #[test]
    fn a_code_says_whose_turn_it_is() {
        for (code, expected) in [
            (Some("ExpiredToken"), "renew the credentials"),
            (Some("UnauthorizedOperation"), "allow the call"),
            (Some("Throttling"), "wait a minute"),
            (Some("VpcLimitExceeded"), "delete what is not needed"),
            (Some("InternalError"), "see to the cause"),
            (None, "check the network"),
        ] {
            let next = of_call(code, COMMAND);
            assert!(next.starts_with(expected) && next.contains(COMMAND), "{code:?}: {next}");
        }
    }
}
