//! The decisions: the next step for a slot, from the facts about the slot and the task. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::ExecutionArn;
use domain::records::start::StartRecord;
use domain::request::WhenBusy;

/// The age from which a claim without a result is that of a crashed invocation: Lambda ends a
/// function after 15 minutes.
pub(crate) const CLAIM_TIMEOUT: TimeDelta = TimeDelta::minutes(15);

/// The facts about a claimed slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotFacts<'a> {
    pub record: &'a StartRecord,
    /// This invocation's request id; it is the same when Lambda retries an event.
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
}

/// The next step for a claimed slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SlotDecision {
    AlreadyStarted(ExecutionArn),
    AlreadySkipped(Option<ExecutionArn>),
    /// Another invocation is working on it.
    InProgress,
    /// The claim is our own, was abandoned after a crash, or waits: find what it started, or start.
    Proceed,
}

/// Decides whether this invocation continues with a claimed slot.
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
    let is_ours = record.claimed_by == facts.request_id;
    let is_abandoned = facts.now - record.claimed_at >= CLAIM_TIMEOUT;
    if is_ours || is_abandoned { SlotDecision::Proceed } else { SlotDecision::InProgress }
}

/// The facts about the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskFacts {
    /// The status as DataSync sends it, which may be newer than the API model.
    pub status: String,
    /// The latest execution, whether it runs or has ended.
    pub current: Option<ExecutionArn>,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    /// The reason for which DataSync disabled the task's own schedule, if it has one.
    pub schedule_disabled: Option<String>,
    /// The execution with this slot's tag.
    pub of_this_slot: Option<ExecutionArn>,
}

/// The next step with the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskDecision {
    /// It was started before, and its record was not completed.
    Found(ExecutionArn),
    /// It is running, and counts as the execution of the slot.
    Adopt(ExecutionArn),
    Start,
    /// An execution is running. Starting another would only queue the same work.
    Skip {
        running: Option<ExecutionArn>,
    },
    /// DataSync can't run the task.
    Unavailable {
        reason: String,
    },
}

impl TaskFacts {
    /// The reason for which DataSync can't run the task; `None` if it can.
    pub(crate) fn unavailable_reason(&self) -> Option<String> {
        let messages = [&self.error_code, &self.error_detail]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>();
        let reason = if messages.is_empty() {
            "DataSync gives no reason".to_owned()
        } else {
            messages.join(": ")
        };
        (self.status == "UNAVAILABLE").then_some(reason)
    }
}

/// Decides the next step with the task for a slot that we hold.
///
/// `behind_queued` is whether to queue behind an execution that is queued already. Without
/// overrides that is not needed, because that execution does the same work.
pub(crate) fn decide_task(
    facts: &TaskFacts,
    when_busy: WhenBusy,
    behind_queued: bool,
) -> TaskDecision {
    if let Some(execution) = &facts.of_this_slot {
        return TaskDecision::Found(execution.clone());
    }
    if let Some(reason) = facts.unavailable_reason() {
        return TaskDecision::Unavailable { reason };
    }
    match (facts.status.as_str(), when_busy, &facts.current) {
        ("RUNNING" | "QUEUED", WhenBusy::Adopt, Some(current)) => {
            TaskDecision::Adopt(current.clone())
        }
        ("RUNNING", WhenBusy::Queue, _) => TaskDecision::Start,
        ("QUEUED", WhenBusy::Queue, _) if behind_queued => TaskDecision::Start,
        ("RUNNING" | "QUEUED", _, current) => TaskDecision::Skip { running: current.clone() },
        // AVAILABLE, CREATING and statuses to come: DataSync itself decides whether it can start.
        _ => TaskDecision::Start,
    }
}

/// Decides the next step after a failed start; `None` if it stays failed.
///
/// `is_rejected` is whether DataSync rejected the request. Without its response, a running
/// execution without the tag of this slot proves nothing, because it may be ours: a retry must
/// read the facts again.
pub(crate) fn decide_failed_start(facts: &TaskFacts, is_rejected: bool) -> Option<TaskDecision> {
    match decide_task(facts, WhenBusy::Skip, false) {
        found @ TaskDecision::Found(_) => Some(found),
        skip @ TaskDecision::Skip { .. } if is_rejected => Some(skip),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
