//! The record of what happened to each item: counters, task log and report rows.

use std::sync::Arc;

use domain::report::{ReportKind, VerifiedRow};

use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::{Removal, WriteAction};
use crate::engine::progress::CopyProgress;
use crate::engine::report_rows::{self, SkipCause};
use crate::engine::settings::CopySettings;
use crate::engine::transfer::written_item::WrittenItem;
use crate::logs::TaskLog;
use crate::report::Spool;

/// Counts, logs and reports items.
#[derive(Debug)]
pub(crate) struct ItemRecorder {
    settings: CopySettings,
    progress: Arc<CopyProgress>,
    spool: Arc<Spool>,
    log: Arc<TaskLog>,
}

impl ItemRecorder {
    pub(crate) fn new(
        settings: CopySettings,
        progress: Arc<CopyProgress>,
        spool: Arc<Spool>,
        log: Arc<TaskLog>,
    ) -> Self {
        Self { settings, progress, spool, log }
    }

    pub(crate) fn progress(&self) -> &CopyProgress {
        &self.progress
    }

    /// Logs a problem that is no failure.
    pub(crate) fn log_warning(&self, path: &str, problem: &str) {
        self.log.log_warning(path, problem);
    }

    /// Records an item that the prepare phase could not read or name.
    pub(crate) fn record_unreadable(&self, path: &str, reason: &ItemError) {
        self.log.log_error(path, &reason.log_line(path));
        self.progress.counters.failed_prepare.add_one(false);
        self.spool.add_transferred(report_rows::unreadable_row(path, reason));
    }

    /// Records an item that differs and is left as it is, or that cannot be copied.
    pub(crate) fn record_skipped(&self, item: &FileItem, cause: SkipCause) {
        self.progress.counters.skipped.add_one(item.is_directory());
        self.log.log_skipped(&item.path, cause.reason_text());
        self.spool.add_skipped(&report_rows::skipped_row(&self.settings, item, cause));
    }

    /// Counts an item that is equal on both sides, and reports it where the report lists
    /// successes. It is not logged.
    ///
    /// `FilesSkipped` and the Skipped report include what "exists in both locations and hasn't
    /// changed" (DataSync User Guide, "Task reports"): on each execution but the first that is
    /// nearly everything.
    pub(crate) fn record_unchanged(&self, item: &FileItem) {
        self.progress.counters.skipped.add_one(item.is_directory());
        if self.spool.reports_successes(ReportKind::Skipped) {
            let row = report_rows::skipped_row(&self.settings, item, SkipCause::Unchanged);
            self.spool.add_skipped(&row);
        }
    }

    pub(crate) fn record_transferred(&self, action: &WriteAction, written: &WrittenItem) {
        let item = &written.item;
        self.progress.counters.transferred.add_one(item.is_directory());
        self.log.log_transferred(&item.path, item.size);
        self.spool.add_transferred(report_rows::transferred_row(&self.settings, action, written));
    }

    pub(crate) fn record_transfer_failure(&self, action: &WriteAction, reason: &ItemError) {
        let item = &action.item;
        self.progress.counters.failed_transfer.add_one(item.is_directory());
        self.log.log_error(&item.path, &reason.log_line(&item.path));
        self.spool.add_transferred(report_rows::failed_row(&self.settings, action, reason));
    }

    /// Records a removal; `failure` is the reason why the item is still there.
    pub(crate) fn record_removal(&self, removal: &Removal, failure: Option<&ItemError>) {
        let (item, counters) = (&removal.item, &self.progress.counters);
        if let Some(reason) = failure {
            counters.failed_delete.add_one(item.is_directory());
            self.log.log_error(&item.path, &reason.log_line(&item.path));
        } else {
            counters.deleted.add_one(item.is_directory());
            self.log.log_deleted(&item.path);
        }
        self.spool.add_deleted(report_rows::deleted_row(item, failure));
    }

    /// Records the comparison of an item's two sides.
    pub(crate) fn record_verified(&self, row: VerifiedRow, is_directory: bool, size: u64) {
        if row.verify_status.is_success() {
            self.progress.counters.verified.add_one(is_directory);
            self.log.log_verified(&row.relative_path, size);
        } else {
            self.progress.counters.failed_verify.add_one(is_directory);
            self.log.log_mismatch(&row);
        }
        self.spool.add_verified(row);
    }

    /// Records an item that the verification could not read or name.
    pub(crate) fn record_unverified(&self, path: &str, reason: &ItemError) {
        self.progress.counters.failed_verify.add_one(false);
        self.log.log_error(path, &reason.log_line(path));
        self.spool.add_verified(report_rows::unverified_row(path, reason));
    }
}
