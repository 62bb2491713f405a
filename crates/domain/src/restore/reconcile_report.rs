//! What came of a restore: each path of the manifest held against the rows of DataSync's report.
//!
//! Rule: silence is no success. A path that no row names, or that a row says was left alone, is
//! looked at by the caller ([`ReportReconciler::open_question`], [`ReportReconciler::look`]), or it is not
//! restored.
//!
//! 64 bits of each path are kept, so that millions fit.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::report::DetailedReport;

/// How many paths with a failure are named.
const MAX_FAILURES: usize = 1000;
/// How many restored paths are named.
const MAX_RESTORED: usize = 10;

/// The paths that were asked for, and what the report has said of them so far.
#[derive(Clone, Debug, Default)]
pub struct ReportReconciler {
    open: HashMap<u64, State>,
    failures: Vec<String>,
    failed: u64,
    foreign: u64,
    /// Whether the execution overwrites whatever differs: what it skips is then equal.
    overwrites: bool,
    first_restored: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    transferred: bool,
    verified: bool,
    /// A row says that DataSync left it as it is.
    left_alone: bool,
    failed: bool,
    seen: Option<bool>,
}

/// What the report leaves open about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenQuestion {
    /// No row names it.
    Unnamed,
    /// DataSync left it alone; nothing says whether it is equal.
    LeftAlone,
}

/// The answer of whoever looked at the destination.
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
    /// Files in the report that nobody asked for.
    pub foreign: u64,
    /// `path: why`, the first ones.
    pub failures: Vec<String>,
}

impl ReportReconciler {
    /// A path of the manifest.
    pub fn expect_path(&mut self, path: &str) {
        self.open.insert(hash(path), State::default());
    }

    /// The same for an execution with `OverwriteMode=ALWAYS`.
    #[must_use]
    pub fn with_overwriting(self, overwrites: bool) -> Self {
        Self { overwrites, ..self }
    }

    /// A part of the report, in any order.
    pub fn add_report_part(&mut self, part: &DetailedReport) {
        for row in part
            .transferred
            .iter()
            .filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory()))
        {
            let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
            let ok = row.transfer_status.is_success();
            if self.mark(&row.relative_path, ok, reason, |state| state.transferred = true)
                && self.first_restored.len() < MAX_RESTORED
            {
                self.first_restored.push(row.relative_path.trim_start_matches('/').to_owned());
            }
        }
        for row in part
            .verified
            .iter()
            .filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory()))
        {
            let reason = row.failure_reason.as_deref().or(row.error_detail.as_deref());
            let equal = row.src_checksum == row.dst_checksum;
            let reason = if equal { reason } else { Some("the checksums differ") };
            self.mark(
                &row.relative_path,
                row.verify_status.is_success() && equal,
                reason,
                |state| state.verified = true,
            );
        }
        for row in part
            .skipped
            .iter()
            .filter(|row| !row.src_metadata.as_ref().is_some_and(|m| m.is_directory()))
        {
            // Unchanged files are skipped too; one that is not said to be unchanged may differ.
            let equal = self.overwrites || row.is_unchanged();
            let reason = row
                .failure_reason
                .as_deref()
                .or(row.error_detail.as_deref())
                .or(row.skip_reason.as_deref());
            self.mark(&row.relative_path, !row.is_failed(), reason, |state| {
                if equal { state.seen = Some(true) } else { state.left_alone = true }
            });
        }
    }

    /// `true` for a path that was asked for and a row that is good.
    fn mark(
        &mut self,
        path: &str,
        ok: bool,
        reason: Option<&str>,
        good: impl FnOnce(&mut State),
    ) -> bool {
        let Some(state) = self.open.get_mut(&hash(path)) else {
            self.foreign += 1;
            return false;
        };
        if ok {
            good(state);
        } else {
            self.fail(path, reason.unwrap_or("DataSync gives no reason"));
        }
        ok
    }

    fn fail(&mut self, path: &str, reason: &str) {
        let Some(state) = self.open.get_mut(&hash(path)).filter(|state| !state.failed) else {
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

    /// What has to be looked at of a path once the whole report is heard.
    #[must_use]
    pub fn open_question(&self, path: &str) -> Option<OpenQuestion> {
        match self.open.get(&hash(path)) {
            Some(State {
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
                return self.fail(path, "DataSync left it alone, and it is not there");
            }
            (OpenQuestion::Unnamed, DestinationState::Absent) => {
                return self.fail(path, "no report names it, and it is not there");
            }
            (OpenQuestion::Unnamed, DestinationState::Different(how)) => {
                return self.fail(path, &format!("no report names it, and what is there {how}"));
            }
            (OpenQuestion::Unnamed, DestinationState::Unknown(why)) => {
                return self.fail(path, &format!("no report names it, and {why}"));
            }
        };
        if let Some(state) = self.open.get_mut(&hash(path)) {
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
                State { failed: true, .. } => {}
                State { transferred: true, verified, .. } => {
                    settled.restored += 1;
                    settled.verified += u64::from(verified);
                }
                State { verified: true, .. } | State { seen: Some(true), .. } => {
                    settled.already_there += 1
                }
                State { seen: Some(false), .. } | State { left_alone: true, .. } => {
                    settled.kept += 1
                }
                // Nobody has looked.
                State { .. } => settled.failed += 1,
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
        let mut settlement = ReportReconciler::default();
        ["a", "b", "c", "d", "e", "f", "g"].iter().for_each(|path| settlement.expect_path(path));
        let part = r#"{"TaskExecutionId":"exec-1",
            "Transferred":[{"RelativePath":"/a","TransferStatus":"SUCCESS"},{"RelativePath":"b","TransferStatus":"SUCCESS"},
              {"RelativePath":"/c","TransferStatus":"FAILED","FailureReason":"S3 Get Object Failed"},
              {"RelativePath":"/x","TransferStatus":"SUCCESS"},
              {"RelativePath":"/dir","SrcMetadata":{"Type":"Directory"},"TransferStatus":"SUCCESS"}],
            "Verified":[{"RelativePath":"/a","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:1","VerifyStatus":"SUCCESS"},
              {"RelativePath":"/b","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:2","VerifyStatus":"SUCCESS"},
              {"RelativePath":"/g","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:1","VerifyStatus":"SUCCESS"}],
            "Skipped":[{"RelativePath":"/d"},{"RelativePath":"/f"}]}"#;
        settlement.add_report_part(&serde_json::from_str(part).unwrap());
        assert_eq!(settlement.first_restored(), ["a", "b"]);
        let open: Vec<_> = ["a", "b", "c", "d", "/e", "f", "g", "x"]
            .map(|path| settlement.open_question(path))
            .into();
        let (alone, unnamed) = (Some(OpenQuestion::LeftAlone), Some(OpenQuestion::Unnamed));
        assert_eq!(open, [None, None, None, alone, unnamed, alone, None, None]);
        settlement.record_destination("e", OpenQuestion::Unnamed, DestinationState::Equal);
        settlement.record_destination("f", OpenQuestion::LeftAlone, DestinationState::Equal);
        let settled = settlement.into_counts();
        assert_eq!(settled.failures, ["/c: S3 Get Object Failed", "/b: the checksums differ"]);
        let counts = (
            settled.asked_for,
            settled.restored,
            settled.verified,
            settled.kept,
            settled.already_there,
        );
        assert_eq!(counts, (7, 1, 1, 1, 3));
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
            let mut settlement = ReportReconciler::default().with_overwriting(overwrites);
            ["same", "other", "unsaid", "bad"].iter().for_each(|path| settlement.expect_path(path));
            settlement.add_report_part(&part);
            let settled = settlement.into_counts();
            assert_eq!(
                (settled.already_there, settled.kept, settled.failed),
                expected,
                "{overwrites}"
            );
            assert_eq!(settled.failures, ["/bad: Input/output error"]);
        }
    }

    #[test]
    fn what_no_report_names_and_nobody_saw_is_not_restored() {
        use OpenQuestion::{LeftAlone, Unnamed};
        for (question, look, expected) in [
            (Unnamed, None, (0, 0, 1, "")),
            (Unnamed, Some(DestinationState::Equal), (1, 0, 0, "")),
            (
                Unnamed,
                Some(DestinationState::Absent),
                (0, 0, 1, "/d/x: no report names it, and it is not there"),
            ),
            (
                Unnamed,
                Some(DestinationState::Different("has 5 bytes, not 7".into())),
                (0, 0, 1, "/d/x: no report names it, and what is there has 5 bytes, not 7"),
            ),
            (
                Unnamed,
                Some(DestinationState::Unknown("nobody can look".into())),
                (0, 0, 1, "/d/x: no report names it, and nobody can look"),
            ),
            (LeftAlone, None, (0, 1, 0, "")),
            (LeftAlone, Some(DestinationState::Equal), (1, 0, 0, "")),
            (LeftAlone, Some(DestinationState::Different(String::new())), (0, 1, 0, "")),
            (LeftAlone, Some(DestinationState::Unknown(String::new())), (0, 1, 0, "")),
            (
                LeftAlone,
                Some(DestinationState::Absent),
                (0, 0, 1, "/d/x: DataSync left it alone, and it is not there"),
            ),
        ] {
            let mut settlement = ReportReconciler::default();
            settlement.expect_path("d/x");
            if question == LeftAlone {
                let part = r#"{"TaskExecutionId":"exec-1","Skipped":[{"RelativePath":"/d/x"}]}"#;
                settlement.add_report_part(&serde_json::from_str(part).unwrap());
            }
            assert_eq!(settlement.open_question("/d/x"), Some(question));
            let said = format!("{question:?} {look:?}");
            if let Some(look) = look {
                settlement.record_destination("d/x", question, look);
            }
            let settled = settlement.into_counts();
            let (already, kept, failed, failure) = expected;
            assert_eq!(
                (settled.already_there, settled.kept, settled.failed),
                (already, kept, failed),
                "{said}"
            );
            assert_eq!(settled.failures.first().map_or("", String::as_str), failure, "{said}");
        }
    }
}
