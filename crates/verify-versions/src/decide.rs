//! From all that was found to the proof. Pure.

use chrono::{DateTime, Utc};
use pipeline::execution::{Execution, VERIFY_MODE_NONE};
use pipeline::records::proof::{Defect, Proof, Verdict};

use crate::tally::Tally;
use crate::verification::Verifications;

/// The mode in which every verified file has also been transferred.
const ONLY_FILES_TRANSFERRED: &str = "ONLY_FILES_TRANSFERRED";

/// Whether the execution compares what it transferred.
pub(crate) fn verifies(execution: &Execution) -> bool {
    execution.verify_mode.as_deref() != Some(VERIFY_MODE_NONE)
}

/// Adds what only shows when all rows have been judged.
pub(crate) fn complete(tally: &mut Tally, execution: &Execution, verifications: &Verifications) {
    verifications.elsewhere().into_iter().for_each(|finding| tally.find(finding));
    let missing = verifications.files_not_transferred();
    if missing > 0 && execution.verify_mode.as_deref() == Some(ONLY_FILES_TRANSFERRED) {
        let detail = format!("{missing} verified files are not in the Transferred report: a part of it is missing");
        tally.find_in_report(Defect::CountDiffers, detail);
    }
    if let Some(detail) = missing_report(tally, execution) {
        tally.find_in_report(Defect::ReportMissing, detail);
    }
    // What a failed execution did not come to is in no report: nothing wrong in it does not mean that all is well.
    if tally.counts.findings == 0 && !execution.succeeded() {
        let words = execution.error.joined().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        let detail = format!("the execution ended as {}: {words}", execution.status);
        tally.find_in_report(Defect::ExecutionFailed, detail);
    }
    let counters = execution.counters;
    tally.counts.skipped = u64::try_from(counters.files_skipped).unwrap_or_default();
    tally.counts.deleted = u64::try_from(counters.files_deleted).unwrap_or_default();
}

/// DataSync's count of transferred items is "implementation-specific" (API reference, `FilesTransferred`): only its being
/// zero or not says something about the number of rows.
fn missing_report(tally: &Tally, execution: &Execution) -> Option<String> {
    let Some(report) = &execution.report else { return Some("the execution writes no report".to_owned()) };
    if report.status != "SUCCESS" {
        let words = report.error.joined().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        return Some(format!("the report's status is {}: {words}", report.status));
    }
    let transferred = execution.counters.files_transferred;
    let absent = tally.counts.transferred == 0 && transferred > 0;
    absent.then(|| format!("DataSync counts {transferred} transferred items, the Transferred report has none"))
}

/// What the finished tally proves.
pub(crate) fn proof(tally: Tally, execution: &Execution, bucket: &str, now: DateTime<Utc>) -> Proof {
    let verdict = if tally.left_open {
        Verdict::Incomplete
    } else if tally.counts.findings > 0 {
        Verdict::Mismatch
    } else {
        Verdict::Verified
    };
    Proof {
        execution: execution.arn.clone(),
        verdict,
        checked_at: now,
        bucket: bucket.to_owned(),
        execution_failed: !execution.succeeded(),
        counts: tally.counts,
        findings: tally.findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{execution, verified};
    use pipeline::execution::{ReportResult, ServiceWords};
    use pipeline::records::proof::Finding;

    fn report(status: &str) -> Option<ReportResult> {
        let error = ServiceWords { code: None, detail: Some("Failed to upload Task Report(s)".into()) };
        Some(ReportResult { status: status.into(), error })
    }

    fn tally(transferred: u64) -> Tally {
        let mut tally = Tally::default();
        tally.counts.transferred = transferred;
        tally
    }

    fn transferring(files: i64) -> Execution {
        let mut execution = execution();
        execution.counters.files_transferred = files;
        execution
    }

    fn decided(mut tally: Tally, execution: &Execution, verifications: &Verifications) -> (Verdict, Vec<Defect>) {
        complete(&mut tally, execution, verifications);
        let proof = proof(tally, execution, "data", DateTime::UNIX_EPOCH);
        (proof.verdict, proof.findings.into_iter().map(|finding| finding.defect).collect())
    }

    #[test]
    fn a_report_must_be_there_and_whole_but_counts_may_differ_a_little() {
        let missing = (Verdict::Incomplete, vec![Defect::ReportMissing]);
        let verified = (Verdict::Verified, vec![]);
        for (execution, rows, expected) in [
            (transferring(3), 3, verified.clone()),
            (transferring(4), 3, verified.clone()),
            (transferring(2), 3, verified.clone()),
            (transferring(0), 0, verified),
            (transferring(3), 0, missing.clone()),
            (Execution { report: report("ERROR"), ..transferring(3) }, 3, missing.clone()),
            (Execution { report: None, ..transferring(0) }, 0, missing),
        ] {
            assert_eq!(decided(tally(rows), &execution, &Verifications::default()), expected, "{execution:?} {rows}");
        }
    }

    #[test]
    fn a_failed_execution_is_never_verified() {
        let failed = Execution { status: "ERROR".into(), ..transferring(3) };
        let expected = (Verdict::Incomplete, vec![Defect::ExecutionFailed]);
        assert_eq!(decided(tally(3), &failed, &Verifications::default()), expected);
        let nothing = Execution { status: "ERROR".into(), ..transferring(0) };
        assert_eq!(decided(tally(0), &nothing, &Verifications::default()), expected);
    }

    #[test]
    fn a_mismatch_is_a_finding_that_leaves_nothing_open() {
        let finding = |defect| Finding { path: "/a".into(), version_id: None, defect, detail: String::new() };
        for (defect, verdict) in
            [(Defect::VersionMissing, Verdict::Mismatch), (Defect::CountDiffers, Verdict::Incomplete)]
        {
            let mut tally = tally(3);
            tally.find(finding(defect));
            assert_eq!(decided(tally, &transferring(3), &Verifications::default()), (verdict, vec![defect]));
        }
    }

    #[test]
    fn a_verified_file_that_was_not_transferred_betrays_a_missing_part() {
        let mut verifications = Verifications::default();
        verifications.add(&verified("/a"));
        for (mode, expected) in [
            ("ONLY_FILES_TRANSFERRED", (Verdict::Incomplete, vec![Defect::CountDiffers])),
            ("POINT_IN_TIME_CONSISTENT", (Verdict::Verified, vec![])),
        ] {
            let execution = Execution { verify_mode: Some(mode.into()), ..transferring(3) };
            assert_eq!(decided(tally(3), &execution, &verifications), expected, "{mode}");
        }
    }
}
