//! The verdict, from the results of all rows. Pure.

use chrono::{DateTime, Utc};
use domain::execution::{Execution, VERIFY_MODE_NONE};
use domain::records::outputs::Outputs;
use domain::records::proof::{Defect, Depth, Notice, Proof, Verdict};

use crate::summary::VerifySummary;

/// The mode in which every verified file has also been transferred.
const ONLY_FILES_TRANSFERRED: &str = "ONLY_FILES_TRANSFERRED";

/// Whether the execution compares the files that it transferred.
pub(crate) fn compares_content(execution: &Execution) -> bool {
    execution.verify_mode.as_deref() != Some(VERIFY_MODE_NONE)
}

/// Adds the findings that show only when all rows have been compared.
pub(crate) fn complete_summary(summary: &mut VerifySummary, execution: &Execution) {
    let missing = summary.files_not_transferred;
    if missing > 0 && execution.verify_mode.as_deref() == Some(ONLY_FILES_TRANSFERRED) {
        let detail = format!(
            "{missing} verified files are not in the Transferred report: a part of it is missing"
        );
        summary.add_report_finding(Defect::CountDiffers, detail);
    }
    if let Some(detail) = find_missing_report(summary, execution) {
        summary.add_report_finding(Defect::ReportMissing, detail);
    } else if let Some(detail) = find_miscount(summary, execution) {
        summary.add_report_warning(Notice::CounterDiffers, detail);
    }
    add_execution_failure(summary, execution);
    let counters = execution.counters;
    summary.counts.skipped = u64::try_from(counters.files_skipped).unwrap_or_default();
    summary.counts.deleted = u64::try_from(counters.files_deleted).unwrap_or_default();
}

/// Adds a finding where the execution failed and no other finding says so: the files that it did
/// not reach are in no report, and a report without defects proves nothing about them.
fn add_execution_failure(summary: &mut VerifySummary, execution: &Execution) {
    if summary.counts.findings == 0 && !execution.is_success() {
        let message =
            execution.error.to_text().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        let detail = format!("the execution ended as {}: {message}", execution.status);
        summary.add_report_finding(Defect::ExecutionFailed, detail);
    }
}

/// Describes a missing report.
///
/// DataSync itself states whether it has "generated a complete task report" (API reference,
/// `ReportResult`), and gaps between parts are found as they are read. A report without rows
/// where files were transferred is missing too.
fn find_missing_report(summary: &VerifySummary, execution: &Execution) -> Option<String> {
    let Some(report) = &execution.report else {
        return Some("the execution writes no report".to_owned());
    };
    if report.status == "SUCCESS" {
        let counted = execution.counters.files_transferred;
        let none = counted > 0 && summary.counts.transferred == 0;
        return none.then(|| {
            format!("DataSync counts {counted} transferred items, the Transferred report has none")
        });
    }
    let words = report.error.to_text().unwrap_or_else(|| "DataSync gives no reason".to_owned());
    Some(format!("the report's status is {}: {words}", report.status))
}

/// Describes a difference between DataSync's counter and its report. It proves nothing: the counter
/// is "implementation-specific for some location types, so don't use it as an exact indication of
/// what's transferring" (API reference, `FilesTransferred`).
///
/// Basic mode counts directories among the files and Enhanced mode does not, and whether either
/// counts what failed is not documented: any count between the fewest and the most that the rows
/// allow agrees with them.
fn find_miscount(summary: &VerifySummary, execution: &Execution) -> Option<String> {
    let counted = u64::try_from(execution.counters.files_transferred).unwrap_or_default();
    let (files, rows) = (summary.files, summary.counts.transferred);
    let agrees = (files..=rows).contains(&counted);
    (!agrees).then(|| {
        format!("DataSync counts {counted} transferred items, the Transferred report has {rows}")
    })
}

/// Builds the proof of the complete summary; the caller adds the parts of both lists.
pub(crate) fn build_proof(
    summary: VerifySummary,
    execution: &Execution,
    outputs: &Outputs,
    now: DateTime<Utc>,
) -> Proof {
    Proof {
        execution: execution.arn.clone(),
        sync: outputs.sync.clone(),
        verdict: verdict_of(&summary),
        checked_at: now,
        bucket: outputs.destination_bucket.clone(),
        bucket_region: outputs.destination_region.clone(),
        bucket_account: outputs.destination_account.clone(),
        execution_failed: !execution.is_success(),
        counts: summary.counts,
        findings: summary.findings,
        warnings: summary.warnings,
        depth: Depth::default(),
        code_version: String::new(),
        report_parts: Vec::new(),
        object_parts: Vec::new(),
    }
}

fn verdict_of(summary: &VerifySummary) -> Verdict {
    if summary.left_open {
        Verdict::Incomplete
    } else if summary.counts.findings > 0 {
        Verdict::Mismatch
    } else if summary.counts.warnings > 0 {
        Verdict::VerifiedWithWarnings
    } else {
        Verdict::Verified
    }
}

#[cfg(test)]
mod tests;
