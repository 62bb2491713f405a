//! A limit of the calls of one service, each operation on its own: a token bucket, as EC2 documents
//! its own throttling (EC2 Developer Guide, "Request throttling for the Amazon EC2 API").

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::call::Call;

/// The calls of each operation that a service takes a second; its bucket holds those of one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub service: &'static str,
    pub reads: u32,
    pub changes: u32,
}

impl RateLimit {
    fn per_second(self, mutates: bool) -> f64 {
        f64::from(if mutates { self.changes } else { self.reads })
    }

    /// The least time that so many calls of one operation take.
    #[must_use]
    pub fn least_time(self, calls: usize, mutates: bool) -> Duration {
        let rate = self.per_second(mutates);
        Duration::from_secs_f64((calls as f64 / rate - 1.0).max(0.0))
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
    granted: usize,
    mutates: bool,
}

/// The buckets of the operations called so far.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<String, Bucket>);

impl Buckets {
    /// Takes a token for the call; `false` when there is none.
    pub(super) fn take_token(&mut self, limit: RateLimit, call: &Call) -> bool {
        if call.service != limit.service {
            return true;
        }
        let (now, rate) = (Instant::now(), limit.per_second(call.mutates));
        let new = Bucket { tokens: rate, filled: now, granted: 0, mutates: call.mutates };
        let bucket = self.0.entry(call.operation.clone()).or_insert(new);
        let refill = (now - bucket.filled).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + refill).min(rate);
        bucket.filled = now;
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
            bucket.granted += 1;
        }
        granted
    }

    /// The least time in which the granted calls can have been made.
    pub(super) fn least_time(&self, limit: RateLimit) -> Duration {
        let times = self.0.values();
        let times = times.map(|bucket| limit.least_time(bucket.granted, bucket.mutates));
        times.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { service: "datasync", reads: 4, changes: 2 };

    fn new_call(operation: &str, mutates: bool) -> Call {
        Call {
            service: "datasync".into(),
            region: String::new(),
            operation: operation.into(),
            mutates,
            fingerprint: String::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_operation_has_its_own_rate() {
        let mut buckets = Buckets::default();
        let mut count_granted = |operation, mutates| {
            let call = new_call(operation, mutates);
            (0..9).filter(|_| buckets.take_token(LIMIT, &call)).count()
        };
        assert_eq!((count_granted("ListTasks", false), count_granted("CreateTask", true)), (4, 2));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!((count_granted("ListTasks", false), count_granted("CreateTask", true)), (2, 1));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(count_granted("CreateTask", true), 2);
        assert_eq!(buckets.least_time(LIMIT), Duration::from_millis(1_500));
        let elsewhere = Call { service: "ec2".into(), ..new_call("CreateTask", true) };
        assert!((0..9).all(|_| buckets.take_token(LIMIT, &elsewhere)));
    }
}
