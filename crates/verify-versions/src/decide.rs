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
        counts: tally.counts,
        findings: tally.findings,
    }
}
