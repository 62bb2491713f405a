//! The success that is not one: what speaks against it. Pure.

use domain::execution::Execution;
use domain::limits::Limits;
use domain::records::class::Class;
use domain::records::last_run::Baseline;

use crate::reported::Reported;

/// What a success is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Success<'a> {
    pub execution: &'a Execution,
    /// Whether it looked at a part of the source only.
    pub part: bool,
    /// What the last good run found, where it had the same filters.
    pub baseline: Option<&'a Baseline>,
    pub reported: &'a Reported,
    /// Files and directories at the source, as far as that is known.
    pub listed: Option<i64>,
}

type Doubt = fn(&Success<'_>, &Limits) -> bool;

/// The first that holds is the run's class.
const DOUBTS: [(Class, Doubt); 6] = [
    (Class::NothingListed, nothing_listed),
    (Class::Shrunk, shrunk),
    (Class::Deletions, deletions),
    (Class::ReportFailed, report_failed),
    (Class::ReportMissing, report_missing),
    (Class::SkippedRising, skipped_rising),
];

/// The gravest doubt about a success; `None` when it is one.
pub(crate) fn about(success: &Success<'_>, limits: &Limits) -> Option<Class> {
    DOUBTS.into_iter().find(|(_, holds)| holds(success, limits)).map(|(class, _)| class)
}

fn nothing_listed(success: &Success<'_>, _: &Limits) -> bool {
    listed(success).is_some_and(|(before, now)| before > 0 && now == 0)
}

fn shrunk(success: &Success<'_>, limits: &Limits) -> bool {
    let kept = 100 - i64::from(limits.max_shrink_percent.min(100));
    listed(success).is_some_and(|(before, now)| {
        before >= limits.min_files_for_percentages && now * 100 < before * kept
    })
}

fn deletions(success: &Success<'_>, limits: &Limits) -> bool {
    let deleted = success.execution.counters.files_deleted;
    let before = success.baseline.and_then(|baseline| baseline.listed);
    let too_large_a_part = before.is_some_and(|before| {
        before >= limits.min_files_for_percentages
            && deleted * 100 > before * i64::from(limits.max_deleted_percent)
    });
    deleted > limits.max_deleted_files || too_large_a_part
}

fn report_failed(success: &Success<'_>, _: &Limits) -> bool {
    success.execution.report.as_ref().is_some_and(|report| report.status == "ERROR")
}

fn report_missing(success: &Success<'_>, _: &Limits) -> bool {
    match &success.execution.report {
        None => true,
        Some(report) if report.status == "SUCCESS" => !success.reported.has_summary,
        Some(report) => report.status == "PENDING",
    }
}

/// By the rows that failed: DataSync's counter has the unchanged files too, which grow with the
/// source.
fn skipped_rising(success: &Success<'_>, limits: &Limits) -> bool {
    let skipped = success.reported.skipped;
    success
        .baseline
        .is_some_and(|baseline| skipped > baseline.skipped + limits.max_more_skipped_files)
}

/// How many files the last good run and this one found. A part of the source is no fewer files.
fn listed(success: &Success<'_>) -> Option<(i64, i64)> {
    let before = success.baseline.filter(|_| !success.part)?.listed?;
    Some((before, success.listed?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::execution;
    use domain::execution::ReportResult;
    use domain::records::run::{Counters, Filters};

    /// As in each execution but the first, nearly everything is unchanged and counted as skipped.
    fn of(listed: Option<i64>, deleted: i64) -> Execution {
        let files_skipped = listed.unwrap_or(1_000_000);
        let counters = Counters {
            files_listed: listed,
            files_deleted: deleted,
            files_skipped,
            ..Counters::default()
        };
        Execution { counters, ..execution() }
    }

    fn reported(skipped: i64) -> Reported {
        Reported { has_summary: true, skipped, ..Reported::default() }
    }

    fn baseline(listed: Option<i64>, skipped: i64) -> Baseline {
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
            let (execution, baseline) = (of(now, deleted), baseline(before, skipped_before));
            let reported = reported(skipped);
            let success = Success {
                execution: &execution,
                part: false,
                baseline: Some(&baseline),
                reported: &reported,
                listed: now,
            };
            assert_eq!(
                about(&success, &Limits::default()),
                expected,
                "{before:?} {now:?} {deleted} {skipped}"
            );
        }
    }

    #[test]
    fn without_a_run_to_compare_with_only_the_absolute_limits_hold() {
        let execution = of(Some(0), 0);
        let reported = reported(7);
        let success = Success {
            execution: &execution,
            part: false,
            baseline: None,
            reported: &reported,
            listed: Some(0),
        };
        assert_eq!(about(&success, &Limits::default()), None);
    }

    #[test]
    fn a_part_of_the_source_has_not_shrunk() {
        let (execution, baseline) = (of(Some(1), 0), baseline(Some(1000), 0));
        let (baseline, reported) = (Some(&baseline), reported(0));
        let success = Success {
            execution: &execution,
            part: true,
            baseline,
            reported: &reported,
            listed: Some(1),
        };
        assert_eq!(about(&success, &Limits::default()), None);
    }

    #[test]
    fn a_run_without_its_report_proves_nothing() {
        let report =
            |status: &str| Some(ReportResult { status: status.into(), error: Default::default() });
        for (report, has_summary, expected) in [
            (report("SUCCESS"), true, None),
            (report("SUCCESS"), false, Some(Class::ReportMissing)),
            (report("PENDING"), false, Some(Class::ReportMissing)),
            (report("ERROR"), false, Some(Class::ReportFailed)),
            (None, false, Some(Class::ReportMissing)),
        ] {
            let execution = Execution { report, ..of(Some(5), 0) };
            let reported = Reported { has_summary, ..Reported::default() };
            let success = Success {
                execution: &execution,
                part: false,
                baseline: None,
                reported: &reported,
                listed: Some(5),
            };
            assert_eq!(about(&success, &Limits::default()), expected, "{:?}", execution.report);
        }
    }
}
