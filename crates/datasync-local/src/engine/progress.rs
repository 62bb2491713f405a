//! The part of an execution that changes while it runs: counters, cancel signal, bandwidth limit.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::engine::transfer::throttle::Throttle;
use crate::state::{EnhancedCounters, ExecutionCounters, FilesFailed, FoldersFailed, ListedCounts};

/// The progress of one execution, shared with the API.
#[derive(Debug)]
pub struct CopyProgress {
    pub throttle: Throttle,
    pub(crate) counters: ProgressCounters,
    enhanced: bool,
    cancelled: watch::Sender<bool>,
}

/// [`ExecutionCounters`] that many tasks add to.
#[derive(Debug, Default)]
pub(crate) struct ProgressCounters {
    pub(crate) listed: ItemCounter,
    pub(crate) listed_for_delete: ItemCounter,
    pub(crate) estimated: ItemCounter,
    pub(crate) estimated_deletions: ItemCounter,
    pub(crate) transferred: ItemCounter,
    pub(crate) deleted: ItemCounter,
    pub(crate) skipped: ItemCounter,
    pub(crate) verified: ItemCounter,
    pub(crate) failed_prepare: ItemCounter,
    pub(crate) failed_transfer: ItemCounter,
    pub(crate) failed_verify: ItemCounter,
    pub(crate) failed_delete: ItemCounter,
    pub(crate) estimated_bytes: ByteCounter,
    pub(crate) bytes_transferred: ByteCounter,
    pub(crate) bytes_written: ByteCounter,
}

/// Counts files and directories apart: Enhanced mode reports both, Basic mode their sum.
#[derive(Debug, Default)]
pub(crate) struct ItemCounter {
    files: AtomicU64,
    directories: AtomicU64,
}

/// Counts bytes.
#[derive(Debug, Default)]
pub(crate) struct ByteCounter(AtomicU64);

impl CopyProgress {
    /// A progress without any count; `rate` is in bytes per second, `-1`: no limit.
    #[must_use]
    pub fn new(rate: i64, enhanced: bool) -> Self {
        Self {
            throttle: Throttle::new(rate),
            counters: ProgressCounters::default(),
            enhanced,
            cancelled: watch::Sender::new(false),
        }
    }

    /// The items of a counter: in Enhanced mode directories are counted apart.
    fn count_items(&self, counter: &ItemCounter) -> u64 {
        let directories = if self.enhanced { 0 } else { counter.count_directories() };
        counter.count_files() + directories
    }

    /// The counters at this moment. Nothing is compressed here, so the sent bytes count as
    /// compressed.
    #[must_use]
    pub fn snapshot(&self) -> ExecutionCounters {
        let counters = &self.counters;
        let items = |counter| self.count_items(counter);
        // Deletions count as files to transfer in Basic mode (API reference,
        // EstimatedFilesToTransfer).
        let deletions = if self.enhanced { 0 } else { items(&counters.estimated_deletions) };
        ExecutionCounters {
            estimated_files_to_transfer: items(&counters.estimated) + deletions,
            estimated_bytes_to_transfer: counters.estimated_bytes.count(),
            files_transferred: items(&counters.transferred),
            bytes_written: counters.bytes_written.count(),
            bytes_transferred: counters.bytes_transferred.count(),
            bytes_compressed: counters.bytes_transferred.count(),
            files_deleted: items(&counters.deleted),
            files_skipped: items(&counters.skipped),
            files_verified: items(&counters.verified),
            estimated_files_to_delete: items(&counters.estimated_deletions),
            enhanced: self.enhanced.then(|| counters.enhanced_snapshot()),
        }
    }

    /// Asks the execution to stop: requests under way are finished or aborted, and no new ones are
    /// sent.
    pub fn cancel(&self) {
        self.cancelled.send_replace(true);
        // Without a limit nothing waits for its turn, so that every task sees the signal.
        self.throttle.set_rate(-1);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Returns once the execution is cancelled.
    pub async fn until_cancelled(&self) {
        let mut cancelled = self.cancelled.subscribe();
        // The sender is ours, so this ends only when the value is true.
        let _ended = cancelled.wait_for(|cancelled| *cancelled).await;
    }

    pub(crate) fn add_sent_bytes(&self, bytes: u64) {
        self.counters.bytes_transferred.add(bytes);
        self.counters.bytes_written.add(bytes);
    }
}

impl ProgressCounters {
    fn count_listed(&self, count: fn(&ItemCounter) -> u64) -> ListedCounts {
        ListedCounts {
            at_source: count(&self.listed),
            at_destination_for_delete: count(&self.listed_for_delete),
        }
    }

    fn failed_files(&self) -> FilesFailed {
        FilesFailed {
            prepare: self.failed_prepare.count_files(),
            transfer: self.failed_transfer.count_files(),
            verify: self.failed_verify.count_files(),
            delete: self.failed_delete.count_files(),
        }
    }

    fn enhanced_snapshot(&self) -> EnhancedCounters {
        EnhancedCounters {
            files_prepared: self.estimated.count_files(),
            files_listed: self.count_listed(ItemCounter::count_files),
            files_failed: self.failed_files(),
            estimated_folders_to_delete: self.estimated_deletions.count_directories(),
            estimated_folders_to_transfer: self.estimated.count_directories(),
            folders_skipped: self.skipped.count_directories(),
            folders_prepared: self.estimated.count_directories(),
            folders_transferred: self.transferred.count_directories(),
            folders_verified: self.verified.count_directories(),
            folders_deleted: self.deleted.count_directories(),
            folders_listed: self.count_listed(ItemCounter::count_directories),
            folders_failed: self.failed_directories(),
        }
    }

    fn failed_directories(&self) -> FoldersFailed {
        FoldersFailed {
            list: 0,
            prepare: self.failed_prepare.count_directories(),
            transfer: self.failed_transfer.count_directories(),
            verify: self.failed_verify.count_directories(),
            delete: self.failed_delete.count_directories(),
        }
    }
}

impl ItemCounter {
    pub(crate) fn add_one(&self, is_directory: bool) {
        let counter = if is_directory { &self.directories } else { &self.files };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn count_files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    fn count_directories(&self) -> u64 {
        self.directories.load(Ordering::Relaxed)
    }
}

impl ByteCounter {
    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
