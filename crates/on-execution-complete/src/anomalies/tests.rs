//! Facts in, anomalies out.

use domain::execution::ReportResult;
use domain::records::run::{Counters, Filters};

use super::*;
use crate::testing::records::execution;

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

fn facts_of<'a>(
    execution: &'a Execution,
    baseline: Option<&'a Baseline>,
    issues: &'a ReportIssues,
    listed: Option<i64>,
) -> SuccessFacts<'a> {
    SuccessFacts { execution, part: false, baseline, issues, listed }
}

/// The files and skipped files of the baseline; the files, deletions and skipped files now; the
/// class.
type LimitEdge = (Option<i64>, i64, Option<i64>, i64, i64, Option<Class>);

const EDGES: [LimitEdge; 16] = [
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
];

#[test]
fn each_limit_has_its_edge() {
    for (before, skipped_before, now, deleted, skipped, expected) in EDGES {
        let (execution, baseline) =
            (execution_with(now, deleted), baseline_with(before, skipped_before));
        let issues = issues_with(skipped);
        let success = facts_of(&execution, Some(&baseline), &issues, now);
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
        let success = facts_of(&execution, None, &issues, Some(5));
        assert_eq!(find_anomaly(&success, &Limits::default()), expected, "{:?}", execution.report);
    }
}
