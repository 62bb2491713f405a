//! Retries and waits for EC2, whose reads and references lag behind its writes.

use aws::SdkFailure;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::config::{Builder, Config};

use super::refusals::{HELD, is_absent, is_early};
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, EC2_DEPENDENTS_GONE, EC2_SETTLES, VISIBLE};

/// A configuration for calls that create a resource, without retries: such a call is repeated only
/// when EC2 certainly did nothing.
pub(super) fn sent_once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// Waits until a resource that was just created is visible. Returns `false` for one that was
/// deleted since: it never is.
pub(super) async fn becomes_visible<T>(
    mut described: impl AsyncFnMut() -> Result<Vec<T>, KindError>,
) -> Result<bool, KindError> {
    let found =
        wait::until(VISIBLE, async || described().await.map(|mut found| found.pop())).await?;
    Ok(found.is_some())
}

/// Calls again while it [is early](is_early).
pub(super) async fn retry_until_settled<T>(
    call: impl AsyncFnMut() -> Result<T, SdkFailure>,
) -> Result<T, SdkFailure> {
    wait::retry(EC2_SETTLES, is_early, call).await
}

/// Deletes a resource as soon as no other uses it. A resource that does not exist counts as
/// deleted.
pub(super) async fn delete_when_free<T>(
    call: impl AsyncFnMut() -> Result<T, SdkFailure>,
) -> Result<(), SdkFailure> {
    match wait::retry(EC2_DEPENDENTS_GONE, |failure| failure.is(&HELD), call).await {
        Err(failure) if !is_absent(&failure) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until `left` returns nothing.
pub(super) async fn wait_until_gone<T>(
    doing: &'static str,
    name: &str,
    mut left: impl AsyncFnMut() -> Result<Vec<T>, KindError>,
) -> Result<(), KindError> {
    let none_left =
        wait::until(EC2_DEPENDENTS_GONE, async || Ok(left().await?.is_empty().then_some(())));
    let minutes = EC2_DEPENDENTS_GONE.as_secs() / 60;
    let never = || {
        Cause::Other(format!(
            "waited {minutes} minutes for it to be gone; the next apply continues to wait"
        ))
    };
    none_left.await?.ok_or_else(|| KindError::doing(doing, name)(never()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::resources::ec2::testing::failure_with_code;

    #[tokio::test(start_paused = true)]
    async fn only_what_passes_with_time_is_called_again() {
        for (code, when_settled, when_removed) in [
            ("InvalidVpcID.NotFound", 2, 1),
            ("RequestLimitExceeded", 2, 1),
            ("DependencyViolation", 1, 2),
            ("UnauthorizedOperation", 1, 1),
        ] {
            let calls = Cell::new(0);
            let fails_once = async || {
                calls.set(calls.get() + 1);
                if calls.get() == 1 { Err(failure_with_code(code)) } else { Ok(()) }
            };
            drop(retry_until_settled(&fails_once).await);
            assert_eq!(calls.take(), when_settled, "{code}");
            drop(delete_when_free(&fails_once).await);
            assert_eq!(calls.get(), when_removed, "{code}");
        }
    }
}
