//! The results of one path, added to the summary and the list of objects.

use domain::records::proof::{Defect, Finding};

use crate::compare::{ComparisonResult, is_directory};
use crate::error::ShardError;
use crate::joined_row::JoinedRow;
use crate::proof_parts::ProofPartWriter;
use crate::summary::VerifySummary;

/// Adds one path to the summary and its object to the list; returns whether a part of the list is
/// full.
pub(super) fn add_result(
    joined: &JoinedRow,
    result: Option<ComparisonResult>,
    summary: &mut VerifySummary,
    objects: &mut ProofPartWriter<'_>,
) -> Result<bool, ShardError> {
    add_report_findings(joined, summary);
    let proven = result.and_then(|result| summary.add_row(result));
    match proven.and_then(|proven| proven.object) {
        Some(object) => objects.add_object(&object),
        None => Ok(false),
    }
}

/// Adds what the reports alone show.
fn add_report_findings(joined: &JoinedRow, summary: &mut VerifySummary) {
    let finding =
        |defect, detail| Finding { path: joined.path.clone(), version_id: None, defect, detail };
    if joined.is_duplicated {
        summary.add_finding(finding(Defect::Duplicated, "a report has it more than once".into()));
    }
    match (&joined.transferred, &joined.verified) {
        (Some(row), _) => {
            summary.files += u64::from(row.transfer_status.is_success() && !is_directory(row));
        }
        (None, Some(item)) => {
            // `POINT_IN_TIME_CONSISTENT` verifies what was not transferred too.
            if let Some((defect, detail)) = item.verification.defect() {
                summary.add_finding(finding(defect, detail));
            }
            summary.files_not_transferred += u64::from(!item.is_directory);
        }
        (None, None) => {}
    }
}
