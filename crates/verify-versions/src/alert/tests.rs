use chrono::DateTime;
use domain::records::proof::{Depth, Finding, ProofCounts};

use super::*;
use crate::testing::fixtures::successful_execution;

fn proof_with(verdict: Verdict, defects: &[Defect]) -> Proof {
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
    Proof { verdict, counts, findings, ..empty_proof() }
}

fn empty_proof() -> Proof {
    Proof {
        sync: domain::sync_name::SyncName::default(),
        execution: successful_execution().arn,
        verdict: Verdict::Verified,
        checked_at: DateTime::UNIX_EPOCH,
        bucket_region: None,
        bucket_account: None,
        bucket: "data".into(),
        execution_failed: false,
        counts: ProofCounts::default(),
        findings: Vec::new(),
        warnings: Vec::new(),
        depth: Depth::default(),
        code_version: String::new(),
        report_parts: Vec::new(),
        object_parts: Vec::new(),
    }
}

#[test]
fn a_proven_execution_does_not_alert() {
    assert_eq!(alert_for_proof("backup", &proof_with(Verdict::Verified, &[])), None);
}

#[test]
fn a_failed_execution_has_an_alert_of_its_own() {
    let proof = proof_with(Verdict::Mismatch, &[Defect::TransferFailed, Defect::VersionMissing]);
    assert!(alert_for_proof("backup", &proof).is_some());
    assert_eq!(alert_for_proof("backup", &Proof { execution_failed: true, ..proof }), None);
}

#[test]
fn the_alert_names_the_first_ten_paths_and_the_command() {
    let mut defects = vec![Defect::TransferFailed; 11];
    defects.push(Defect::VersionMissing);
    let alert = alert_for_proof("backup", &proof_with(Verdict::Mismatch, &defects)).unwrap();
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
        alert_for_proof("backup", &proof_with(Verdict::Incomplete, &[Defect::ReportMissing]))
            .unwrap();
    assert_eq!(alert.what, "verification is incomplete, with 1 defect");
    assert!(
        alert.likely_cause.starts_with("DataSync could not write its report"),
        "{}",
        alert.likely_cause
    );
}
