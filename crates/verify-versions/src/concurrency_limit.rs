//! The limit of concurrent requests: one more after as many successes as are under way, half as
//! many after a throttled request (additive increase, multiplicative decrease). Throttling alone
//! fails no request before [`MAX_ATTEMPTS`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// At S3's usual 20 to 100 ms this is 640 to 3,200 a second at the start; S3 offers 5,500 per
/// prefix.
const INITIAL_LIMIT: usize = 64;
const MAX_LIMIT: usize = 256;
pub(crate) const MAX_ATTEMPTS: u32 = 10;

#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    limit: AtomicUsize,
    successes: AtomicUsize,
    /// The answers still to come from before the last decrease: they show nothing new.
    stale: AtomicUsize,
}

impl Default for ConcurrencyLimit {
    fn default() -> Self {
        Self {
            limit: AtomicUsize::new(INITIAL_LIMIT),
            successes: AtomicUsize::new(0),
            stale: AtomicUsize::new(0),
        }
    }
}

impl ConcurrencyLimit {
    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    pub(crate) fn record_success(&self) {
        self.take_stale();
        let limit = self.limit();
        if self.successes.fetch_add(1, Ordering::Relaxed) + 1 >= limit {
            self.successes.store(0, Ordering::Relaxed);
            self.limit.store((limit + 1).min(MAX_LIMIT), Ordering::Relaxed);
        }
    }

    pub(crate) fn record_throttling(&self) {
        if self.take_stale() {
            return;
        }
        self.stale.store(self.limit(), Ordering::Relaxed);
        self.successes.store(0, Ordering::Relaxed);
        self.limit.store((self.limit() / 2).max(1), Ordering::Relaxed);
    }

    /// Returns whether an answer is from before the last decrease.
    fn take_stale(&self) -> bool {
        let less = |stale: usize| stale.checked_sub(1);
        self.stale.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Returns the delay before the next attempt; `attempt` begins at 1.
    pub(crate) fn retry_delay(attempt: u32) -> Duration {
        Duration::from_millis(25) * 2_u32.pow(attempt.min(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_rises_slowly_and_falls_at_once_but_never_to_zero() {
        let concurrency = ConcurrencyLimit::default();
        (0..INITIAL_LIMIT).for_each(|_| concurrency.record_success());
        assert_eq!(concurrency.limit(), INITIAL_LIMIT + 1);
        concurrency.record_throttling();
        assert_eq!(concurrency.limit(), INITIAL_LIMIT / 2);
        (0..INITIAL_LIMIT).for_each(|_| concurrency.record_throttling());
        assert_eq!(
            concurrency.limit(),
            INITIAL_LIMIT / 2,
            "those were under way before the decrease"
        );
        (0..10_000).for_each(|_| concurrency.record_throttling());
        assert_eq!(concurrency.limit(), 1);
        (0..1_000_000).for_each(|_| concurrency.record_success());
        assert_eq!(concurrency.limit(), MAX_LIMIT);
    }
}
