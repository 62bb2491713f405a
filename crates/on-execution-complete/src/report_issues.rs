//! The issues in the task report of an execution, and its number of files. Only a bounded part of
//! the report is read.

use aws::records_bucket::{RecordsBucket, RecordsError};
use aws::report_parts::{self, ReportParts};
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::records::keys;
use domain::report::{DetailedReport, PartRow, ReportKind, read_part};

use crate::file_issues::{FileIssue, issues_in_part, without_consequences};

/// The number of parts that are read for issues. A part has up to 5 MB, and one is in memory at a
/// time.
const MAX_PARTS: usize = 20;
/// The number of issues that are kept: nobody reads more.
const MAX_ISSUES: usize = 10_000;
/// The number of parts whose rows are counted: about two million rows.
const MAX_COUNTED_PARTS: usize = 200;

/// The issues of a report; empty where nothing was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportIssues {
    /// Whether the summary of the report exists; only checked if DataSync reports that it has
    /// written the report.
    pub has_summary: bool,
    /// The first issues of each report: skipped, verified, transferred, deleted.
    pub issues: Vec<FileIssue>,
    /// Rows of the Skipped report with a failed status.
    pub skipped: i64,
    /// Rows of the Verified report that have a source; only counted if the execution compared
    /// everything.
    pub verified_at_source: Option<i64>,
    /// Parts that were not read or can't be read.
    pub unread_parts: usize,
}

impl ReportIssues {
    fn add_part(&mut self, part: &DetailedReport) {
        self.skipped += part.skipped.iter().filter(|row| row.is_failed()).map(|_| 1).sum::<i64>();
        self.issues.extend(issues_in_part(part));
    }

    /// Whether `issues` has all issues of the execution.
    pub(crate) fn is_complete(&self) -> bool {
        self.unread_parts == 0 && self.issues.len() < MAX_ISSUES
    }

    /// The number of files and directories at the source, if it is known.
    ///
    /// `FilesVerified` may include objects that only the destination has (not documented), which an
    /// emptied source leaves behind: if the rows were counted, they decide.
    pub(crate) fn files_at_source(
        &self,
        execution: &Execution,
        counts_unchanged: bool,
    ) -> Option<i64> {
        let counted = execution.counters.files_listed.or(self.verified_at_source);
        counted.or_else(|| execution.listed_files(counts_unchanged))
    }
}

/// Reads the parts that matter for the end of the execution.
pub(crate) async fn read_issues(
    records: &RecordsBucket,
    execution: &Execution,
) -> Result<ReportIssues, RecordsError> {
    let mut found = ReportIssues::default();
    let is_written = execution.report.as_ref().is_some_and(|report| report.status == "SUCCESS");
    found.has_summary = is_written && has_summary(records, &execution.arn).await?;
    let kinds = relevant_kinds(execution);
    let counts_rows =
        is_written && execution.counters.files_listed.is_none() && execution.compared_everything();
    if kinds.is_empty() && !counts_rows {
        return Ok(found);
    }
    let parts = ReportParts::list(records, &execution.arn).await?;
    read_parts(records, &interleave_parts(&parts, &kinds), &mut found).await?;
    if counts_rows {
        found.verified_at_source = count_verified_at_source(records, &parts).await?;
    }
    Ok(found)
}

async fn has_summary(
    records: &RecordsBucket,
    execution: &ExecutionArn,
) -> Result<bool, RecordsError> {
    let summaries = keys::summary_reports(execution.task().id(), execution.id());
    Ok(!records.list(&summaries).await?.is_empty())
}

async fn read_parts(
    records: &RecordsBucket,
    keys: &[&str],
    found: &mut ReportIssues,
) -> Result<(), RecordsError> {
    for (number, key) in keys.iter().enumerate() {
        if number >= MAX_PARTS || found.issues.len() >= MAX_ISSUES {
            found.unread_parts += 1;
            continue;
        }
        match report_parts::read(records, key).await? {
            Ok(part) => found.add_part(&part),
            Err(_) => found.unread_parts += 1,
        }
    }
    if found.issues.len() < MAX_ISSUES {
        found.issues = without_consequences(std::mem::take(&mut found.issues));
    }
    found.issues.truncate(MAX_ISSUES);
    Ok(())
}

/// The first parts of all kinds, then the second ones, so that a long report does not prevent the
/// reading of another.
fn interleave_parts<'a>(parts: &'a ReportParts, kinds: &[ReportKind]) -> Vec<&'a str> {
    let mut turns: Vec<(usize, &str)> =
        kinds.iter().flat_map(|kind| parts.of(*kind).enumerate()).collect();
    turns.sort_by_key(|(number, _)| *number);
    turns.into_iter().map(|(_, key)| key).collect()
}

/// Counts the verified rows that have a source; `None` if there are no rows or too many, or a part
/// can't be read.
async fn count_verified_at_source(
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

/// The kinds of reports that matter for the end of this execution.
fn relevant_kinds(execution: &Execution) -> Vec<ReportKind> {
    let counters = execution.counters;
    let on_success = [
        (ReportKind::Skipped, counters.files_skipped > 0),
        (ReportKind::Verified, false),
        (ReportKind::Transferred, false),
        (ReportKind::Deleted, counters.files_deleted > 0),
    ];
    let failed = !execution.is_success();
    on_success.into_iter().filter(|(_, is_read)| failed || *is_read).map(|(kind, _)| kind).collect()
}
