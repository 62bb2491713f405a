//! Facts in, decisions out.

use super::*;

fn execution_arn(digit: char) -> ExecutionArn {
    let id = digit.to_string().repeat(17);
    let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
    ExecutionArn::parse(&format!("{task}/execution/exec-{id}")).unwrap()
}

fn time_at(minute: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + i64::from(minute) * 60, 0).unwrap()
}

fn new_record() -> StartRecord {
    StartRecord::new_claim("manual-1", "first", time_at(0))
}

fn facts_with_status(status: &str) -> TaskFacts {
    TaskFacts {
        status: status.into(),
        current: Some(execution_arn('c')),
        error_code: None,
        error_detail: None,
        schedule_disabled: None,
        of_this_slot: None,
    }
}

#[test]
fn the_invocation_that_continues_with_a_slot() {
    let started = StartRecord { execution: Some(execution_arn('a')), ..new_record() };
    let skipped = StartRecord { skipped: true, running: Some(execution_arn('b')), ..new_record() };
    let missed = StartRecord { missed: true, ..new_record() };
    let waiting = StartRecord { waiting: true, ..new_record() };
    for (record, request_id, now, expected) in [
        (&missed, "first", time_at(1), SlotDecision::AlreadySkipped(None)),
        (&started, "second", time_at(1), SlotDecision::AlreadyStarted(execution_arn('a'))),
        (&started, "first", time_at(99), SlotDecision::AlreadyStarted(execution_arn('a'))),
        (&skipped, "first", time_at(1), SlotDecision::AlreadySkipped(Some(execution_arn('b')))),
        (&new_record(), "first", time_at(0), SlotDecision::Proceed),
        (&new_record(), "first", time_at(1), SlotDecision::Proceed),
        (&new_record(), "second", time_at(14), SlotDecision::InProgress),
        (&new_record(), "second", time_at(15), SlotDecision::Proceed),
        (&waiting, "second", time_at(1), SlotDecision::Proceed),
    ] {
        let decision = decide_slot(&SlotFacts { record, request_id, now });
        assert_eq!(decision, expected, "{record:?} {request_id} {now}");
    }
}

fn unavailable_because(reason: &str) -> TaskDecision {
    TaskDecision::Unavailable { reason: reason.into() }
}

#[test]
fn each_status_of_the_task_has_its_decision() {
    let facts = facts_with_status;
    let adopted = TaskFacts { of_this_slot: Some(execution_arn('d')), ..facts("RUNNING") };
    let broken = TaskFacts { error_code: Some("EniNotFound".into()), ..facts("UNAVAILABLE") };
    let skip = || TaskDecision::Skip { running: Some(execution_arn('c')) };
    for (facts, when_busy, expected) in [
        (facts("AVAILABLE"), WhenBusy::Skip, TaskDecision::Start),
        (facts("CREATING"), WhenBusy::Adopt, TaskDecision::Start),
        (facts("SOMETHING_NEW"), WhenBusy::Queue, TaskDecision::Start),
        (facts("RUNNING"), WhenBusy::Skip, skip()),
        (facts("QUEUED"), WhenBusy::Skip, skip()),
        (facts("RUNNING"), WhenBusy::Queue, TaskDecision::Start),
        (facts("QUEUED"), WhenBusy::Queue, skip()),
        (facts("RUNNING"), WhenBusy::Adopt, TaskDecision::Adopt(execution_arn('c'))),
        (
            TaskFacts { current: None, ..facts("RUNNING") },
            WhenBusy::Adopt,
            TaskDecision::Skip { running: None },
        ),
        (adopted, WhenBusy::Skip, TaskDecision::Found(execution_arn('d'))),
        (broken, WhenBusy::Queue, unavailable_because("EniNotFound")),
        (facts("UNAVAILABLE"), WhenBusy::Skip, unavailable_because("DataSync gives no reason")),
    ] {
        assert_eq!(decide_task(&facts, when_busy, false), expected, "{facts:?}");
    }
}

#[test]
fn a_queued_execution_replaces_only_one_like_the_schedules() {
    let facts = facts_with_status("QUEUED");
    let skip = TaskDecision::Skip { running: Some(execution_arn('c')) };
    assert_eq!(decide_task(&facts, WhenBusy::Queue, false), skip);
    assert_eq!(decide_task(&facts, WhenBusy::Queue, true), TaskDecision::Start);
    assert_eq!(decide_task(&facts, WhenBusy::Skip, true), skip);
}

#[test]
fn a_failed_start_is_decided_by_the_facts() {
    let facts =
        |status: &str, of_this_slot| TaskFacts { of_this_slot, ..facts_with_status(status) };
    let skip = TaskDecision::Skip { running: Some(execution_arn('c')) };
    let found = || TaskDecision::Found(execution_arn('d'));
    for (status, of_this_slot, is_rejected, expected) in [
        ("RUNNING", Some(execution_arn('d')), false, Some(found())),
        ("AVAILABLE", Some(execution_arn('d')), true, Some(found())),
        ("RUNNING", None, true, Some(skip)),
        ("RUNNING", None, false, None),
        ("AVAILABLE", None, true, None),
        ("UNAVAILABLE", None, true, None),
    ] {
        let decision = decide_failed_start(&facts(status, of_this_slot), is_rejected);
        assert_eq!(decision, expected, "{status} {is_rejected}");
    }
}
