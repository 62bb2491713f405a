//! The judgement: what to do for a slot, given what is known of it and of the task. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::ExecutionArn;
use domain::records::start::StartRecord;
use domain::request::WhenBusy;

/// A claim that has led to nothing for so long is that of a crashed invocation: Lambda ends a
/// function after 15 minutes.
pub(crate) const CLAIM_HOLDS_FOR: TimeDelta = TimeDelta::minutes(15);

/// What is known of a claimed slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotFacts<'a> {
    pub record: &'a StartRecord,
    /// This invocation's request id; the same when Lambda tries an event again.
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SlotDecision {
    AlreadyStarted(ExecutionArn),
    AlreadySkipped(Option<ExecutionArn>),
    /// Somebody else is at it.
    InProgress,
    /// The claim is ours, fresh, left by a crash or left waiting: find what it started, or start.
    Proceed,
}

/// Who goes on with a claimed slot.
pub(crate) fn decide_slot(facts: &SlotFacts<'_>) -> SlotDecision {
    let record = facts.record;
    if let Some(execution) = &record.execution {
        return SlotDecision::AlreadyStarted(execution.clone());
    }
    if record.is_finished() {
        return SlotDecision::AlreadySkipped(record.running.clone());
    }
    if record.waiting {
        return SlotDecision::Proceed;
    }
    let ours = record.claimed_by == facts.request_id;
    let abandoned = facts.now - record.claimed_at >= CLAIM_HOLDS_FOR;
    if ours || abandoned { SlotDecision::Proceed } else { SlotDecision::InProgress }
}

/// What is known of the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskFacts {
    /// DataSync's word; it may be one that the API model doesn't know yet.
    pub status: String,
    /// The latest execution, running or not.
    pub current: Option<ExecutionArn>,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    /// Why DataSync has disabled the schedule of its own that somebody gave the task.
    pub schedule_disabled: Option<String>,
    /// The execution that bears this slot's tag.
    pub of_this_slot: Option<ExecutionArn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskDecision {
    /// It was started before its record could say so.
    Found(ExecutionArn),
    /// It runs, and counts as the slot's.
    Adopt(ExecutionArn),
    Start,
    /// One runs already. Starting another would only queue the same work.
    Skip {
        running: Option<ExecutionArn>,
    },
    /// DataSync can't run it.
    Unavailable {
        why: String,
    },
}

impl TaskFacts {
    /// Why DataSync can't run the task.
    pub(crate) fn unavailable(&self) -> Option<String> {
        let said = [&self.error_code, &self.error_detail]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>();
        let why =
            if said.is_empty() { "DataSync does not say why".to_owned() } else { said.join(": ") };
        (self.status == "UNAVAILABLE").then_some(why)
    }
}

/// What to do with the task for a slot that is ours. `behind_queued`: whether it is queued behind
/// one that waits already; one without overrides need not be, since that one does the same work.
pub(crate) fn decide_task(
    facts: &TaskFacts,
    when_busy: WhenBusy,
    behind_queued: bool,
) -> TaskDecision {
    if let Some(execution) = &facts.of_this_slot {
        return TaskDecision::Found(execution.clone());
    }
    if let Some(why) = facts.unavailable() {
        return TaskDecision::Unavailable { why };
    }
    match (facts.status.as_str(), when_busy, &facts.current) {
        ("RUNNING" | "QUEUED", WhenBusy::Adopt, Some(current)) => {
            TaskDecision::Adopt(current.clone())
        }
        ("RUNNING", WhenBusy::Queue, _) => TaskDecision::Start,
        ("QUEUED", WhenBusy::Queue, _) if behind_queued => TaskDecision::Start,
        ("RUNNING" | "QUEUED", _, current) => TaskDecision::Skip { running: current.clone() },
        // AVAILABLE, CREATING and words to come: DataSync itself knows best whether it can start.
        _ => TaskDecision::Start,
    }
}

/// What a failed start came to: the decision to follow, or `None` when the failure stands.
///
/// `refused` is whether DataSync itself said no. Without its answer a running execution that bears
/// no tag of this slot proves nothing, it may be ours; then a retry has to look again.
pub(crate) fn decide_failed_start(facts: &TaskFacts, refused: bool) -> Option<TaskDecision> {
    match decide_task(facts, WhenBusy::Skip, false) {
        found @ TaskDecision::Found(_) => Some(found),
        skip @ TaskDecision::Skip { .. } if refused => Some(skip),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(digit: char) -> ExecutionArn {
        let id = digit.to_string().repeat(17);
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        ExecutionArn::parse(&format!("{task}/execution/exec-{id}")).unwrap()
    }

    fn at(minute: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + i64::from(minute) * 60, 0).unwrap()
    }

    fn record() -> StartRecord {
        StartRecord::new_claim("manual-1", "first", at(0))
    }

    #[test]
    fn who_goes_on_with_a_slot() {
        let started = StartRecord { execution: Some(execution('a')), ..record() };
        let skipped = StartRecord { skipped: true, running: Some(execution('b')), ..record() };
        for (record, request_id, now, expected) in [
            (
                &StartRecord { missed: true, ..record() },
                "first",
                at(1),
                SlotDecision::AlreadySkipped(None),
            ),
            (&started, "second", at(1), SlotDecision::AlreadyStarted(execution('a'))),
            (&started, "first", at(99), SlotDecision::AlreadyStarted(execution('a'))),
            (&skipped, "first", at(1), SlotDecision::AlreadySkipped(Some(execution('b')))),
            (&record(), "first", at(0), SlotDecision::Proceed),
            (&record(), "first", at(1), SlotDecision::Proceed),
            (&record(), "second", at(14), SlotDecision::InProgress),
            (&record(), "second", at(15), SlotDecision::Proceed),
            (&StartRecord { waiting: true, ..record() }, "second", at(1), SlotDecision::Proceed),
        ] {
            assert_eq!(
                decide_slot(&SlotFacts { record, request_id, now }),
                expected,
                "{record:?} {request_id} {now}"
            );
        }
    }

    #[test]
    fn what_to_do_with_the_task() {
        let facts = |status: &str| TaskFacts {
            status: status.into(),
            current: Some(execution('c')),
            error_code: None,
            error_detail: None,
            schedule_disabled: None,
            of_this_slot: None,
        };
        let adopted = TaskFacts { of_this_slot: Some(execution('d')), ..facts("RUNNING") };
        let broken = TaskFacts { error_code: Some("EniNotFound".into()), ..facts("UNAVAILABLE") };
        let skip = || TaskDecision::Skip { running: Some(execution('c')) };
        for (facts, when_busy, expected) in [
            (facts("AVAILABLE"), WhenBusy::Skip, TaskDecision::Start),
            (facts("CREATING"), WhenBusy::Adopt, TaskDecision::Start),
            (facts("SOMETHING_NEW"), WhenBusy::Queue, TaskDecision::Start),
            (facts("RUNNING"), WhenBusy::Skip, skip()),
            (facts("QUEUED"), WhenBusy::Skip, skip()),
            (facts("RUNNING"), WhenBusy::Queue, TaskDecision::Start),
            (facts("QUEUED"), WhenBusy::Queue, skip()),
            (facts("RUNNING"), WhenBusy::Adopt, TaskDecision::Adopt(execution('c'))),
            (
                TaskFacts { current: None, ..facts("RUNNING") },
                WhenBusy::Adopt,
                TaskDecision::Skip { running: None },
            ),
            (adopted, WhenBusy::Skip, TaskDecision::Found(execution('d'))),
            (broken, WhenBusy::Queue, TaskDecision::Unavailable { why: "EniNotFound".into() }),
            (
                facts("UNAVAILABLE"),
                WhenBusy::Skip,
                TaskDecision::Unavailable { why: "DataSync does not say why".into() },
            ),
        ] {
            assert_eq!(decide_task(&facts, when_busy, false), expected, "{facts:?}");
        }
    }

    #[test]
    fn one_that_waits_already_takes_the_place_of_one_like_the_schedules_only() {
        let facts = TaskFacts {
            status: "QUEUED".into(),
            current: Some(execution('c')),
            error_code: None,
            error_detail: None,
            schedule_disabled: None,
            of_this_slot: None,
        };
        let skip = TaskDecision::Skip { running: Some(execution('c')) };
        assert_eq!(decide_task(&facts, WhenBusy::Queue, false), skip);
        assert_eq!(decide_task(&facts, WhenBusy::Queue, true), TaskDecision::Start);
        assert_eq!(decide_task(&facts, WhenBusy::Skip, true), skip);
    }

    #[test]
    fn what_a_failed_start_came_to() {
        let facts = |status: &str, of_this_slot| TaskFacts {
            status: status.into(),
            current: Some(execution('c')),
            error_code: None,
            error_detail: None,
            schedule_disabled: None,
            of_this_slot,
        };
        let skip = TaskDecision::Skip { running: Some(execution('c')) };
        for (status, of_this_slot, refused, expected) in [
            ("RUNNING", Some(execution('d')), false, Some(TaskDecision::Found(execution('d')))),
            ("AVAILABLE", Some(execution('d')), true, Some(TaskDecision::Found(execution('d')))),
            ("RUNNING", None, true, Some(skip)),
            ("RUNNING", None, false, None),
            ("AVAILABLE", None, true, None),
            ("UNAVAILABLE", None, true, None),
        ] {
            let decision = decide_failed_start(&facts(status, of_this_slot), refused);
            assert_eq!(decision, expected, "{status} {refused}");
        }
    }
}
