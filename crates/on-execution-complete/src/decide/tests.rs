//! Facts in, records out.

use std::sync::LazyLock;

use domain::execution::{ReportResult, ServiceMessage};

use super::*;
use crate::file_issues::FileIssue;
use crate::testing::records::execution;

static SYNC: LazyLock<SyncName> = LazyLock::new(SyncName::default);

fn failed_with(code: &str, detail: &str) -> Execution {
    let error = ServiceMessage { code: Some(code.into()), detail: Some(detail.into()) };
    Execution { status: "ERROR".into(), error, ..execution() }
}

fn facts_with<'a>(
    execution: &'a Execution,
    issues: &'a ReportIssues,
    tags: &'a ExecutionTags,
) -> CompletionFacts<'a> {
    let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(6);
    CompletionFacts {
        execution,
        sync: &SYNC,
        issues,
        tags,
        last: None,
        was_stuck: false,
        request_id: "r1",
        now,
    }
}

fn written_report() -> ReportIssues {
    ReportIssues { has_summary: true, ..ReportIssues::default() }
}

fn record_of(execution: &Execution) -> RunRecord {
    build_record(
        &facts_with(execution, &written_report(), &ExecutionTags::default()),
        &Limits::default(),
    )
}

#[test]
fn an_execution_is_recorded_only_when_datasync_says_it_is_over() {
    for state in
        ["QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "CANCELLING", "", "NEW"]
    {
        let running = Execution { status: state.into(), ..execution() };
        let decision = decide(&running, &Limits::default(), DateTime::UNIX_EPOCH);
        assert_eq!(decision, ExecutionDecision::Wait { state: state.into() });
    }
}

#[test]
fn a_report_is_awaited_within_its_limit_and_only_after_a_success() {
    let pending = Some(ReportResult { status: "PENDING".into(), error: ServiceMessage::default() });
    let ended = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
    for (status, minutes, expected) in [
        ("SUCCESS", 1, ExecutionDecision::AwaitReport),
        ("SUCCESS", 9, ExecutionDecision::AwaitReport),
        ("SUCCESS", 10, ExecutionDecision::Record),
        ("ERROR", 1, ExecutionDecision::Record),
    ] {
        let execution = Execution { status: status.into(), report: pending.clone(), ..execution() };
        let now = ended + TimeDelta::minutes(minutes);
        assert_eq!(decide(&execution, &Limits::default(), now), expected, "{status} {minutes}");
    }
}

#[test]
fn the_outcome_distinguishes_cancelled_from_failed() {
    for (execution, expected) in [
        (execution(), (RunOutcome::Succeeded, None)),
        (
            failed_with("Cancelled", "Task execution was cancelled."),
            (RunOutcome::Cancelled, Some(Class::Cancelled)),
        ),
        (
            failed_with("OpNotSupp", "Operation not supported"),
            (RunOutcome::Failed, Some(Class::Unknown)),
        ),
        (
            Execution { status: "ERROR".into(), ..execution() },
            (RunOutcome::Failed, Some(Class::Unknown)),
        ),
    ] {
        let run = record_of(&execution);
        assert_eq!((run.outcome, run.class), expected, "{execution:?}");
    }
}

#[test]
fn a_cancelled_execution_that_was_stuck_is_stuck() {
    let cancelled = failed_with("Cancelled", "Task execution was cancelled.");
    let (report, tags) = (written_report(), ExecutionTags::default());
    let stuck = CompletionFacts { was_stuck: true, ..facts_with(&cancelled, &report, &tags) };
    assert_eq!(build_record(&stuck, &Limits::default()).class, Some(Class::Stuck));
}

#[test]
fn the_record_keeps_datasyncs_messages_and_counters() {
    let error =
        ServiceMessage { code: Some("AccessDenied".into()), detail: Some("no PutObject".into()) };
    let report = Some(ReportResult { status: "ERROR".into(), error });
    let failed = Execution { report, ..failed_with("OpNotSupp", "Operation not supported") };
    let record = record_of(&failed);
    assert_eq!(record.error_code.as_deref(), Some("OpNotSupp"));
    assert_eq!(record.error_detail.as_deref(), Some("Operation not supported"));
    assert_eq!(record.report_status.as_deref(), Some("ERROR"));
    assert_eq!(record.report_error.as_deref(), Some("AccessDenied: no PutObject"));
    assert_eq!((record.counters, record.durations), (failed.counters, failed.durations));
    assert_eq!(record.bytes_per_second, Some(12_000 / 240_000));
}

#[test]
fn the_age_is_that_of_the_newest_good_copy() {
    let good = record_of(&execution());
    assert_eq!(good.age_seconds, Some(300), "from its start to its end");
    let later = |execution: Execution| Execution {
        arn: execution.arn.task().execution("exec-ffffffffffffffff0").unwrap(),
        started_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)),
        ended_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(2)),
        ..execution
    };
    let (last, report, tags) =
        (LastRun::after_run(&good), written_report(), ExecutionTags::default());
    let failed = later(failed_with("OpNotSupp", ""));
    let facts = CompletionFacts { last: Some(&last), ..facts_with(&failed, &report, &tags) };
    let failed = build_record(&facts, &Limits::default());
    assert_eq!(failed.age_seconds, Some(7_200), "from the start of the good one");
    let first = record_of(&failed_with("OpNotSupp", ""));
    assert_eq!(first.age_seconds, None, "before the first good one");
}

#[test]
fn a_run_that_is_recorded_late_knows_that_it_was_overtaken() {
    let execution = execution();
    let later = execution.arn.task().execution("exec-ffffffffffffffff0").unwrap();
    let mut last = LastRun::after_run(&record_of(&execution));
    (last.execution, last.started_at) =
        (later.clone(), Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)));
    let (report, tags) = (written_report(), ExecutionTags::default());
    let late = build_record(
        &CompletionFacts { last: Some(&last), ..facts_with(&execution, &report, &tags) },
        &Limits::default(),
    );
    assert_eq!((late.previous, late.overtaken_by), (None, Some(later)));
}

#[test]
fn busy_files_alone_are_copied_again_once() {
    let message = "Selected files transferred except for files skipped due to errors.";
    let failed = failed_with("OpPartialTransfer", message);
    let changed = |class| FileIssue { reason: "changed".into(), ..FileIssue::with_class(class) };
    for (class, retry_of, unread_parts, retries) in [
        (Class::BusyFile, None, 0, vec!["/a".to_owned()]),
        (Class::BusyFile, None, 1, vec![]),
        (Class::BusyFile, Some("exec-0"), 0, vec![]),
        (Class::Permission, None, 0, vec![]),
    ] {
        // Intended deletions do not prevent a retry.
        let issues = vec![FileIssue::with_class(Class::Deletions), changed(class)];
        let report = ReportIssues { issues, unread_parts, ..written_report() };
        let retry_of = retry_of.map(str::to_owned);
        let tags = ExecutionTags { retry_of, ..ExecutionTags::default() };
        let run = build_record(&facts_with(&failed, &report, &tags), &Limits::default());
        assert_eq!((run.class, run.retries), (Some(class), retries));
        assert_eq!(run.problems.first, ["/a: changed"]);
    }
}
