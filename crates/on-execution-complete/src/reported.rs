//! What an execution's report says went wrong, and how many items it found, read in bounded amount.

use aws::records_bucket::{RecordsBucket, RecordsError};
use aws::report_parts::{self, ReportParts};
use domain::execution::Execution;
use domain::records::keys;
use domain::report::{PartRow, ReportKind, read_part};

use crate::items::{self, Item};

/// A part has up to 5 MB; one is held at a time, and so many are read.
const MAX_PARTS: usize = 20;
/// Beyond so many files nobody looks at single ones.
const MAX_ITEMS: usize = 10_000;
/// So many parts are counted through: some two million rows.
const MAX_COUNTED_PARTS: usize = 200;

/// What was found; nothing where nothing was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// Whether the report's summary is there; only looked for where DataSync calls the report
    /// written.
    pub has_summary: bool,
    /// The first ones by report: skipped, verified, transferred, deleted.
    pub items: Vec<Item>,
    /// Rows of the Skipped report with a failed status.
    pub skipped: i64,
    /// Rows of the Verified report that have a source; only counted where the execution compared
    /// everything.
    pub verified_at_source: Option<i64>,
    /// Parts that were not read or can't be.
    pub unread_parts: usize,
}

impl Reported {
    /// Whether every file that went wrong is in `items`.
    pub(crate) fn is_whole(&self) -> bool {
        self.unread_parts == 0 && self.items.len() < MAX_ITEMS
    }

    /// How many files and directories the source has, as far as that is known.
    ///
    /// `FilesVerified` may include objects that only the destination has (not documented), which an
    /// emptied source leaves behind: where the rows were counted, they say it.
    pub(crate) fn listed(&self, execution: &Execution, counts_unchanged: bool) -> Option<i64> {
        let counted = execution.counters.files_listed.or(self.verified_at_source);
        counted.or_else(|| execution.listed_files(counts_unchanged))
    }
}

/// Reads what the execution's end calls for.
pub(crate) async fn read(
    records: &RecordsBucket,
    execution: &Execution,
) -> Result<Reported, RecordsError> {
    let mut reported = Reported::default();
    let is_written = execution.report.as_ref().is_some_and(|report| report.status == "SUCCESS");
    if is_written {
        let summaries = keys::summary_reports(execution.arn.task().id(), execution.arn.id());
        reported.has_summary = !records.list(&summaries).await?.is_empty();
    }
    let kinds = kinds(execution);
    let counts =
        is_written && execution.counters.files_listed.is_none() && execution.compared_everything();
    if kinds.is_empty() && !counts {
        return Ok(reported);
    }
    let parts = ReportParts::list(records, &execution.arn).await?;
    read_items(records, &in_turn(&parts, &kinds), &mut reported).await?;
    if counts {
        reported.verified_at_source = verified_at_source(records, &parts).await?;
    }
    Ok(reported)
}

async fn read_items(
    records: &RecordsBucket,
    keys: &[&str],
    reported: &mut Reported,
) -> Result<(), RecordsError> {
    for (number, key) in keys.iter().enumerate() {
        if number >= MAX_PARTS || reported.items.len() >= MAX_ITEMS {
            reported.unread_parts += 1;
            continue;
        }
        match report_parts::read(records, key).await? {
            Ok(part) => {
                reported.skipped +=
                    part.skipped.iter().filter(|row| row.is_failed()).map(|_| 1).sum::<i64>();
                reported.items.extend(items::of_part(&part));
            }
            Err(_) => reported.unread_parts += 1,
        }
    }
    if reported.items.len() < MAX_ITEMS {
        reported.items = items::without_consequences(std::mem::take(&mut reported.items));
    }
    reported.items.truncate(MAX_ITEMS);
    Ok(())
}

/// The first parts of all kinds, then the second ones: no long report keeps another from being
/// read.
fn in_turn<'a>(parts: &'a ReportParts, kinds: &[ReportKind]) -> Vec<&'a str> {
    let mut turns: Vec<(usize, &str)> =
        kinds.iter().flat_map(|kind| parts.of(*kind).enumerate()).collect();
    turns.sort_by_key(|(number, _)| *number);
    turns.into_iter().map(|(_, key)| key).collect()
}

/// `None` where the rows don't tell: none is there, a part can't be read, or there are too many.
async fn verified_at_source(
    records: &RecordsBucket,
    parts: &ReportParts,
) -> Result<Option<i64>, RecordsError> {
    let keys: Vec<&str> = parts.of(ReportKind::Verified).collect();
    if keys.is_empty() || keys.len() > MAX_COUNTED_PARTS {
        return Ok(None);
    }
    let mut rows = 0;
    for key in keys {
        let Some(bytes) = records.read_bytes(key).await? else { return Ok(None) };
        let read = read_part(ReportKind::Verified, &bytes, |row| {
            rows += i64::from(matches!(row, PartRow::Verified(row) if row.src_metadata.is_some()));
        });
        if read.is_err() {
            return Ok(None);
        }
    }
    Ok(Some(rows))
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
    let failed = !execution.is_success();
    looked_for
        .into_iter()
        .filter(|(_, on_success)| failed || *on_success)
        .map(|(kind, _)| kind)
        .collect()
}
