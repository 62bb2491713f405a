//! The bandwidth limit, which may change while an execution runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Gives out the line in turn: each piece waits until those before it have had their time.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes per second; not above 0: no limit.
    rate: AtomicI64,
    free_at: Mutex<Option<Instant>>,
}

impl Throttle {
    pub(super) fn new(rate: i64) -> Self {
        Self { rate: AtomicI64::new(rate), free_at: Mutex::new(None) }
    }

    /// `-1`: no limit.
    pub fn set_rate(&self, rate: i64) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// Waits until `bytes` may be sent.
    pub(super) async fn pass(&self, bytes: u64) {
        let Ok(rate @ 1..) = u64::try_from(self.rate.load(Ordering::Relaxed)) else { return };
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        sleep_until(self.reserve(time)).await;
    }

    /// The line is ours from the returned moment on, for `time`.
    fn reserve(&self, time: Duration) -> Instant {
        let now = Instant::now();
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = free_at.filter(|free| *free > now).unwrap_or(now);
        *free_at = begin.checked_add(time).or(Some(begin));
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_limit_spreads_the_pieces_and_none_lets_them_pass() {
        let begin = Instant::now();
        let free = Throttle::new(-1);
        free.pass(1 << 40).await;
        assert!(begin.elapsed() < Duration::from_millis(50));
        let limited = Throttle::new(10_000);
        for _ in 0..3 {
            limited.pass(1_000).await;
        }
        assert!(begin.elapsed() >= Duration::from_millis(199), "the third piece begins after two had 100 ms each");
    }
}
