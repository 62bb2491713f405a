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

/// Whether more files were skipped with an error. The failed rows decide, because DataSync's counter
/// includes unchanged files, whose number grows with the source.
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
mod tests {
    use super::*;
    use crate::testing::records::execution;
    use domain::execution::ReportResult;
    use domain::records::run::{Counters, Filters};

    /// An execution that found nearly everything unchanged, and counted it as skipped.
    fn execution_with(listed: Option<i64>, deleted: i64) -> Execution {
        let files_skipped = listed.unwrap_or(1_000_000);
        let counters = Counters {
            files_listed: listed,
            files_deleted: deleted,
            files_skipped,
            ..Counters::default()
        };
        Execution { counters, ..execution() }
    }

    fn issues_with(skipped: i64) -> ReportIssues {
        ReportIssues { has_summary: true, skipped, ..ReportIssues::default() }
    }

    fn baseline_with(listed: Option<i64>, skipped: i64) -> Baseline {
        Baseline { listed, counts_unchanged: true, skipped, filters: Filters::default() }
    }

    #[test]
    fn each_limit_has_its_edge() {
        for (before, skipped_before, now, deleted, skipped, expected) in [
            (Some(1000), 0, Some(1000), 0, 0, None),
            (Some(1000), 0, Some(0), 0, 0, Some(Class::NothingListed)),
            (Some(1), 0, Some(0), 0, 0, Some(Class::NothingListed)),
            (Some(0), 0, Some(0), 0, 0, None),
            (Some(1000), 0, Some(500), 0, 0, None),
            (Some(1000), 0, Some(499), 0, 0, Some(Class::Shrunk)),
            (Some(19), 0, Some(1), 0, 0, None),
            (Some(1000), 0, Some(900), 100, 0, None),
            (Some(1000), 0, Some(899), 101, 0, Some(Class::Deletions)),
            (Some(20_000), 0, Some(19_000), 1_000, 0, None),
            (Some(20_000), 0, Some(18_999), 1_001, 0, Some(Class::Deletions)),
            (None, 0, None, 1_001, 0, Some(Class::Deletions)),
            (Some(1000), 3, Some(1000), 0, 3, None),
            (Some(1000), 3, Some(1000), 0, 4, Some(Class::SkippedRising)),
            (None, 0, Some(0), 0, 0, None),
            (Some(1000), 0, None, 0, 0, None),
        ] {
            let (execution, baseline) =
                (execution_with(now, deleted), baseline_with(before, skipped_before));
            let issues = issues_with(skipped);
            let success = SuccessFacts {
                execution: &execution,
                part: false,
                baseline: Some(&baseline),
                issues: &issues,
                listed: now,
            };
            assert_eq!(
                find_anomaly(&success, &Limits::default()),
                expected,
                "{before:?} {now:?} {deleted} {skipped}"
            );
        }
    }

    #[test]
    fn without_a_baseline_only_the_absolute_limits_apply() {
        let execution = execution_with(Some(0), 0);
        let issues = issues_with(7);
        let success = SuccessFacts {
            execution: &execution,
            part: false,
            baseline: None,
            issues: &issues,
            listed: Some(0),
        };
        assert_eq!(find_anomaly(&success, &Limits::default()), None);
    }

    #[test]
    fn a_part_of_the_source_has_not_shrunk() {
        let (execution, baseline) = (execution_with(Some(1), 0), baseline_with(Some(1000), 0));
        let (baseline, issues) = (Some(&baseline), issues_with(0));
        let success = SuccessFacts {
            execution: &execution,
            part: true,
            baseline,
            issues: &issues,
            listed: Some(1),
        };
        assert_eq!(find_anomaly(&success, &Limits::default()), None);
    }

    #[test]
    fn an_execution_without_its_report_proves_nothing() {
        let report =
            |status: &str| Some(ReportResult { status: status.into(), error: Default::default() });
        for (report, has_summary, expected) in [
            (report("SUCCESS"), true, None),
            (report("SUCCESS"), false, Some(Class::ReportMissing)),
            (report("PENDING"), false, Some(Class::ReportMissing)),
            (report("ERROR"), false, Some(Class::ReportFailed)),
            (None, false, Some(Class::ReportMissing)),
        ] {
            let execution = Execution { report, ..execution_with(Some(5), 0) };
            let issues = ReportIssues { has_summary, ..ReportIssues::default() };
            let success = SuccessFacts {
                execution: &execution,
                part: false,
                baseline: None,
                issues: &issues,
                listed: Some(5),
            };
            assert_eq!(
                find_anomaly(&success, &Limits::default()),
                expected,
                "{:?}",
                execution.report
            );
        }
    }
}
