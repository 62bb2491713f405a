//! The input of an invocation: the event of one of two rules, or a person's request. The slot
//! follows from it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::arn::Arn;
use domain::names::FULL_VERIFICATION_RULE;
use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::records::start::{full_verification_slot, scheduled_slot};
use domain::request::{StartRequest, SweepRequest};
use serde_json::Value;

const EXPECTED: ExpectedPayload =
    ExpectedPayload { detail_type: SCHEDULED_EVENT, request: "{\"slot\": \"…\"}" };
const EXPECTED_SWEEP: ExpectedPayload =
    ExpectedPayload { request: "{\"action\": \"sweep\"}", ..EXPECTED };
const MAX_SLOT: usize = 64;

/// The two kinds of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartInput {
    Start(RequestedStart),
    /// From a rule of its own, or from a person.
    Sweep,
}

impl StartInput {
    /// The slot to start.
    pub(crate) fn slot(&self) -> Option<&str> {
        match self {
            Self::Start(requested) => Some(&requested.request.slot),
            Self::Sweep => None,
        }
    }
}

/// Parses a payload; `stack` is the stack's name.
pub(crate) fn parse_input(payload: Value, stack: &str) -> Result<StartInput, StartInputError> {
    if payload.get("action").is_some() && payload.get("detail-type").is_none() {
        EXPECTED_SWEEP.parse::<Value, SweepRequest>(payload)?;
        return Ok(StartInput::Sweep);
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

/// A requested start.
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
    let full_verification = format!("rule/{stack}-{FULL_VERIFICATION_RULE}");
    let is_rule =
        |arn: &String| Arn::parse(arn).is_some_and(|arn| arn.resource == full_verification);
    Ok(match event.resources.iter().flatten().any(is_rule) {
        true => StartRequest::full_verification(full_verification_slot(time)),
        false => StartRequest::new(scheduled_slot(time)),
    })
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
}

#[cfg(test)]
mod tests;
