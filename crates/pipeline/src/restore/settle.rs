//! What came of a restore: each path of the manifest held against the rows of DataSync's report.
//!
//! 64 bits of each path are kept, so that millions fit.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::report::DetailedReport;

/// How many paths with a failure are named.
const MAX_FAILURES: usize = 1000;

/// The paths that were asked for, and what the report has said of them so far.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    open: HashMap<u64, State>,
    failures: Vec<String>,
    failed: u64,
    foreign: u64,
    /// Whether the execution overwrites whatever differs: what it skips is then equal.
    overwrites: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    transferred: bool,
    verified: bool,
    kept: bool,
    failed: bool,
}

/// The count of paths by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub asked_for: u64,
    /// Written by this execution.
    pub restored: u64,
    /// Those of them that DataSync read back and found equal.
    pub verified: u64,
    /// Left alone, because the file there may not be overwritten.
    pub kept: u64,
    /// Not in the report: there already, just as it should be.
    pub already_there: u64,
    pub failed: u64,
    /// Files in the report that nobody asked for.
    pub foreign: u64,
    /// `path: why`, the first ones.
    pub failures: Vec<String>,
}

impl Settlement {
    /// A path of the manifest.
    pub fn ask_for(&mut self, path: &str) {
        self.open.insert(hash(path), State::default());
    }

    /// The same for an execution with `OverwriteMode=ALWAYS`.
    #[must_use]
    pub fn overwriting(self, overwrites: bool) -> Self {
        Self { overwrites, ..self }
    }

    /// A part of the report, in any order.
    pub fn hear(&mut self, part: &DetailedReport) {
        for row in part.transferred.iter().filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory())) {
            let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
            let ok = row.transfer_status.is_success();
            self.mark(&row.relative_path, ok, reason, |state| state.transferred = true);
        }
        for row in part.verified.iter().filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory())) {
            let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
            let equal = row.src_checksum == row.dst_checksum;
            let reason = if equal { reason } else { Some("the checksums differ") };
            self.mark(&row.relative_path, row.verify_status.is_success() && equal, reason, |state| {
                state.verified = true
            });
        }
        for row in part.skipped.iter().filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory())) {
            // Unchanged files are skipped too; one that is not said to be unchanged may differ.
            let kept = !self.overwrites && !row.is_unchanged();
            let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref()).or(row.skip_reason.as_deref());
            self.mark(&row.relative_path, !row.is_failed(), reason, |state| state.kept = kept);
        }
    }

    fn mark(&mut self, path: &str, ok: bool, reason: Option<&str>, good: impl FnOnce(&mut State)) {
        let Some(state) = self.open.get_mut(&hash(path)) else {
            self.foreign += 1;
            return;
        };
        if ok {
            good(state);
            return;
        }
        if !state.failed {
            state.failed = true;
            self.failed += 1;
            if self.failures.len() < MAX_FAILURES {
                self.failures.push(format!("{path}: {}", reason.unwrap_or("DataSync gives no reason")));
            }
        }
    }

    #[must_use]
    pub fn settled(self) -> Settled {
        let mut settled =
            Settled { failed: self.failed, failures: self.failures, foreign: self.foreign, ..Settled::default() };
        for state in self.open.values() {
            settled.asked_for += 1;
            match *state {
                State { failed: true, .. } => {}
                State { transferred: true, verified, .. } => {
                    settled.restored += 1;
                    settled.verified += u64::from(verified);
                }
                State { kept: true, .. } => settled.kept += 1,
                _ => settled.already_there += 1,
            }
        }
        settled
    }
}

/// Rows begin with `/` in Basic mode only.
fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.trim_start_matches('/').hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_settled_once() {
        let mut settlement = Settlement::default();
        ["a", "b", "c", "d", "e"].iter().for_each(|path| settlement.ask_for(path));
        let part = r#"{"TaskExecutionId":"exec-1",
            "Transferred":[{"RelativePath":"/a","TransferStatus":"SUCCESS"},{"RelativePath":"b","TransferStatus":"SUCCESS"},
              {"RelativePath":"/c","TransferStatus":"FAILED","FailureReason":"S3 Get Object Failed"},
              {"RelativePath":"/x","TransferStatus":"SUCCESS"},
              {"RelativePath":"/dir","SrcMetadata":{"Type":"Directory"},"TransferStatus":"SUCCESS"}],
            "Verified":[{"RelativePath":"/a","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:1","VerifyStatus":"SUCCESS"},
              {"RelativePath":"/b","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:2","VerifyStatus":"SUCCESS"}],
            "Skipped":[{"RelativePath":"/d"}]}"#;
        settlement.hear(&serde_json::from_str(part).unwrap());
        let settled = settlement.settled();
        assert_eq!(settled.failures, ["/c: S3 Get Object Failed", "/b: the checksums differ"]);
        let counts = (settled.asked_for, settled.restored, settled.verified, settled.kept, settled.already_there);
        assert_eq!(counts, (5, 1, 1, 1, 1));
        assert_eq!((settled.failed, settled.foreign), (2, 1));
    }

    #[test]
    fn a_file_that_is_skipped_is_there_already_kept_or_failed() {
        let part: DetailedReport = serde_json::from_str(
            r#"{"TaskExecutionId":"exec-1","Skipped":[
              {"RelativePath":"/same","SkipStatus":"SUCCESS","SkipReason":"Unchanged"},
              {"RelativePath":"/other","SkipStatus":"SUCCESS","SkipReason":"OverwriteMode is NEVER"},
              {"RelativePath":"/unsaid"},
              {"RelativePath":"/bad","SkipStatus":"FAILED","SkipReason":"Input/output error"}]}"#,
        )
        .unwrap();
        for (overwrites, expected) in [(false, (1, 2, 1)), (true, (3, 0, 1))] {
            let mut settlement = Settlement::default().overwriting(overwrites);
            ["same", "other", "unsaid", "bad"].iter().for_each(|path| settlement.ask_for(path));
            settlement.hear(&part);
            let settled = settlement.settled();
            assert_eq!((settled.already_there, settled.kept, settled.failed), expected, "{overwrites}");
            assert_eq!(settled.failures, ["/bad: Input/output error"]);
        }
    }
}
