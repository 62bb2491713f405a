//! Changes that the command line made just before it invoked the function, and that may not be in
//! effect yet: the first configuration in a bucket whose versioning is new, and the function's own
//! permissions.

use std::time::Duration;

use aws::SdkFailure;
use aws::lock::LockError;
use aws::records_bucket::RecordsError;
use chrono::{DateTime, Utc};
use domain::request::BootstrapRequest;
use reconciler::is_denial;
use reconciler::wait::{self, IAM_PROPAGATION, VERSIONING_HOLDS};
use reconciler::{Cause, KindError};
use tokio::time::Instant;

use crate::error::BootstrapError;

/// The times until which failures may come from recent changes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecentChanges {
    config_until: Option<Instant>,
    role_until: Option<Instant>,
}

impl RecentChanges {
    /// The changes that the request names; `stop_at` is the time after which nothing is started.
    pub(crate) fn from_request(
        request: &BootstrapRequest,
        now: DateTime<Utc>,
        stop_at: Option<Instant>,
    ) -> Self {
        let started = Instant::now();
        let within = |bound: Duration| {
            stop_at.map_or(started + bound, |stop_at| stop_at.min(started + bound))
        };
        let role_wait = request.role_changed_at.map(|changed_at| {
            // The times are of two clocks: one in the future counts as now.
            IAM_PROPAGATION.saturating_sub((now - changed_at).to_std().unwrap_or_default())
        });
        Self {
            config_until: request.configured.then(|| within(VERSIONING_HOLDS)),
            role_until: role_wait.filter(|left| !left.is_zero()).map(within),
        }
    }

    /// The time until which a denial may be temporary.
    pub(crate) fn role_until(&self) -> Option<Instant> {
        self.role_until
    }

    /// Calls `operation` again while its failure may come from a recent change.
    pub(crate) async fn retry<T>(
        &self,
        operation: impl AsyncFnMut() -> Result<T, BootstrapError>,
    ) -> Result<T, BootstrapError> {
        wait::retry(
            VERSIONING_HOLDS,
            |error| self.may_be_temporary(error, Instant::now()),
            operation,
        )
        .await
    }

    fn may_be_temporary(&self, error: &BootstrapError, now: Instant) -> bool {
        let is_recent = |until: Option<Instant>| until.is_some_and(|until| now < until);
        (matches!(error, BootstrapError::NotDeployed) && is_recent(self.config_until))
            || (is_denied(error) && is_recent(self.role_until))
    }
}

fn is_denied(error: &BootstrapError) -> bool {
    match error {
        BootstrapError::Records(error) | BootstrapError::Lock(LockError::Records(error)) => {
            is_records_denied(error)
        }
        BootstrapError::DataSources(error) => is_kind_denied(error),
        BootstrapError::Observe(error) => error.failed.iter().all(is_kind_denied),
        _ => false,
    }
}

fn is_records_denied(error: &RecordsError) -> bool {
    matches!(error, RecordsError::Call { source, .. } if is_call_denied(source))
}

fn is_kind_denied(error: &KindError) -> bool {
    matches!(&error.source, Cause::Sdk(failure) if is_call_denied(failure))
}

/// Whether AWS denied the call. S3 answers a HEAD without a body, and so without a code.
fn is_call_denied(failure: &SdkFailure) -> bool {
    is_denial(failure) || failure.is(&["Forbidden"])
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::error::{ErrorMetadata, SdkError};
    use aws_sdk_sns::operation::publish::PublishError;
    use chrono::TimeDelta;
    use domain::request::BootstrapAction;

    use super::*;

    fn request_with(configured: bool, role_changed_at: Option<DateTime<Utc>>) -> BootstrapRequest {
        BootstrapRequest {
            configured,
            role_changed_at,
            ..BootstrapRequest::new(BootstrapAction::Apply)
        }
    }

    fn failed_call(code: &str) -> BootstrapError {
        let meta = ErrorMetadata::builder().code(code).build();
        let source = SdkError::service_error(PublishError::generic(meta), ()).into();
        RecordsError::Call { doing: "reading", uri: "s3://records/x".to_owned(), source }.into()
    }

    /// The seconds for which a permanent failure is retried.
    async fn retry_seconds(changes: RecentChanges, failure: impl Fn() -> BootstrapError) -> u64 {
        let begun = Instant::now();
        changes.retry::<()>(async || Err(failure())).await.unwrap_err();
        begun.elapsed().as_secs()
    }

    fn changed_stack(configured: bool, role_age: Option<TimeDelta>) -> RecentChanges {
        let now = Utc::now();
        let request = request_with(configured, role_age.map(|age| now - age));
        RecentChanges::from_request(&request, now, None)
    }

    fn require_near(seconds: u64, expected: u64) {
        assert!(seconds.abs_diff(expected) <= 10, "{seconds} for {expected}")
    }

    #[tokio::test(start_paused = true)]
    async fn only_failures_of_recent_changes_are_retried() {
        let just_now = Some(TimeDelta::zero());
        let (absent, denied) = (|| BootstrapError::NotDeployed, || failed_call("AccessDenied"));
        assert_eq!(retry_seconds(changed_stack(false, None), absent).await, 0);
        assert_eq!(retry_seconds(changed_stack(false, None), denied).await, 0);
        assert_eq!(retry_seconds(changed_stack(true, None), denied).await, 0);
        let long_ago = changed_stack(false, Some(TimeDelta::days(1)));
        assert_eq!(retry_seconds(long_ago, denied).await, 0);
        let slowed = || failed_call("SlowDown");
        assert_eq!(retry_seconds(changed_stack(true, just_now), slowed).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_retried_only_for_their_time() {
        let (absent, denied) = (|| BootstrapError::NotDeployed, || failed_call("AccessDenied"));
        require_near(retry_seconds(changed_stack(true, None), absent).await, 15 * 60);
        for (age, seconds) in [(0, 120), (90, 30)] {
            let changed = changed_stack(false, Some(TimeDelta::seconds(age)));
            require_near(retry_seconds(changed, denied).await, seconds);
        }
        let deadline = Some(Instant::now() + Duration::from_secs(60));
        let soon = RecentChanges::from_request(&request_with(true, None), Utc::now(), deadline);
        require_near(retry_seconds(soon, absent).await, 60);
    }
}
