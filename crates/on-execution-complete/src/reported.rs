//! What an execution's report says went wrong, read in bounded amount.

use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use aws_edge::report_parts::{self, ReportParts};
use pipeline::execution::Execution;
use pipeline::records::keys;
use pipeline::report::ReportKind;

use crate::items::{self, Item};

/// A part has up to 5 MB; one is held at a time, and so many are read.
const MAX_PARTS: usize = 20;
/// Beyond so many files nobody looks at single ones.
const MAX_ITEMS: usize = 10_000;

/// What was found; nothing where nothing was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// Whether the report's summary is there; only looked for where DataSync calls the report written.
    pub has_summary: bool,
    /// The first ones by report: skipped, verified, transferred, deleted.
    pub items: Vec<Item>,
    /// Parts that were not read or can't be.
    pub unread_parts: usize,
}

impl Reported {
    /// Whether every file that went wrong is in `items`.
    pub(crate) fn is_whole(&self) -> bool {
        self.unread_parts == 0 && self.items.len() < MAX_ITEMS
    }
}

/// Reads what the execution's end calls for.
pub(crate) async fn read(records: &RecordsBucket, execution: &Execution) -> Result<Reported, RecordsError> {
    let mut reported = Reported::default();
    if execution.report.as_ref().is_some_and(|report| report.status == "SUCCESS") {
        let summaries = keys::summary_reports(execution.arn.task().id(), execution.arn.id());
        reported.has_summary = !records.list(&summaries).await?.is_empty();
    }
    let kinds = kinds(execution);
    if kinds.is_empty() {
        return Ok(reported);
    }
    let parts = ReportParts::list(records, &execution.arn).await?;
    for (number, key) in kinds.iter().flat_map(|kind| parts.of(*kind)).enumerate() {
        if number >= MAX_PARTS || reported.items.len() >= MAX_ITEMS {
            reported.unread_parts += 1;
            continue;
        }
        match report_parts::read(records, key).await? {
            Ok(part) => reported.items.extend(items::of_part(&part)),
            Err(_) => reported.unread_parts += 1,
        }
    }
    if reported.items.len() < MAX_ITEMS {
        reported.items = items::without_consequences(reported.items);
    }
    reported.items.truncate(MAX_ITEMS);
    Ok(reported)
}

/// The reports that may say something about an execution that ended so.
fn kinds(execution: &Execution) -> Vec<ReportKind> {
    let counters = execution.counters;
    let looked_for = [
        (ReportKind::Skipped, counters.files_skipped > 0),
        (ReportKind::Verified, false),
        (ReportKind::Transferred, false),
        (ReportKind::Deleted, counters.files_deleted > 0),
    ];
    let failed = !execution.succeeded();
    looked_for.into_iter().filter(|(_, on_success)| failed || *on_success).map(|(kind, _)| kind).collect()
}
