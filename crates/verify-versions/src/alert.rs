//! The alert that a proof calls for. Pure, and from the proof alone: a repeat after a crash finds
//! the same alert.

use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::proof::{Defect, Proof, Verdict};

/// `None` when everything is proven, and when the execution failed: then on-execution-complete
/// alone speaks, with the files that the report names, so that nobody is told twice of one run. The
/// proof keeps its findings either way.
pub(crate) fn for_proof(stack: &str, proof: &Proof) -> Option<Alert> {
    if proof.execution_failed {
        return None;
    }
    let defects = match proof.counts.findings {
        1 => "1 defect".to_owned(),
        n => format!("{n} defects"),
    };
    let what = match proof.verdict {
        Verdict::Verified | Verdict::VerifiedWithWarnings => return None,
        Verdict::Mismatch => format!("verification found {defects}"),
        Verdict::Incomplete => format!("verification is incomplete, with {defects}"),
    };
    let paths = proof
        .findings
        .iter()
        .map(|finding| format!("{}: {}", finding.path, finding.defect.as_text()));
    let id = proof.execution.id();
    Some(Alert {
        stack: stack.to_owned(),
        what,
        class: Some(Class::Verification),
        execution: Some(id.to_owned()),
        facts: facts(proof),
        path_count: proof.counts.findings,
        paths: paths.take(Alert::MAX_PATHS).collect(),
        likely_cause: likely_cause(proof).to_owned(),
        next_command: format!("efs-s3 verify {id}"),
        ..Alert::default()
    })
}

fn facts(proof: &Proof) -> Vec<String> {
    let counts = proof.counts;
    let mut facts = vec![format!(
        "Of {} transferred items {} are proven, in bucket {}.",
        counts.transferred, counts.proven, proof.bucket
    )];
    facts.extend(
        proof
            .findings
            .first()
            .map(|first| format!("First finding: {}: {}.", first.path, first.detail)),
    );
    facts
}

/// The first of these that was found explains best.
const CAUSES: [(Defect, &str); 12] = [
    (
        Defect::ReportMissing,
        "DataSync could not write its report, or part of it was removed: check the report role \
            and the records bucket.",
    ),
    (
        Defect::CountDiffers,
        "a part of the task report was removed or never written: check the records bucket.",
    ),
    (
        Defect::ForeignReport,
        "a file lies among the report's parts that belongs to another run: find out who writes in \
            the records bucket.",
    ),
    (
        Defect::Duplicated,
        "a part of the task report was copied or written twice: check the records bucket.",
    ),
    (
        Defect::VerificationMissing,
        "a part of the Verified report was removed or never written: check the records bucket.",
    ),
    (
        Defect::VersionMissing,
        "object versions were deleted after the transfer, by a person or a lifecycle rule.",
    ),
    (
        Defect::ChecksumDiffers,
        "files changed while they were copied, or content was damaged; the next run copies them \
            again.",
    ),
    (Defect::SizeDiffers, "files changed while they were copied; the next run copies them again."),
    (
        Defect::MetadataDiffers,
        "files changed while they were copied, or the objects were written by something else than \
            DataSync.",
    ),
    (
        Defect::NoVersionId,
        "versioning of the bucket is off, or the task's report leaves version ids out: run \
            `efs-s3 deploy`.",
    ),
    (
        Defect::NotVerified,
        "DataSync could not compare these files: they changed or vanished meanwhile, or the run \
            was cancelled.",
    ),
    (
        Defect::TransferFailed,
        "DataSync could not copy these files: permissions, a vanished file, or a path too long for an S3 key \
         (1,024 bytes).",
    ),
];

fn likely_cause(proof: &Proof) -> &'static str {
    let found = |defect| proof.findings.iter().any(|finding| finding.defect == defect);
    CAUSES.iter().find(|(defect, _)| found(*defect)).map_or("not known.", |(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::execution;
    use chrono::DateTime;
    use domain::records::proof::{Depth, Finding, ProofCounts};

    fn proof(verdict: Verdict, defects: &[Defect]) -> Proof {
        let finding = |(n, defect): (usize, &Defect)| Finding {
            path: format!("/größe {n}.txt"),
            version_id: Some("v".into()),
            defect: *defect,
            detail: "what was found".into(),
        };
        let findings: Vec<Finding> = defects.iter().enumerate().map(finding).collect();
        let counts = ProofCounts {
            transferred: 15,
            proven: 3,
            findings: findings.len() as u64,
            ..ProofCounts::default()
        };
        let (execution, bucket) = (execution().arn, "data".to_owned());
        let (checked_at, execution_failed) = (DateTime::UNIX_EPOCH, false);
        Proof {
            execution,
            verdict,
            checked_at,
            bucket,
            execution_failed,
            counts,
            findings,
            warnings: Vec::new(),
            depth: Depth::default(),
            code_version: String::new(),
            report_parts: Vec::new(),
            object_parts: Vec::new(),
        }
    }

    #[test]
    fn what_is_proven_alerts_nobody() {
        assert_eq!(for_proof("backup", &proof(Verdict::Verified, &[])), None);
    }

    #[test]
    fn of_a_failed_run_its_own_alert_speaks() {
        let proof = proof(Verdict::Mismatch, &[Defect::TransferFailed, Defect::VersionMissing]);
        assert!(for_proof("backup", &proof).is_some());
        assert_eq!(for_proof("backup", &Proof { execution_failed: true, ..proof }), None);
    }

    #[test]
    fn the_alert_names_the_first_ten_paths_and_the_command() {
        let mut defects = vec![Defect::TransferFailed; 11];
        defects.push(Defect::VersionMissing);
        let alert = for_proof("backup", &proof(Verdict::Mismatch, &defects)).unwrap();
        assert_eq!(alert.subject(), "[backup] verification found 12 defects");
        insta::assert_snapshot!(alert.body(), @"
        Stack backup: verification found 12 defects.
        Execution: exec-0fcddf3728817690d
        Of 15 transferred items 3 are proven, in bucket data.
        First finding: /größe 0.txt: what was found.

        Paths concerned (10 of 12):
          /größe 0.txt: transfer failed
          /größe 1.txt: transfer failed
          /größe 2.txt: transfer failed
          /größe 3.txt: transfer failed
          /größe 4.txt: transfer failed
          /größe 5.txt: transfer failed
          /größe 6.txt: transfer failed
          /größe 7.txt: transfer failed
          /größe 8.txt: transfer failed
          /größe 9.txt: transfer failed

        Likely cause: object versions were deleted after the transfer, by a person or a lifecycle rule.
        Run next:     efs-s3 verify exec-0fcddf3728817690d
        Runbook:      docs/OPERATIONS.md#verification
        ");
    }

    #[test]
    fn an_incomplete_verification_says_so() {
        let alert =
            for_proof("backup", &proof(Verdict::Incomplete, &[Defect::ReportMissing])).unwrap();
        assert_eq!(alert.what, "verification is incomplete, with 1 defect");
        assert!(
            alert.likely_cause.starts_with("DataSync could not write its report"),
            "{}",
            alert.likely_cause
        );
    }
}
