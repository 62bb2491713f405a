//! Every wait and every retry of the reconciler, on tokio's clock, which tests can advance.
//!
//! Rule: only the one error that passes with time is retried; the caller names it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The time for a new role or policy to be known to every service.
///
/// AWS names no bound (IAM User Guide, "Changes that I make are not always immediately visible");
/// terraform-provider-aws waits two minutes, `propagationTimeout`.
pub const IAM_PROPAGATION: Duration = Duration::from_secs(2 * 60);

/// For the name of a deleted queue to be free again: 60 seconds (SQS API reference, `DeleteQueue`).
pub(crate) const QUEUE_NAME_FREE: Duration = Duration::from_secs(90);

/// For a file system or mount target to be made, changed or gone: minutes as a rule, ten in
/// terraform-provider-aws.
pub(crate) const EFS_LIFE_CYCLE: Duration = Duration::from_secs(10 * 60);

/// For a task to leave CREATING: terraform-provider-aws waits five minutes.
pub(crate) const TASK_AVAILABLE: Duration = Duration::from_secs(5 * 60);

/// For a cancelled execution to end: it finishes the files under way first.
pub(crate) const EXECUTION_CANCEL: Duration = Duration::from_secs(5 * 60);

/// For Lambda to have a function's new code or configuration in place: seconds as a rule.
pub(crate) const FUNCTION_UPDATE: Duration = Duration::from_secs(5 * 60);

/// For a bucket to be the same everywhere: S3 refuses a change while another of the same bucket is
/// under way (`OperationAborted`), and may not know yet what was just made (`NoSuchBucket`).
/// terraform-provider-aws waits two minutes.
pub(crate) const BUCKET_SETTLES: Duration = Duration::from_secs(2 * 60);

/// The time for a new EC2 resource to be known to other calls ("Eventual consistency", EC2
/// developer guide, names no bound); terraform-provider-aws waits two minutes,
/// `ec2PropagationTimeout`.
pub(crate) const EC2_SETTLES: Duration = Duration::from_secs(2 * 60);

/// For a NAT gateway to leave `pending`: a minute or two as a rule, ten in terraform-provider-aws.
pub(crate) const NAT_GATEWAY_AVAILABLE: Duration = Duration::from_secs(10 * 60);

/// For an interface endpoint to leave `pending`: a minute or two as a rule, ten in
/// terraform-provider-aws.
pub(crate) const VPC_ENDPOINT_AVAILABLE: Duration = Duration::from_secs(10 * 60);

/// The time for an EC2 resource to lose its dependents: DataSync's network interfaces and NAT
/// gateways take minutes to disappear. Shorter than a Lambda function may run;
/// terraform-provider-aws waits up to twenty minutes.
pub(crate) const EC2_DEPENDENTS_GONE: Duration = Duration::from_secs(10 * 60);

/// For an EC2 instance to run, or to be stopped: a minute as a rule; terraform-provider-aws waits
/// ten minutes.
pub(crate) const INSTANCE_STATE: Duration = Duration::from_secs(10 * 60);

/// The time for a read to see a write, where a service's responses may lag (IAM, EventBridge):
/// seconds as a rule.
pub(crate) const VISIBLE: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// For a bucket's first versioning to hold everywhere: until then S3 may answer `NoSuchKey` for
/// what was just written (S3 User Guide, "Enabling versioning on buckets": up to 15 minutes).
pub const VERSIONING_HOLDS: Duration = Duration::from_secs(15 * 60);

/// Calls `operation` until it succeeds, fails for a reason that doesn't pass, or `bound` is over:
/// then its last error.
///
/// # Errors
/// The last one of `operation`.
pub async fn retry<T, E>(
    bound: Duration,
    passes_with_time: impl Fn(&E) -> bool,
    mut operation: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut pauses = Pauses::within(bound);
    loop {
        match operation().await {
            Err(error) if passes_with_time(&error) => {
                if !pauses.pause().await {
                    return Err(error);
                }
            }
            outcome => return outcome,
        }
    }
}

/// Calls `probe` until it answers or fails; `None` when `bound` is over.
///
/// # Errors
/// That of `probe`.
pub async fn until<T, E>(
    bound: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let mut pauses = Pauses::within(bound);
    loop {
        if let Some(answer) = probe().await? {
            return Ok(Some(answer));
        }
        if !pauses.pause().await {
            return Ok(None);
        }
    }
}

/// Pauses that double up to the longest, the last cut short by the bound.
struct Pauses {
    end: Instant,
    next: Duration,
}

impl Pauses {
    fn within(bound: Duration) -> Self {
        Self { end: Instant::now() + bound, next: FIRST_PAUSE }
    }

    /// Pauses, or answers `false` when no time is left.
    async fn pause(&mut self) -> bool {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        sleep(self.next.min(left)).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_secs(60);

    /// Fails with the errors in turn, then succeeds; answers the outcome, the calls and the time it
    /// took.
    async fn check_retry(
        errors: &[&'static str],
    ) -> (Result<usize, &'static str>, usize, Duration) {
        let (mut calls, start) = (0, Instant::now());
        let outcome = retry(
            BOUND,
            |error| *error == "passes",
            async || {
                calls += 1;
                errors.get(calls - 1).map_or(Ok(calls), |error| Err(*error))
            },
        );
        let outcome = outcome.await;
        (outcome, calls, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_passes_with_time_is_tried_again() {
        assert_eq!(check_retry(&[]).await, (Ok(1), 1, Duration::ZERO));
        assert_eq!(
            check_retry(&["passes", "passes"]).await,
            (Ok(3), 3, Duration::from_millis(1_500))
        );
        assert_eq!(check_retry(&["stays"]).await, (Err("stays"), 1, Duration::ZERO));
        assert_eq!(
            check_retry(&["passes", "stays"]).await,
            (Err("stays"), 2, Duration::from_millis(500))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_comes_when_the_time_is_over() {
        let (outcome, calls, elapsed) = check_retry(&["passes"; 100]).await;
        assert_eq!((outcome, elapsed), (Err("passes"), BOUND));
        assert_eq!(calls, 11, "pauses of 0.5, 1, 2, 4, 8, 10, 10, 10, 10 and 4.5 seconds");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_is_repeated_until_it_succeeds_or_times_out() {
        let mut left = 3;
        let answer = until::<_, ()>(BOUND, async || {
            left -= 1;
            Ok((left == 0).then_some("done"))
        });
        assert_eq!(answer.await, Ok(Some("done")));
        assert_eq!(until::<(), ()>(BOUND, async || Ok(None)).await, Ok(None));
        assert_eq!(until::<(), _>(BOUND, async || Err("broken")).await, Err("broken"));
    }
}
