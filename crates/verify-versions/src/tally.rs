//! What a check has come to so far. Pure.

use pipeline::records::proof::{Defect, Finding, Proof, ProofCounts, ProvenObject};

/// Counts, the findings that fit a proof, and the list to restore from.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: ProofCounts,
    pub(crate) findings: Vec<Finding>,
    /// Whether a finding leaves open what else is wrong: it may be one that `findings` has no room for.
    pub(crate) left_open: bool,
    /// [`ProvenObject`]s, one JSON document a line.
    pub(crate) objects: Vec<u8>,
}

impl Tally {
    /// Counts one row of the Transferred report.
    pub(crate) fn take(&mut self, judged: Result<ProvenObject, Vec<Finding>>) -> Result<(), serde_json::Error> {
        self.counts.transferred += 1;
        match judged {
            Ok(object) => {
                self.counts.proven += 1;
                self.counts.proven_bytes += object.size;
                serde_json::to_writer(&mut self.objects, &object)?;
                self.objects.push(b'\n');
            }
            Err(findings) => findings.into_iter().for_each(|finding| self.find(finding)),
        }
        Ok(())
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        self.counts.findings += 1;
        self.left_open |= finding.defect.leaves_open();
        if self.findings.len() < Proof::MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// A finding about the report as a whole: it stands first, and has room even where there are too many.
    pub(crate) fn find_in_report(&mut self, defect: Defect, detail: String) {
        self.findings.truncate(Proof::MAX_FINDINGS - 1);
        self.counts.findings += 1;
        self.left_open |= defect.leaves_open();
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
            tally.take(Err(vec![finding])).unwrap();
        }
        tally.find_in_report(Defect::ReportMissing, "part 2".into());
        assert_eq!((tally.findings.len(), tally.counts.findings), (1000, 1006));
        assert_eq!((tally.findings[0].detail.as_str(), tally.left_open), ("part 2", true));
    }

    #[test]
    fn proven_objects_become_one_line_each() {
        let mut tally = Tally::default();
        for name in ["a\nb", "ü"] {
            let object = ProvenObject {
                path: format!("/{name}"),
                key: name.into(),
                version_id: "v".into(),
                size: 2,
                sha256: None,
            };
            tally.take(Ok(object)).unwrap();
        }
        insta::assert_snapshot!(String::from_utf8(tally.objects).unwrap(), @r#"
        {"path":"/a\nb","key":"a\nb","version_id":"v","size":2}
        {"path":"/ü","key":"ü","version_id":"v","size":2}
        "#);
        assert_eq!((tally.counts.proven, tally.counts.proven_bytes), (2, 4));
    }
}
