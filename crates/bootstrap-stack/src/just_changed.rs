//! What the command line changed just before it invoked the function, and what may not be visible
//! yet: the first configuration in a bucket whose versioning is young, and the function's own
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

use crate::handler::HandlerError;

/// The failures that may come from it, and until when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JustChanged {
    config_until: Option<Instant>,
    role_until: Option<Instant>,
}

impl JustChanged {
    /// `stop_at` is when this invocation begins nothing more.
    pub(crate) fn by(
        request: &BootstrapRequest,
        now: DateTime<Utc>,
        stop_at: Option<Instant>,
    ) -> Self {
        let begun = Instant::now();
        let within =
            |bound: Duration| stop_at.map_or(begun + bound, |stop_at| stop_at.min(begun + bound));
        let young = request.role_changed_at.map(|changed_at| {
            // Of two clocks: what lies in the future counts as now.
            IAM_PROPAGATION.saturating_sub((now - changed_at).to_std().unwrap_or_default())
        });
        Self {
            config_until: request.configured.then(|| within(VERSIONING_HOLDS)),
            role_until: young.filter(|left| !left.is_zero()).map(within),
        }
    }

    /// Until when a denial may pass.
    pub(crate) fn role_until(&self) -> Option<Instant> {
        self.role_until
    }

    /// Calls `operation` again while its failure may come from what was just changed.
    pub(crate) async fn retry<T>(
        &self,
        operation: impl AsyncFnMut() -> Result<T, HandlerError>,
    ) -> Result<T, HandlerError> {
        wait::retry(VERSIONING_HOLDS, |error| self.may_pass(error, Instant::now()), operation).await
    }

    fn may_pass(&self, error: &HandlerError, now: Instant) -> bool {
        let is_young = |until: Option<Instant>| until.is_some_and(|until| now < until);
        (matches!(error, HandlerError::NotDeployed) && is_young(self.config_until))
            || (is_denied(error) && is_young(self.role_until))
    }
}

fn is_denied(error: &HandlerError) -> bool {
    match error {
        HandlerError::Records(error) | HandlerError::Lock(LockError::Records(error)) => {
            of_records(error)
        }
        HandlerError::Surroundings(error) => of_kind(error),
        HandlerError::Observe(error) => error.failed.iter().all(of_kind),
        _ => false,
    }
}

fn of_records(error: &RecordsError) -> bool {
    matches!(error, RecordsError::Call { source, .. } if denied(source))
}

fn of_kind(error: &KindError) -> bool {
    matches!(&error.source, Cause::Sdk(failure) if denied(failure))
}

/// S3 answers a HEAD without a body, and so without a code.
fn denied(failure: &SdkFailure) -> bool {
    is_denial(failure) || failure.is(&["Forbidden"])
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::error::{ErrorMetadata, SdkError};
    use aws_sdk_sns::operation::publish::PublishError;
    use domain::request::BootstrapAction;

    use super::*;

    fn request(configured: bool, role_changed_at: Option<DateTime<Utc>>) -> BootstrapRequest {
        BootstrapRequest {
            configured,
            role_changed_at,
            ..BootstrapRequest::new(BootstrapAction::Apply)
        }
    }

    fn refused(code: &str) -> HandlerError {
        let meta = ErrorMetadata::builder().code(code).build();
        let source = SdkError::service_error(PublishError::generic(meta), ()).into();
        RecordsError::Call { doing: "reading", uri: "s3://records/x".to_owned(), source }.into()
    }

    /// The time for which a failure that stays is tried again.
    async fn patience(changed: JustChanged, failure: impl Fn() -> HandlerError) -> u64 {
        let begun = Instant::now();
        changed.retry::<()>(async || Err(failure())).await.unwrap_err();
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_come_from_the_change_is_tried_again_and_only_so_long() {
        let now = Utc::now();
        let changed = |configured, role| JustChanged::by(&request(configured, role), now, None);
        let (absent, denied) = (|| HandlerError::NotDeployed, || refused("AccessDenied"));
        let near = |seconds: u64, expected: u64| {
            assert!(seconds.abs_diff(expected) <= 10, "{seconds} for {expected}")
        };
        assert_eq!(patience(changed(false, None), absent).await, 0);
        assert_eq!(patience(changed(false, None), denied).await, 0);
        near(patience(changed(true, None), absent).await, 15 * 60);
        assert_eq!(patience(changed(true, None), denied).await, 0);
        near(patience(changed(false, Some(now)), denied).await, 120);
        near(
            patience(changed(false, Some(now - chrono::TimeDelta::seconds(90))), denied).await,
            30,
        );
        assert_eq!(
            patience(changed(false, Some(now - chrono::TimeDelta::days(1))), denied).await,
            0
        );
        assert_eq!(patience(changed(true, Some(now)), || refused("SlowDown")).await, 0);
        let soon = JustChanged::by(
            &request(true, None),
            now,
            Some(Instant::now() + Duration::from_secs(60)),
        );
        near(patience(soon, absent).await, 60);
    }
}
