//! What of an execution moves while it runs: counters, the cancel signal, the bandwidth limit.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::throttle::Throttle;
use crate::state::{Counters, EnhancedCounters, FilesFailed, FoldersFailed, Listed};

#[derive(Debug)]
pub struct Live {
    pub throttle: Throttle,
    pub(super) count: LiveCounters,
    enhanced: bool,
    cancelled: watch::Sender<bool>,
}

/// [`Counters`] that many tasks add to.
#[derive(Debug, Default)]
pub(super) struct LiveCounters {
    pub(super) listed: Tally,
    pub(super) listed_for_delete: Tally,
    pub(super) estimated: Tally,
    pub(super) estimated_deletions: Tally,
    pub(super) transferred: Tally,
    pub(super) deleted: Tally,
    pub(super) skipped: Tally,
    pub(super) verified: Tally,
    pub(super) failed_prepare: Tally,
    pub(super) failed_transfer: Tally,
    pub(super) failed_verify: Tally,
    pub(super) failed_delete: Tally,
    pub(super) estimated_bytes: AtomicU64,
    pub(super) bytes_transferred: AtomicU64,
    pub(super) bytes_written: AtomicU64,
}

/// Files and directories apart: Enhanced mode tells them apart, Basic adds them up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    files: AtomicU64,
    folders: AtomicU64,
}

impl Live {
    /// `rate` in bytes per second; `-1`: no limit.
    #[must_use]
    pub fn new(rate: i64, enhanced: bool) -> Self {
        let (count, cancelled) = (LiveCounters::default(), watch::Sender::new(false));
        Self { throttle: Throttle::new(rate), count, enhanced, cancelled }
    }

    /// The counters at this moment. Nothing is compressed here, so what is sent counts as
    /// compressed.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = &self.count;
        let items = |tally: &Tally| {
            if self.enhanced { tally.files() } else { tally.files() + tally.folders() }
        };
        // Deletions count as files to transfer in Basic mode (API reference,
        // EstimatedFilesToTransfer).
        let deletions = if self.enhanced { 0 } else { items(&count.estimated_deletions) };
        Counters {
            estimated_files_to_transfer: items(&count.estimated) + deletions,
            estimated_bytes_to_transfer: get(&count.estimated_bytes),
            files_transferred: items(&count.transferred),
            bytes_written: get(&count.bytes_written),
            bytes_transferred: get(&count.bytes_transferred),
            bytes_compressed: get(&count.bytes_transferred),
            files_deleted: items(&count.deleted),
            files_skipped: items(&count.skipped),
            files_verified: items(&count.verified),
            estimated_files_to_delete: items(&count.estimated_deletions),
            enhanced: self.enhanced.then(|| count.enhanced()),
        }
    }

    /// Asks the execution to stop. What is being sent is finished or aborted; nothing new begins.
    pub fn cancel(&self) {
        self.cancelled.send_replace(true);
        // What waits for the line is to see that nothing waits any more.
        self.throttle.set_rate(-1);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Returns once the execution is cancelled.
    pub async fn until_cancelled(&self) {
        let mut cancelled = self.cancelled.subscribe();
        // The sender is ours, so this ends only when the value is true.
        let _ended = cancelled.wait_for(|cancelled| *cancelled).await;
    }
}

impl LiveCounters {
    fn enhanced(&self) -> EnhancedCounters {
        EnhancedCounters {
            files_prepared: self.estimated.files(),
            files_listed: Listed {
                at_source: self.listed.files(),
                at_destination_for_delete: self.listed_for_delete.files(),
            },
            files_failed: FilesFailed {
                prepare: self.failed_prepare.files(),
                transfer: self.failed_transfer.files(),
                verify: self.failed_verify.files(),
                delete: self.failed_delete.files(),
            },
            estimated_folders_to_delete: self.estimated_deletions.folders(),
            estimated_folders_to_transfer: self.estimated.folders(),
            folders_skipped: self.skipped.folders(),
            folders_prepared: self.estimated.folders(),
            folders_transferred: self.transferred.folders(),
            folders_verified: self.verified.folders(),
            folders_deleted: self.deleted.folders(),
            folders_listed: Listed {
                at_source: self.listed.folders(),
                at_destination_for_delete: self.listed_for_delete.folders(),
            },
            folders_failed: FoldersFailed {
                list: 0,
                prepare: self.failed_prepare.folders(),
                transfer: self.failed_transfer.folders(),
                verify: self.failed_verify.folders(),
                delete: self.failed_delete.folders(),
            },
        }
    }
}

impl Tally {
    pub(super) fn one(&self, is_folder: bool) {
        add(if is_folder { &self.folders } else { &self.files }, 1);
    }

    fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    fn folders(&self) -> u64 {
        self.folders.load(Ordering::Relaxed)
    }
}

pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
