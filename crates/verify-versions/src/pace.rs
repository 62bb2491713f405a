//! How many requests may be under way: one more after as many good answers as are under way, half
//! as many after a throttled one (additive increase, multiplicative decrease). No request is given
//! up for throttling alone before [`ATTEMPTS`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// At S3's usual 20 to 100 ms this is 640 to 3,200 a second at the start; S3 offers 5,500 per
/// prefix.
const FIRST: usize = 64;
const MOST: usize = 256;
pub(crate) const ATTEMPTS: u32 = 10;

#[derive(Debug)]
pub(crate) struct Pace {
    limit: AtomicUsize,
    good: AtomicUsize,
    /// Answers still to come from before the last decrease: they say nothing new.
    old: AtomicUsize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { limit: AtomicUsize::new(FIRST), good: AtomicUsize::new(0), old: AtomicUsize::new(0) }
    }
}

impl Pace {
    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    pub(crate) fn answered(&self) {
        self.is_old();
        let limit = self.limit();
        if self.good.fetch_add(1, Ordering::Relaxed) + 1 >= limit {
            self.good.store(0, Ordering::Relaxed);
            self.limit.store((limit + 1).min(MOST), Ordering::Relaxed);
        }
    }

    pub(crate) fn throttled(&self) {
        if self.is_old() {
            return;
        }
        self.old.store(self.limit(), Ordering::Relaxed);
        self.good.store(0, Ordering::Relaxed);
        self.limit.store((self.limit() / 2).max(1), Ordering::Relaxed);
    }

    fn is_old(&self) -> bool {
        let less = |old: usize| old.checked_sub(1);
        self.old.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Before the next attempt; `attempt` begins at 1.
    pub(crate) fn pause(attempt: u32) -> Duration {
        Duration::from_millis(25) * 2_u32.pow(attempt.min(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_rises_slowly_falls_at_once_and_never_to_nothing() {
        let pace = Pace::default();
        (0..FIRST).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), FIRST + 1);
        pace.throttled();
        assert_eq!(pace.limit(), FIRST / 2);
        (0..FIRST).for_each(|_| pace.throttled());
        assert_eq!(pace.limit(), FIRST / 2, "those were under way before the decrease");
        (0..10_000).for_each(|_| pace.throttled());
        assert_eq!(pace.limit(), 1);
        (0..1_000_000).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), MOST);
    }
}
