//! The results of a verification so far. Pure.

use domain::records::proof::{Defect, Finding, Notice, Proof, ProofCounts, Warning};
use serde::{Deserialize, Serialize};

use crate::compare::{ComparisonResult, ProvenItem};

/// Counts, and the findings and warnings that fit a proof.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct VerifySummary {
    pub(crate) counts: ProofCounts,
    pub(crate) findings: Vec<Finding>,
    pub(crate) warnings: Vec<Warning>,
    /// Whether a finding leaves the verdict open: it may be one that `findings` has no room for.
    pub(crate) left_open: bool,
    /// The rows that DataSync calls transferred, without directories.
    pub(crate) files: u64,
    /// The verified files that the Transferred report doesn't have.
    pub(crate) files_not_transferred: u64,
}

impl VerifySummary {
    /// Adds one row of the Transferred report; returns the item where it is proven.
    pub(crate) fn add_row(&mut self, result: ComparisonResult) -> Option<ProvenItem> {
        self.counts.transferred += 1;
        match result {
            Ok(proven) => {
                self.counts.proven += u64::from(proven.object.is_some());
                self.counts.proven_bytes += proven.object.as_ref().map_or(0, |object| object.size);
                self.counts.warnings += proven.warnings.len() as u64;
                let room = Proof::MAX_FINDINGS - self.warnings.len();
                self.warnings.extend(proven.warnings.iter().take(room).cloned());
                Some(proven)
            }
            Err(findings) => {
                findings.into_iter().for_each(|finding| self.add_finding(finding));
                None
            }
        }
    }

    pub(crate) fn add_finding(&mut self, finding: Finding) {
        self.counts.findings += 1;
        self.left_open |= finding.defect.is_inconclusive();
        if self.findings.len() < Proof::MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Adds the results of another shard. Findings and warnings keep the order of their paths, as
    /// in one shard.
    pub(crate) fn merge(&mut self, other: Self) {
        self.add_counts(other.counts);
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

    fn add_counts(&mut self, other: ProofCounts) {
        let counts = &mut self.counts;
        counts.transferred += other.transferred;
        counts.proven += other.proven;
        counts.proven_bytes += other.proven_bytes;
        counts.skipped += other.skipped;
        counts.deleted += other.deleted;
        counts.findings += other.findings;
        counts.warnings += other.warnings;
    }

    /// Adds a warning about the report as a whole: it comes first, and is kept even where there are
    /// too many.
    pub(crate) fn add_report_warning(&mut self, notice: Notice, detail: String) {
        self.warnings.truncate(Proof::MAX_FINDINGS - 1);
        self.counts.warnings += 1;
        self.warnings
            .insert(0, Warning { path: "/".to_owned(), version_id: String::new(), notice, detail });
    }

    /// Adds a finding about the report as a whole: it comes first, and is kept even where there are
    /// too many.
    pub(crate) fn add_report_finding(&mut self, defect: Defect, detail: String) {
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
        let mut summary = VerifySummary::default();
        for n in 0..Proof::MAX_FINDINGS + 5 {
            let finding = Finding {
                path: format!("/{n}"),
                version_id: None,
                defect: Defect::VersionMissing,
                detail: String::new(),
            };
            assert_eq!(summary.add_row(Err(vec![finding])), None);
        }
        summary.add_report_finding(Defect::ReportMissing, "part 2".into());
        assert_eq!((summary.findings.len(), summary.counts.findings), (1000, 1006));
        assert_eq!((summary.findings[0].detail.as_str(), summary.left_open), ("part 2", true));
    }
}
