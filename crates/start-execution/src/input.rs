//! The input of an invocation: the event of a rule of a sync, or a person's request. The slot
//! follows from it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::arn::Arn;
use domain::names::{FULL_VERIFICATION_RULE, SCHEDULE_RULE};
use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::records::start::{full_verification_slot, scheduled_slot};
use domain::request::{StartRequest, SweepAction, SweepRequest};
use domain::sync_name::SyncName;
use serde_json::Value;

const EXPECTED: ExpectedPayload =
    ExpectedPayload { detail_type: SCHEDULED_EVENT, request: "{\"slot\": \"…\"}" };
const EXPECTED_SWEEP: ExpectedPayload =
    ExpectedPayload { request: "{\"action\": \"sweep\"}", ..EXPECTED };
const MAX_SLOT: usize = 64;

/// The kinds of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartInput {
    Start(RequestedStart),
    /// From a rule of its own, or from a person.
    Sweep,
    /// From `on-execution-complete`, where the stack limits how many executions run at once.
    StartWaiting,
}

/// Parses a payload; `stack` is the stack's name.
pub(crate) fn parse_input(payload: Value, stack: &str) -> Result<StartInput, StartInputError> {
    if payload.get("action").is_some() && payload.get("detail-type").is_none() {
        let parsed = EXPECTED_SWEEP.parse::<Value, SweepRequest>(payload)?;
        return Ok(match parsed {
            Payload::Request(SweepRequest { action: SweepAction::StartWaiting }) => {
                StartInput::StartWaiting
            }
            _ => StartInput::Sweep,
        });
    }
    parse_start(payload, stack).map(StartInput::Start)
}

/// Parses the payload of a start.
///
/// The time of a scheduled event is that of the schedule, not of its delivery: a duplicate has the
/// same time.
fn parse_start(payload: Value, stack: &str) -> Result<RequestedStart, StartInputError> {
    match EXPECTED.parse(payload)? {
        Payload::Event(event) => {
            Ok(RequestedStart { request: scheduled_request(&event, stack)?, by_schedule: true })
        }
        Payload::Request(request) => {
            Ok(RequestedStart { request: check_slot(request)?, by_schedule: false })
        }
    }
}

/// A requested start. Its slot has no sync yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestedStart {
    pub request: StartRequest,
    pub by_schedule: bool,
}

impl RequestedStart {
    /// Whether a person requested it, and not a rule or the retry of busy files.
    pub(crate) fn is_by_person(&self) -> bool {
        !self.by_schedule && self.request.retry_of.is_none()
    }
}

/// The request that a rule's event stands for. The rule is the event's only resource (EventBridge
/// User Guide, "Creating a rule that runs on a schedule").
fn scheduled_request(
    event: &EventBridgeEvent,
    stack: &str,
) -> Result<StartRequest, StartInputError> {
    let time = event.time.ok_or(StartInputError::NoTime)?;
    if let Some(sync) = sync_of_rule(event, stack, FULL_VERIFICATION_RULE) {
        let request = StartRequest::full_verification(full_verification_slot(time));
        return Ok(request.of_sync(&sync));
    }
    let sync = sync_of_rule(event, stack, SCHEDULE_RULE).unwrap_or_default();
    Ok(StartRequest::new(scheduled_slot(time)).of_sync(&sync))
}

/// The sync whose rule sent the event; `None` if it is another kind of rule.
fn sync_of_rule(event: &EventBridgeEvent, stack: &str, rule: &str) -> Option<SyncName> {
    let name = format!("rule/{stack}-{rule}");
    let sync = |arn: &String| SyncName::of_qualified(Arn::parse(arn)?.resource, &name);
    event.resources.iter().flatten().find_map(sync)
}

fn check_slot(request: StartRequest) -> Result<StartRequest, StartInputError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".:_-".contains(c);
    let fits = (1..=MAX_SLOT).contains(&request.slot.len());
    if fits && request.slot.chars().all(allowed) {
        Ok(request)
    } else {
        Err(StartInputError::Slot(request.slot))
    }
}

/// The reason for which a payload was rejected.
#[derive(Debug, thiserror::Error)]
pub enum StartInputError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the event: it has no `time`, from which the slot follows")]
    NoTime,
    #[error("reading the slot `{0}`: it must be 1 to {MAX_SLOT} of A-Z a-z 0-9 . : _ -")]
    Slot(String),
    #[error(
        "reading the slot `{slot}`: its part before the first dot is the name of a sync; leave it \
            out and name the sync with `\"sync\": \"{sync}\"`"
    )]
    SlotOfSync { slot: String, sync: SyncName },
}

#[cfg(test)]
mod tests;
