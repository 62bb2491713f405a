//! The anomalies of a successful execution: reasons to doubt the success. Pure.

use domain::execution::Execution;
use domain::limits::Limits;
use domain::records::class::Class;
use domain::records::last_run::Baseline;

use crate::report_issues::ReportIssues;

/// The facts about a successful execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuccessFacts<'a> {
    pub execution: &'a Execution,
    /// Whether it copied only a part of the source.
    pub part: bool,
    /// The baseline of the last good execution, if that had the same filters.
    pub baseline: Option<&'a Baseline>,
    pub issues: &'a ReportIssues,
    /// The number of files and directories at the source, if it is known.
    pub listed: Option<i64>,
}

type AnomalyCheck = fn(&SuccessFacts<'_>, &Limits) -> bool;

/// The checks; the first that applies decides the class of the run.
const CHECKS: [(Class, AnomalyCheck); 6] = [
    (Class::NothingListed, found_nothing),
    (Class::Shrunk, source_shrank),
    (Class::Deletions, deleted_many),
    (Class::ReportFailed, report_failed),
    (Class::ReportMissing, report_missing),
    (Class::SkippedRising, skipped_rising),
];

/// The most severe anomaly of a success; `None` if there is none.
pub(crate) fn find_anomaly(success: &SuccessFacts<'_>, limits: &Limits) -> Option<Class> {
    CHECKS.into_iter().find(|(_, applies)| applies(success, limits)).map(|(class, _)| class)
}

fn found_nothing(success: &SuccessFacts<'_>, _: &Limits) -> bool {
    files_before_and_now(success).is_some_and(|(before, now)| before > 0 && now == 0)
}

fn source_shrank(success: &SuccessFacts<'_>, limits: &Limits) -> bool {
    let kept = 100 - i64::from(limits.max_shrink_percent.min(100));
    files_before_and_now(success).is_some_and(|(before, now)| {
        before >= limits.min_files_for_percentages && now * 100 < before * kept
    })
}

fn deleted_many(success: &SuccessFacts<'_>, limits: &Limits) -> bool {
    let deleted = success.execution.counters.files_deleted;
    let before = success.baseline.and_then(|baseline| baseline.listed);
    let is_large_share = before.is_some_and(|before| {
        before >= limits.min_files_for_percentages
            && deleted * 100 > before * i64::from(limits.max_deleted_percent)
    });
    deleted > limits.max_deleted_files || is_large_share
}

fn report_failed(success: &SuccessFacts<'_>, _: &Limits) -> bool {
    success.execution.report.as_ref().is_some_and(|report| report.status == "ERROR")
}

fn report_missing(success: &SuccessFacts<'_>, _: &Limits) -> bool {
    match &success.execution.report {
        None => true,
        Some(report) if report.status == "SUCCESS" => !success.issues.has_summary,
        Some(report) => report.status == "PENDING",
    }
}

/// Whether more files were skipped with an error. The failed rows decide, because DataSync's
/// counter includes unchanged files, whose number grows with the source.
fn skipped_rising(success: &SuccessFacts<'_>, limits: &Limits) -> bool {
    let skipped = success.issues.skipped;
    success
        .baseline
        .is_some_and(|baseline| skipped > baseline.skipped + limits.max_more_skipped_files)
}

/// The number of files that the last good execution and this one found. An execution of a part of
/// the source is not compared.
fn files_before_and_now(success: &SuccessFacts<'_>) -> Option<(i64, i64)> {
    let before = success.baseline.filter(|_| !success.part)?.listed?;
    Some((before, success.listed?))
}

#[cfg(test)]
mod tests;
