//! The bandwidth limit, which may change while an execution runs.

use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};

/// A limit that senders pass one after the other: each waits until the one before it has had its
/// time.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes per second; not above 0: no limit.
    rate: watch::Sender<i64>,
    last_send: Mutex<LastSend>,
}

/// The bytes that were sent last, and still take time at the current rate.
#[derive(Debug)]
struct LastSend {
    bytes: f64,
    since: Instant,
}

impl Throttle {
    pub(crate) fn new(rate: i64) -> Self {
        Self {
            rate: watch::Sender::new(rate),
            last_send: Mutex::new(LastSend { bytes: 0.0, since: Instant::now() }),
        }
    }

    /// Sets the rate; `-1`: no limit. Senders that wait already continue at the new rate.
    pub fn set_rate(&self, rate: i64) {
        self.rate.send_replace(rate);
    }

    /// Waits until `bytes` may be sent.
    pub(crate) async fn wait_for_turn(&self, bytes: u64) {
        let mut changes = self.rate.subscribe();
        if *changes.borrow() <= 0 {
            return;
        }
        let mut last_send = self.last_send.lock().await;
        loop {
            let rate = *changes.borrow_and_update();
            let Some(left) = last_send.time_left(rate) else { break };
            tokio::select! {
                () = sleep(left) => {}
                _changed = changes.changed() => last_send.subtract_elapsed(rate),
            }
        }
        *last_send = LastSend::begin_now(bytes);
    }
}

impl LastSend {
    fn begin_now(bytes: u64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a byte more or less of petabytes changes nothing"
        )]
        let bytes = bytes as f64;
        Self { bytes, since: Instant::now() }
    }

    /// The time that the bytes still take at this rate; `None` when it is over.
    fn time_left(&self, rate: i64) -> Option<Duration> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a byte more or less of petabytes changes nothing"
        )]
        let seconds = if rate > 0 {
            self.bytes / rate as f64 - self.since.elapsed().as_secs_f64()
        } else {
            0.0
        };
        // A year stands for a time that no duration can hold.
        (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(31_536_000.0)))
    }

    /// Subtracts the bytes that had their time at this rate.
    fn subtract_elapsed(&mut self, rate: i64) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a byte more or less of petabytes changes nothing"
        )]
        let passed = rate.max(0) as f64 * self.since.elapsed().as_secs_f64();
        *self = Self { bytes: (self.bytes - passed).max(0.0), since: Instant::now() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limit_spreads_the_pieces_and_none_lets_them_pass() {
        let begin = Instant::now();
        let free = Throttle::new(-1);
        free.wait_for_turn(1 << 40).await;
        assert!(begin.elapsed() < Duration::from_millis(50));
        let limited = Throttle::new(10_000);
        for _ in 0..3 {
            limited.wait_for_turn(1_000).await;
        }
        assert!(
            begin.elapsed() >= Duration::from_millis(199),
            "the third piece begins after two had 100 ms each"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_rate_holds_for_senders_that_wait_already() {
        let throttle = Throttle::new(1);
        throttle.wait_for_turn(1_000).await;
        let begin = Instant::now();
        tokio::join!(throttle.wait_for_turn(1), async {
            sleep(Duration::from_secs(500)).await;
            throttle.set_rate(10);
        });
        let waited = begin.elapsed().as_secs();
        assert!((549..=551).contains(&waited), "500 bytes at 1 a second, 500 at 10: {waited} s");
    }
}
