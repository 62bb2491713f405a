//! Retries of calls that a service throttles.
//!
//! The SDK's retry quota holds 500 tokens and takes 5 for a retry (`TokenBucket` of
//! aws-smithy-runtime 1.16). Its strategy keeps the permit of one call for a whole client, so that
//! calls in parallel lose each other's: after some hundred throttled calls the quota is empty, and
//! the next throttled call fails without a retry. The quota protects a service that is down; one
//! that throttles works, and says how much it takes.

use aws_sdk_s3::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::ErrorKind;

/// A retry quota for one client, of which throttled calls take nothing: their retries are bounded
/// by the number of attempts. Other errors take what they take by default.
#[must_use]
pub fn free_throttle_retries() -> RetryPartition {
    let quota = TokenBucket::builder().throttling_retry_cost(0).build();
    RetryPartition::custom("throttled calls are free").token_bucket(quota).build()
}

/// Forbids every retry but that of a throttled call, for a call that must not take effect twice: a
/// throttled one had no effect.
#[derive(Clone, Copy, Debug)]
pub struct OnlyThrottled;

impl ClassifyRetry for OnlyThrottled {
    /// Decides nothing without the other classifiers.
    fn classify_retry(&self, _context: &InterceptorContext) -> RetryAction {
        RetryAction::RetryForbidden
    }

    fn classify_retry_v2(&self, _: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError {
                kind: ErrorKind::ThrottlingError,
                ..
            }) => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only throttled calls"
    }

    /// After those of the SDK.
    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests;
