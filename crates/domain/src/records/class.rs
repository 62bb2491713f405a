//! The class of an execution that is not good, or of another alert.
//!
//! Rule: each class has one entry in `docs/OPERATIONS.md` under its own name, which its alerts link
//! to; a test compares.

use serde::{Deserialize, Serialize};

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Class { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl Class {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in records, metrics and links: `busy-file`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

classes! {
    /// Files changed or vanished while the run read them.
    BusyFile = "busy-file",
    /// A role, a policy or a file's own mode refuses.
    Permission = "permission",
    /// An execution comes near the number of files that DataSync takes in one.
    ItemLimit = "item-limit",
    /// A KMS key refuses.
    Kms = "kms",
    /// The file system can't be reached or mounted.
    Network = "network",
    /// A limit of DataSync, of the account, or of space.
    Quota = "quota",
    /// Both sides have the same metadata and different content.
    ChecksumMismatch = "checksum-mismatch",
    /// Files that can't be copied, for reasons other than the above.
    SkippedFiles = "skipped-files",
    /// The list of files names what is not at the source, or what no list may name.
    NotAtSource = "not-at-source",
    /// DataSync could not write its report.
    ReportFailed = "report-failed",
    /// There is no report, or it is not finished in time.
    ReportMissing = "report-missing",
    /// Somebody cancelled the run.
    Cancelled = "cancelled",
    /// `start-execution` cancelled the run: it had not moved on within its bound.
    Stuck = "stuck",
    /// A passing fault of the service.
    Service = "service",
    /// It failed with an unknown message.
    Unknown = "unknown",
    /// A success without a single file, where the last run had some.
    NothingListed = "nothing-listed",
    /// A success with far fewer files than the last run.
    Shrunk = "shrunk",
    /// A success that deleted more than it may.
    Deletions = "deletions",
    /// A success that skipped more than the last run.
    SkippedRising = "skipped-rising",
    /// A run is good again after bad ones.
    Recovered = "recovered",
    /// The task is `UNAVAILABLE`: no run can start.
    TaskUnavailable = "task-unavailable",
    /// DataSync itself has disabled a schedule of the task.
    ScheduleDisabled = "schedule-disabled",
    /// A slot was claimed, and nothing came of it.
    SlotMissed = "slot-missed",
    /// An execution has no proof after repeated verifications.
    OverdueProof = "unproven",
    /// The proof of a run has findings.
    Verification = "verification",
}

impl Class {
    /// The entry of the runbook.
    #[must_use]
    pub fn runbook(self) -> String {
        format!("docs/OPERATIONS.md#{}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");

    #[test]
    fn each_class_has_one_entry_in_the_runbook() {
        for class in Class::ALL {
            let heading = format!("### {}", class.as_str());
            let found = OPERATIONS.lines().filter(|line| *line == heading).count();
            assert_eq!(found, 1, "{heading}");
        }
        // The alarms have theirs, which the command line compares.
        let of_class = |line: &&str| line.starts_with("### ") && !line.starts_with("### alarm-");
        assert_eq!(
            OPERATIONS.lines().filter(of_class).count(),
            Class::ALL.len(),
            "an entry without a class"
        );
    }

    #[test]
    fn a_class_is_one_word_in_records() {
        assert_eq!(serde_json::to_string(&Class::BusyFile).unwrap(), "\"busy-file\"");
    }
}
