//! Executions in, records out.

use domain::execution::{ReportResult, ServiceMessage};

use super::*;
use crate::fixtures::execution;
use crate::items::Item;

fn failed_with(code: &str, detail: &str) -> Execution {
    let error = ServiceMessage { code: Some(code.into()), detail: Some(detail.into()) };
    Execution { status: "ERROR".into(), error, ..execution() }
}

fn facts<'a>(execution: &'a Execution, reported: &'a Reported, origin: &'a Origin) -> Facts<'a> {
    let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(6);
    Facts { execution, reported, origin, last: None, was_stuck: false, request_id: "r1", now }
}

fn written() -> Reported {
    Reported { has_summary: true, ..Reported::default() }
}

fn recorded(execution: &Execution) -> RunRecord {
    record(&facts(execution, &written(), &Origin::default()), &Limits::default())
}

#[test]
fn an_execution_is_recorded_only_when_datasync_says_it_is_over() {
    for state in
        ["QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "CANCELLING", "", "NEW"]
    {
        let running = Execution { status: state.into(), ..execution() };
        let decision = decide(&running, &Limits::default(), DateTime::UNIX_EPOCH);
        assert_eq!(decision, Decision::Wait { state: state.into() });
    }
}

#[test]
fn a_report_is_awaited_within_its_bound_and_only_of_a_success() {
    let pending = Some(ReportResult { status: "PENDING".into(), error: ServiceMessage::default() });
    let ended = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
    for (status, minutes, expected) in [
        ("SUCCESS", 1, Decision::AwaitReport),
        ("SUCCESS", 9, Decision::AwaitReport),
        ("SUCCESS", 10, Decision::Record),
        ("ERROR", 1, Decision::Record),
    ] {
        let execution = Execution { status: status.into(), report: pending.clone(), ..execution() };
        let now = ended + TimeDelta::minutes(minutes);
        assert_eq!(decide(&execution, &Limits::default(), now), expected, "{status} {minutes}");
    }
}

#[test]
fn the_outcome_tells_a_cancelled_run_from_a_failed_one() {
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
        let run = recorded(&execution);
        assert_eq!((run.outcome, run.class), expected, "{execution:?}");
    }
    let cancelled = failed_with("Cancelled", "Task execution was cancelled.");
    let (written, origin) = (written(), Origin::default());
    let stuck = Facts { was_stuck: true, ..facts(&cancelled, &written, &origin) };
    assert_eq!(record(&stuck, &Limits::default()).class, Some(Class::Stuck));
}

#[test]
fn the_record_keeps_what_datasync_said_and_counted() {
    let error =
        ServiceMessage { code: Some("AccessDenied".into()), detail: Some("no PutObject".into()) };
    let report = Some(ReportResult { status: "ERROR".into(), error });
    let failed = Execution { report, ..failed_with("OpNotSupp", "Operation not supported") };
    let record = recorded(&failed);
    assert_eq!(record.error_code.as_deref(), Some("OpNotSupp"));
    assert_eq!(record.error_detail.as_deref(), Some("Operation not supported"));
    assert_eq!(record.report_status.as_deref(), Some("ERROR"));
    assert_eq!(record.report_error.as_deref(), Some("AccessDenied: no PutObject"));
    assert_eq!((record.counters, record.durations), (failed.counters, failed.durations));
    assert_eq!(record.bytes_per_second, Some(12_000 / 240_000));
}

#[test]
fn the_age_is_that_of_the_newest_good_copy() {
    let good = recorded(&execution());
    assert_eq!(good.age_seconds, Some(300), "from its start to its end");
    let later = |execution: Execution| Execution {
        arn: execution.arn.task().execution("exec-ffffffffffffffff0").unwrap(),
        started_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)),
        ended_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(2)),
        ..execution
    };
    let (last, written, origin) = (LastRun::after_run(&good), written(), Origin::default());
    let failed = later(failed_with("OpNotSupp", ""));
    let failed = record(
        &Facts { last: Some(&last), ..facts(&failed, &written, &origin) },
        &Limits::default(),
    );
    assert_eq!(failed.age_seconds, Some(7_200), "from the start of the good one");
    assert_eq!(
        recorded(&failed_with("OpNotSupp", "")).age_seconds,
        None,
        "before the first good one"
    );
}

#[test]
fn a_run_that_is_recorded_late_knows_that_it_was_overtaken() {
    let execution = execution();
    let later = execution.arn.task().execution("exec-ffffffffffffffff0").unwrap();
    let mut last = LastRun::after_run(&recorded(&execution));
    (last.execution, last.started_at) =
        (later.clone(), Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)));
    let (written, origin) = (written(), Origin::default());
    let late = record(
        &Facts { last: Some(&last), ..facts(&execution, &written, &origin) },
        &Limits::default(),
    );
    assert_eq!((late.previous, late.overtaken_by), (None, Some(later)));
}

#[test]
fn busy_files_alone_are_copied_again_once() {
    let failed = failed_with(
        "OpPartialTransfer",
        "Selected files transferred except for files skipped due to errors.",
    );
    let busy = |class| Item { why: "changed".into(), ..Item::of(class) };
    for (class, retry_of, unread_parts, retries) in [
        (Class::BusyFile, None, 0, vec!["/a".to_owned()]),
        (Class::BusyFile, None, 1, vec![]),
        (Class::BusyFile, Some("exec-0"), 0, vec![]),
        (Class::Permission, None, 0, vec![]),
    ] {
        // What it deleted as it should is no reason against a repeat.
        let items = vec![Item::of(Class::Deletions), busy(class)];
        let reported = Reported { items, unread_parts, ..written() };
        let origin = Origin { retry_of: retry_of.map(str::to_owned), ..Origin::default() };
        let run = record(&facts(&failed, &reported, &origin), &Limits::default());
        assert_eq!((run.class, run.retries), (Some(class), retries));
        assert_eq!(run.problems.first, ["/a: changed"]);
    }
}
