//! Denials that pass with time: a changed role or policy, and the tags of what was just made, are
//! not known everywhere yet.
//!
//! Rule: a denial is tried again only while something that it may come from is young; any other is
//! told at once.

use std::cell::Cell;
use std::time::Duration;

use aws::SdkFailure;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::time::Instant;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, IAM_PROPAGATION};

/// How the services say that the caller may not.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedException",
    UNAUTHORIZED,
];
/// EC2's word, also where a grant asks for a tag that EC2 does not see yet.
const UNAUTHORIZED: &str = "UnauthorizedOperation";

/// For EC2's authorization to see the tags of what was just made. No bound is documented ("Eventual
/// consistency in the Amazon EC2 API"); seconds as a rule.
const TAGS_SEEN: Duration = Duration::from_secs(30);

/// Whether a service denied the call.
#[must_use]
pub fn is_denial(failure: &SdkFailure) -> bool {
    failure.is(DENIED)
}

pub(crate) fn is_denied(error: &KindError) -> bool {
    matches!(&error.source, Cause::Sdk(failure) if is_denial(failure))
}

/// Sends a HEAD again while S3 denies it and the caller's permissions are young. Its answer has no
/// body, so that the status is all that S3 says.
pub(crate) async fn head_while_young<T, E>(
    aws: &Aws,
    head: impl AsyncFnMut() -> Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, SdkError<E, HttpResponse>> {
    let is_denied = |error: &SdkError<E, HttpResponse>| {
        error.raw_response().is_some_and(|response| response.status().as_u16() == 403)
    };
    wait::retry(IAM_PROPAGATION, |error| is_denied(error) && aws.denials_may_pass(), head).await
}

/// What was changed a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Young {
    role_until: Cell<Option<Instant>>,
    tags_until: Cell<Option<Instant>>,
}

impl Young {
    /// `caller_until` is until when the caller's own permissions may be young.
    pub(crate) fn new(caller_until: Option<Instant>) -> Self {
        Self { role_until: Cell::new(caller_until), tags_until: Cell::default() }
    }

    pub(crate) fn role_changed(&self, now: Instant) {
        self.role_until.set(self.role_until.get().max(Some(now + IAM_PROPAGATION)));
    }

    pub(crate) fn tagged(&self, now: Instant) {
        self.tags_until.set(self.tags_until.get().max(Some(now + TAGS_SEEN)));
    }

    /// Whether this failure may be gone when tried again.
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

    fn refused(code: &str) -> KindError {
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
                .map(|code| young.may_pass(&refused(code), now + Duration::from_secs(after)))
        };
        assert_eq!(passes(&Young::default(), 0), [false; 4]);
        let young = Young::default();
        young.tagged(now);
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
