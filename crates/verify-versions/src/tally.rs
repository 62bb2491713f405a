//! What a check has come to so far. Pure.

use domain::records::proof::{Defect, Finding, Notice, Proof, ProofCounts, Warning};
use serde::{Deserialize, Serialize};

use crate::judge::Proven;

/// Counts, and the findings and warnings that fit a proof.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) counts: ProofCounts,
    pub(crate) findings: Vec<Finding>,
    pub(crate) warnings: Vec<Warning>,
    /// Whether a finding leaves open what else is wrong: it may be one that `findings` has no room
    /// for.
    pub(crate) left_open: bool,
    /// Rows that DataSync calls transferred, without directories.
    pub(crate) files: u64,
    /// Verified files that the Transferred report doesn't have.
    pub(crate) files_not_transferred: u64,
}

impl Tally {
    /// Counts one row of the Transferred report.
    pub(crate) fn take(&mut self, judged: Result<Proven, Vec<Finding>>) -> Option<Proven> {
        self.counts.transferred += 1;
        match judged {
            Ok(proven) => {
                self.counts.proven += u64::from(proven.object.is_some());
                self.counts.proven_bytes += proven.object.as_ref().map_or(0, |object| object.size);
                self.counts.warnings += proven.warnings.len() as u64;
                let room = Proof::MAX_FINDINGS - self.warnings.len();
                self.warnings.extend(proven.warnings.iter().take(room).cloned());
                Some(proven)
            }
            Err(findings) => {
                findings.into_iter().for_each(|finding| self.find(finding));
                None
            }
        }
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        self.counts.findings += 1;
        self.left_open |= finding.defect.is_inconclusive();
        if self.findings.len() < Proof::MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Adds what another slice came to. What there is room for stands in the order of the paths, as
    /// in one slice.
    pub(crate) fn add(&mut self, other: Self) {
        let ProofCounts { transferred, proven, proven_bytes, skipped, deleted, findings, warnings } =
            other.counts;
        self.counts.transferred += transferred;
        self.counts.proven += proven;
        self.counts.proven_bytes += proven_bytes;
        self.counts.skipped += skipped;
        self.counts.deleted += deleted;
        self.counts.findings += findings;
        self.counts.warnings += warnings;
        self.left_open |= other.left_open;
        self.files += other.files;
        self.files_not_transferred += other.files_not_transferred;
        self.findings.extend(other.findings);
        self.findings.sort_by(|left, right| left.path.cmp(&right.path));
        self.findings.truncate(Proof::MAX_FINDINGS);
        self.warnings.extend(other.warnings);
        self.warnings.sort_by(|left, right| left.path.cmp(&right.path));
        self.warnings.truncate(Proof::MAX_FINDINGS);
    }

    /// Something worth knowing of the report as a whole: it stands first, and has room even where
    /// there are too many.
    pub(crate) fn warn_of_report(&mut self, notice: Notice, detail: String) {
        self.warnings.truncate(Proof::MAX_FINDINGS - 1);
        self.counts.warnings += 1;
        self.warnings
            .insert(0, Warning { path: "/".to_owned(), version_id: String::new(), notice, detail });
    }

    /// A finding about the report as a whole: it stands first, and has room even where there are
    /// too many.
    pub(crate) fn find_in_report(&mut self, defect: Defect, detail: String) {
        self.findings.truncate(Proof::MAX_FINDINGS - 1);
        self.counts.findings += 1;
        self.left_open |= defect.is_inconclusive();
        self.findings.insert(0, Finding { path: "/".to_owned(), version_id: None, defect, detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_beyond_what_a_proof_holds() {
        let mut tally = Tally::default();
        for n in 0..Proof::MAX_FINDINGS + 5 {
            let finding = Finding {
                path: format!("/{n}"),
                version_id: None,
                defect: Defect::VersionMissing,
                detail: String::new(),
            };
            assert_eq!(tally.take(Err(vec![finding])), None);
        }
        tally.find_in_report(Defect::ReportMissing, "part 2".into());
        assert_eq!((tally.findings.len(), tally.counts.findings), (1000, 1006));
        assert_eq!((tally.findings[0].detail.as_str(), tally.left_open), ("part 2", true));
    }
}
