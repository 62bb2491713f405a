//! From all that was found to the proof. Pure.

use chrono::{DateTime, Utc};
use domain::execution::{Execution, VERIFY_MODE_NONE};
use domain::records::proof::{Defect, Depth, Notice, Proof, Verdict};

use crate::tally::Tally;

/// The mode in which every verified file has also been transferred.
const ONLY_FILES_TRANSFERRED: &str = "ONLY_FILES_TRANSFERRED";

/// Whether the execution compares what it transferred.
pub(crate) fn verifies(execution: &Execution) -> bool {
    execution.verify_mode.as_deref() != Some(VERIFY_MODE_NONE)
}

/// Adds what only shows when all rows have been judged.
pub(crate) fn complete(tally: &mut Tally, execution: &Execution) {
    let missing = tally.files_not_transferred;
    if missing > 0 && execution.verify_mode.as_deref() == Some(ONLY_FILES_TRANSFERRED) {
        let detail = format!(
            "{missing} verified files are not in the Transferred report: a part of it is missing"
        );
        tally.find_in_report(Defect::CountDiffers, detail);
    }
    if let Some(detail) = missing_report(tally, execution) {
        tally.find_in_report(Defect::ReportMissing, detail);
    } else if let Some(detail) = miscounted(tally, execution) {
        tally.warn_of_report(Notice::CounterDiffers, detail);
    }
    // What a failed execution did not come to is in no report: nothing wrong in it does not mean
    // that all is well.
    if tally.counts.findings == 0 && !execution.is_success() {
        let words =
            execution.error.to_text().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        let detail = format!("the execution ended as {}: {words}", execution.status);
        tally.find_in_report(Defect::ExecutionFailed, detail);
    }
    let counters = execution.counters;
    tally.counts.skipped = u64::try_from(counters.files_skipped).unwrap_or_default();
    tally.counts.deleted = u64::try_from(counters.files_deleted).unwrap_or_default();
}

/// DataSync itself says whether it has "generated a complete task report" (API reference,
/// `ReportResult`), and gaps between parts are found as they are read. Nothing at all where
/// something was transferred is no report either.
fn missing_report(tally: &Tally, execution: &Execution) -> Option<String> {
    let Some(report) = &execution.report else {
        return Some("the execution writes no report".to_owned());
    };
    if report.status == "SUCCESS" {
        let counted = execution.counters.files_transferred;
        let none = counted > 0 && tally.counts.transferred == 0;
        return none.then(|| {
            format!("DataSync counts {counted} transferred items, the Transferred report has none")
        });
    }
    let words = report.error.to_text().unwrap_or_else(|| "DataSync gives no reason".to_owned());
    Some(format!("the report's status is {}: {words}", report.status))
}

/// A difference between DataSync's counter and its report. It proves nothing: the counter is
/// "implementation-specific for some location types, so don't use it as an exact indication of
/// what's transferring" (API reference, `FilesTransferred`).
///
/// Basic mode counts directories among the files and Enhanced mode does not, and whether either
/// counts what failed is not documented: any count between the fewest and the most that the rows
/// allow agrees with them.
fn miscounted(tally: &Tally, execution: &Execution) -> Option<String> {
    let counted = u64::try_from(execution.counters.files_transferred).unwrap_or_default();
    let (files, rows) = (tally.files, tally.counts.transferred);
    let agrees = (files..=rows).contains(&counted);
    (!agrees).then(|| {
        format!("DataSync counts {counted} transferred items, the Transferred report has {rows}")
    })
}

/// What the finished tally proves; what was read and written is the caller's to add.
pub(crate) fn proof(
    tally: Tally,
    execution: &Execution,
    bucket: &str,
    now: DateTime<Utc>,
) -> Proof {
    let verdict = if tally.left_open {
        Verdict::Incomplete
    } else if tally.counts.findings > 0 {
        Verdict::Mismatch
    } else if tally.counts.warnings > 0 {
        Verdict::VerifiedWithWarnings
    } else {
        Verdict::Verified
    };
    Proof {
        execution: execution.arn.clone(),
        verdict,
        checked_at: now,
        bucket: bucket.to_owned(),
        execution_failed: !execution.is_success(),
        counts: tally.counts,
        findings: tally.findings,
        warnings: tally.warnings,
        depth: Depth::default(),
        code_version: String::new(),
        report_parts: Vec::new(),
        object_parts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::execution;
    use domain::execution::{ReportResult, ServiceMessage};
    use domain::records::proof::Finding;

    fn report(status: &str) -> Option<ReportResult> {
        let error =
            ServiceMessage { code: None, detail: Some("Failed to upload Task Report(s)".into()) };
        Some(ReportResult { status: status.into(), error })
    }

    fn tally(transferred: u64) -> Tally {
        let mut tally = Tally::default();
        (tally.counts.transferred, tally.files) = (transferred, transferred);
        tally
    }

    fn transferring(files: i64) -> Execution {
        let mut execution = execution();
        execution.counters.files_transferred = files;
        execution
    }

    fn decided(mut tally: Tally, execution: &Execution) -> (Verdict, Vec<Defect>) {
        complete(&mut tally, execution);
        let proof = proof(tally, execution, "data", DateTime::UNIX_EPOCH);
        (proof.verdict, proof.findings.into_iter().map(|finding| finding.defect).collect())
    }

    #[test]
    fn a_report_must_be_there_and_a_counter_that_differs_is_a_warning() {
        let miscounted = (Verdict::VerifiedWithWarnings, vec![]);
        let missing = (Verdict::Incomplete, vec![Defect::ReportMissing]);
        let verified = (Verdict::Verified, vec![]);
        for (execution, rows, expected) in [
            (transferring(3), 3, verified.clone()),
            (transferring(4), 3, miscounted.clone()),
            (transferring(2), 3, miscounted.clone()),
            (transferring(0), 0, verified),
            (transferring(3), 0, missing.clone()),
            (transferring(2_000_000), 3, miscounted),
            (Execution { report: report("ERROR"), ..transferring(3) }, 3, missing.clone()),
            (Execution { report: None, ..transferring(0) }, 0, missing),
        ] {
            assert_eq!(decided(tally(rows), &execution), expected, "{execution:?} {rows}");
        }
    }

    #[test]
    fn the_warning_says_both_counts() {
        let mut tally = tally(3);
        complete(&mut tally, &transferring(4));
        let warning = &tally.warnings[0];
        assert_eq!(
            (warning.path.as_str(), warning.notice, tally.counts.warnings),
            ("/", Notice::CounterDiffers, 1)
        );
        assert_eq!(
            warning.detail,
            "DataSync counts 4 transferred items, the Transferred report has 3"
        );
    }

    #[test]
    fn a_failed_execution_is_never_verified() {
        let failed = Execution { status: "ERROR".into(), ..transferring(3) };
        let expected = (Verdict::Incomplete, vec![Defect::ExecutionFailed]);
        assert_eq!(decided(tally(3), &failed), expected);
        let nothing = Execution { status: "ERROR".into(), ..transferring(0) };
        assert_eq!(decided(tally(0), &nothing), expected);
    }

    #[test]
    fn a_mismatch_is_a_finding_that_leaves_nothing_open() {
        let finding =
            |defect| Finding { path: "/a".into(), version_id: None, defect, detail: String::new() };
        for (defect, verdict) in [
            (Defect::VersionMissing, Verdict::Mismatch),
            (Defect::CountDiffers, Verdict::Incomplete),
        ] {
            let mut tally = tally(3);
            tally.find(finding(defect));
            assert_eq!(decided(tally, &transferring(3)), (verdict, vec![defect]));
        }
    }

    #[test]
    fn directories_may_be_counted_or_not() {
        for (counted, expected) in [(2, false), (3, true), (5, true), (6, false)] {
            let tally = Tally { files: 3, ..tally(5) };
            assert_eq!(
                decided(tally, &transferring(counted)).0 == Verdict::Verified,
                expected,
                "{counted}"
            );
        }
    }

    #[test]
    fn a_verified_file_that_was_not_transferred_betrays_a_missing_part() {
        for (mode, expected) in [
            ("ONLY_FILES_TRANSFERRED", (Verdict::Incomplete, vec![Defect::CountDiffers])),
            ("POINT_IN_TIME_CONSISTENT", (Verdict::Verified, vec![])),
        ] {
            let execution = Execution { verify_mode: Some(mode.into()), ..transferring(3) };
            let tally = Tally { files_not_transferred: 1, ..tally(3) };
            assert_eq!(decided(tally, &execution), expected, "{mode}");
        }
    }
}
