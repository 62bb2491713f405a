//! The result of a restore: each path of the manifest is compared with the rows of DataSync's
//! report.
//!
//! Rule: a missing row is no success. The caller has to check a path that no row names, or that
//! DataSync skipped ([`ReportReconciler::open_question`],
//! [`ReportReconciler::record_destination`]); otherwise it does not count as restored.
//!
//! 64 bits of each path are kept, so that millions fit.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::report::{DetailedReport, ItemMetadata, SkippedRow, TransferredRow, VerifiedRow};

/// The most paths with a failure that are named.
const MAX_FAILURES: usize = 1000;
/// The most restored paths that are named.
const MAX_RESTORED: usize = 10;

/// The paths of the manifest, and their state in the report so far.
#[derive(Clone, Debug, Default)]
pub struct ReportReconciler {
    open: HashMap<u64, PathState>,
    failures: Vec<String>,
    failed: u64,
    foreign: u64,
    /// Whether the execution overwrites whatever differs: what it skips is then equal.
    overwrites: bool,
    first_restored: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PathState {
    transferred: bool,
    verified: bool,
    /// A row says that DataSync left it as it is.
    left_alone: bool,
    failed: bool,
    seen: Option<bool>,
}

/// A question about a path that the report does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenQuestion {
    /// No row names it.
    Unnamed,
    /// DataSync left it alone; nothing says whether it is equal.
    LeftAlone,
}

/// The state of a path at the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DestinationState {
    /// It is there as the version says.
    Equal,
    /// Something is there and is otherwise, as the text says.
    Different(String),
    /// Nothing is there.
    Absent,
    /// Nobody could look, as the text says.
    Unknown(String),
}

/// The count of paths by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreCounts {
    pub asked_for: u64,
    /// Written by this execution.
    pub restored: u64,
    /// Those of them that DataSync read back and found equal.
    pub verified: u64,
    /// Left alone, because the file there may not be overwritten.
    pub kept: u64,
    /// It was there as it should be, as DataSync's verification or a look at the destination says.
    pub already_there: u64,
    pub failed: u64,
    /// Files in the report that are not in the manifest.
    pub foreign: u64,
    /// `path: why`, the first ones.
    pub failures: Vec<String>,
}

impl RestoreCounts {
    /// Whether every requested file is there as it was, and each written one was verified.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.kept == 0 && self.restored == self.verified
    }
}

impl ReportReconciler {
    /// A path of the manifest.
    pub fn expect_path(&mut self, path: &str) {
        self.open.insert(hash_path(path), PathState::default());
    }

    /// The same for an execution with `OverwriteMode=ALWAYS`.
    #[must_use]
    pub fn with_overwriting(self, overwrites: bool) -> Self {
        Self { overwrites, ..self }
    }

    /// Adds a part of the report; the parts come in any order.
    pub fn add_report_part(&mut self, part: &DetailedReport) {
        part.transferred.iter().for_each(|row| self.add_transferred(row));
        part.verified.iter().for_each(|row| self.add_verified(row));
        part.skipped.iter().for_each(|row| self.add_skipped(row));
    }

    fn add_transferred(&mut self, row: &TransferredRow) {
        if is_directory(row.src_metadata.as_ref()) {
            return;
        }
        let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
        let ok = row.transfer_status.is_success();
        if self.mark_path(&row.relative_path, ok, reason, |state| state.transferred = true)
            && self.first_restored.len() < MAX_RESTORED
        {
            self.first_restored.push(row.relative_path.trim_start_matches('/').to_owned());
        }
    }

    fn add_verified(&mut self, row: &VerifiedRow) {
        if is_directory(row.src_metadata.as_ref()) {
            return;
        }
        let equal = row.src_checksum == row.dst_checksum;
        let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
        let reason = if equal { reason } else { Some("the checksums differ") };
        let ok = row.verify_status.is_success() && equal;
        self.mark_path(&row.relative_path, ok, reason, |state| state.verified = true);
    }

    fn add_skipped(&mut self, row: &SkippedRow) {
        if is_directory(row.src_metadata.as_ref()) {
            return;
        }
        // Unchanged files are skipped too; one that is not said to be unchanged may differ.
        let equal = self.overwrites || row.is_unchanged();
        let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
        let reason = reason.or(row.skip_reason.as_deref());
        self.mark_path(&row.relative_path, !row.is_failed(), reason, |state| {
            if equal { state.seen = Some(true) } else { state.left_alone = true }
        });
    }

    /// Returns `true` for a path of the manifest with a good row.
    fn mark_path(
        &mut self,
        path: &str,
        ok: bool,
        reason: Option<&str>,
        good: impl FnOnce(&mut PathState),
    ) -> bool {
        let Some(state) = self.open.get_mut(&hash_path(path)) else {
            self.foreign += 1;
            return false;
        };
        if ok {
            good(state);
        } else {
            self.fail_path(path, reason.unwrap_or("DataSync gives no reason"));
        }
        ok
    }

    fn fail_path(&mut self, path: &str, reason: &str) {
        let Some(state) = self.open.get_mut(&hash_path(path)).filter(|state| !state.failed) else {
            return;
        };
        state.failed = true;
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(format!("/{}: {reason}", path.trim_start_matches('/')));
        }
    }

    /// The first paths that the report says were written.
    #[must_use]
    pub fn first_restored(&self) -> &[String] {
        &self.first_restored
    }

    /// Returns the question that is left about a path after all report parts.
    #[must_use]
    pub fn open_question(&self, path: &str) -> Option<OpenQuestion> {
        match self.open.get(&hash_path(path)) {
            Some(PathState {
                transferred: false,
                verified: false,
                left_alone,
                failed: false,
                seen: None,
            }) => Some(if *left_alone { OpenQuestion::LeftAlone } else { OpenQuestion::Unnamed }),
            _ => None,
        }
    }

    /// Takes the answer to an open question.
    pub fn record_destination(
        &mut self,
        path: &str,
        question: OpenQuestion,
        look: DestinationState,
    ) {
        let differs = match (question, look) {
            (_, DestinationState::Equal) => false,
            (
                OpenQuestion::LeftAlone,
                DestinationState::Different(_) | DestinationState::Unknown(_),
            ) => true,
            (OpenQuestion::LeftAlone, DestinationState::Absent) => {
                return self.fail_path(path, "DataSync left it alone, and it is not there");
            }
            (OpenQuestion::Unnamed, DestinationState::Absent) => {
                return self.fail_path(path, "no report names it, and it is not there");
            }
            (OpenQuestion::Unnamed, DestinationState::Different(how)) => {
                return self
                    .fail_path(path, &format!("no report names it, and what is there {how}"));
            }
            (OpenQuestion::Unnamed, DestinationState::Unknown(why)) => {
                return self.fail_path(path, &format!("no report names it, and {why}"));
            }
        };
        if let Some(state) = self.open.get_mut(&hash_path(path)) {
            state.seen = Some(!differs);
        }
    }

    #[must_use]
    pub fn into_counts(self) -> RestoreCounts {
        let mut settled = RestoreCounts {
            failed: self.failed,
            failures: self.failures,
            foreign: self.foreign,
            ..RestoreCounts::default()
        };
        for state in self.open.values() {
            settled.asked_for += 1;
            match *state {
                PathState { failed: true, .. } => {}
                PathState { transferred: true, verified, .. } => {
                    settled.restored += 1;
                    settled.verified += u64::from(verified);
                }
                PathState { verified: true, .. } | PathState { seen: Some(true), .. } => {
                    settled.already_there += 1
                }
                PathState { seen: Some(false), .. } | PathState { left_alone: true, .. } => {
                    settled.kept += 1
                }
                // Nobody has looked.
                PathState { .. } => settled.failed += 1,
            }
        }
        settled
    }
}

fn is_directory(metadata: Option<&ItemMetadata>) -> bool {
    metadata.is_some_and(ItemMetadata::is_directory)
}

/// Rows begin with `/` in Basic mode only.
fn hash_path(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.trim_start_matches('/').hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
