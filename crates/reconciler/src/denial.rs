//! Denials that pass with time: a changed role or policy, and the tags of a new resource, are not
//! known everywhere at once.
//!
//! Rule: a denial is retried only while a possible cause is recent; any other denial is reported at
//! once.

use std::cell::Cell;
use std::time::Duration;

use aws::SdkFailure;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::time::Instant;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, IAM_PROPAGATION};

/// Error codes by which the services deny a call.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedException",
    UNAUTHORIZED,
];
/// EC2's code, also when a policy requires a tag that EC2 does not see yet.
const UNAUTHORIZED: &str = "UnauthorizedOperation";

/// The time for EC2's authorization to see the tags of a new resource. No bound is documented
/// ("Eventual consistency in the Amazon EC2 API"); seconds as a rule.
const TAGS_SEEN: Duration = Duration::from_secs(30);

/// Whether a service denied the call.
#[must_use]
pub fn is_denial(failure: &SdkFailure) -> bool {
    failure.is(DENIED)
}

pub(crate) fn is_denied(error: &KindError) -> bool {
    matches!(&error.source, Cause::Sdk(failure) if is_denial(failure))
}

/// Retries a HEAD while S3 denies it and the caller's permissions are new. Its response has no
/// body, so the status is the only information.
pub(crate) async fn head_while_young<T, E>(
    aws: &Aws,
    head: impl AsyncFnMut() -> Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, SdkError<E, HttpResponse>> {
    let is_denied = |error: &SdkError<E, HttpResponse>| {
        error.raw_response().is_some_and(|response| response.status().as_u16() == 403)
    };
    wait::retry(IAM_PROPAGATION, |error| is_denied(error) && aws.denials_may_pass(), head).await
}

/// The times until which recent changes may not be in effect everywhere.
#[derive(Debug, Default)]
pub(crate) struct Young {
    role_until: Cell<Option<Instant>>,
    tags_until: Cell<Option<Instant>>,
}

impl Young {
    /// `caller_until` is the time until which the caller's own permissions may be new.
    pub(crate) fn new(caller_until: Option<Instant>) -> Self {
        Self { role_until: Cell::new(caller_until), tags_until: Cell::default() }
    }

    pub(crate) fn role_changed(&self, now: Instant) {
        self.role_until.set(self.role_until.get().max(Some(now + IAM_PROPAGATION)));
    }

    pub(crate) fn note_tagged(&self, now: Instant) {
        self.tags_until.set(self.tags_until.get().max(Some(now + TAGS_SEEN)));
    }

    /// Whether a retry of the failed call may succeed.
    pub(crate) fn may_pass(&self, error: &KindError, now: Instant) -> bool {
        let role_is_young = self.role_until.get().is_some_and(|until| now < until);
        let tags_are_young = self.tags_until.get().is_some_and(|until| now < until);
        (is_denied(error) && role_is_young) || (error.is(&[UNAUTHORIZED]) && tags_are_young)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatchlogs::error::ErrorMetadata;
    use aws_sdk_cloudwatchlogs::operation::create_log_group::CreateLogGroupError;

    use super::*;

    fn denied_error(code: &str) -> KindError {
        let meta = ErrorMetadata::builder().code(code).build();
        KindError::doing("creating log group", "x")(SdkError::service_error(
            CreateLogGroupError::generic(meta),
            (),
        ))
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_passes_only_while_what_it_may_come_from_is_young() {
        let now = Instant::now();
        let passes = |young: &Young, after: u64| {
            [UNAUTHORIZED, "AccessDenied", "AccessDeniedException", "ValidationError"]
                .map(|code| young.may_pass(&denied_error(code), now + Duration::from_secs(after)))
        };
        assert_eq!(passes(&Young::default(), 0), [false; 4]);
        let young = Young::default();
        young.note_tagged(now);
        assert_eq!(passes(&young, 29), [true, false, false, false]);
        assert_eq!(passes(&young, 30), [false; 4]);
        young.role_changed(now);
        assert_eq!(passes(&young, 119), [true, true, true, false]);
        assert_eq!(passes(&young, 120), [false; 4]);
        let caller = Young::new(Some(now + Duration::from_secs(60)));
        assert_eq!(
            (passes(&caller, 59), passes(&caller, 60)),
            ([true, true, true, false], [false; 4])
        );
    }
}
