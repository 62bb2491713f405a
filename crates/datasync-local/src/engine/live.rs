//! What of an execution moves while it runs: counters, the cancel signal, the bandwidth limit.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::throttle::Throttle;
use crate::state::Counters;

#[derive(Debug)]
pub struct Live {
    pub throttle: Throttle,
    pub(super) count: LiveCounters,
    cancelled: watch::Sender<bool>,
}

/// [`Counters`] that many tasks add to.
#[derive(Debug, Default)]
pub(super) struct LiveCounters {
    pub(super) estimated_files: AtomicU64,
    pub(super) estimated_bytes: AtomicU64,
    pub(super) estimated_deletions: AtomicU64,
    pub(super) files_transferred: AtomicU64,
    pub(super) bytes_transferred: AtomicU64,
    pub(super) bytes_written: AtomicU64,
    pub(super) files_deleted: AtomicU64,
    pub(super) files_skipped: AtomicU64,
    pub(super) files_verified: AtomicU64,
}

impl Live {
    /// `rate` in bytes per second; `-1`: no limit.
    #[must_use]
    pub fn new(rate: i64) -> Self {
        Self { throttle: Throttle::new(rate), count: LiveCounters::default(), cancelled: watch::Sender::new(false) }
    }

    /// The counters at this moment. Nothing is compressed here, so what is sent counts as compressed.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = &self.count;
        Counters {
            estimated_files_to_transfer: get(&count.estimated_files),
            estimated_bytes_to_transfer: get(&count.estimated_bytes),
            files_transferred: get(&count.files_transferred),
            bytes_written: get(&count.bytes_written),
            bytes_transferred: get(&count.bytes_transferred),
            bytes_compressed: get(&count.bytes_transferred),
            files_deleted: get(&count.files_deleted),
            files_skipped: get(&count.files_skipped),
            files_verified: get(&count.files_verified),
            estimated_files_to_delete: get(&count.estimated_deletions),
        }
    }

    /// Asks the execution to stop. What is being sent is finished or aborted; nothing new begins.
    pub fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Returns once the execution is cancelled.
    pub(super) async fn until_cancelled(&self) {
        let mut cancelled = self.cancelled.subscribe();
        // The sender is ours, so this ends only when the value is true.
        let _ended = cancelled.wait_for(|cancelled| *cancelled).await;
    }
}

pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
