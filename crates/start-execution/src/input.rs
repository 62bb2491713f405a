//! What wakes this function, and the slot that follows from it: the event of one of its two rules,
//! or a person's request.

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

/// The two reasons to be invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Start(Asked),
    /// From a rule of its own, or from a person.
    Sweep,
}

/// `stack` is the stack's name.
pub(crate) fn input(payload: Value, stack: &str) -> Result<Input, InputError> {
    if payload.get("action").is_some() && payload.get("detail-type").is_none() {
        EXPECTED_SWEEP.parse::<Value, SweepRequest>(payload)?;
        return Ok(Input::Sweep);
    }
    request(payload, stack).map(Input::Start)
}

/// What to start an execution for, and how.
///
/// A scheduled event's time is that of the schedule, not of its delivery: a duplicate bears the
/// same.
fn request(payload: Value, stack: &str) -> Result<Asked, InputError> {
    match EXPECTED.parse(payload)? {
        Payload::Event(event) => {
            Ok(Asked { request: scheduled(&event, stack)?, by_schedule: true })
        }
        Payload::Request(request) => Ok(Asked { request: requested(request)?, by_schedule: false }),
    }
}

/// A start that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub request: StartRequest,
    pub by_schedule: bool,
}

/// The rule that an event comes from is its one resource (EventBridge User Guide, "Creating a rule
/// that runs on a schedule").
fn scheduled(event: &EventBridgeEvent, stack: &str) -> Result<StartRequest, InputError> {
    let time = event.time.ok_or(InputError::NoTime)?;
    let full_verification = format!("rule/{stack}-{FULL_VERIFICATION_RULE}");
    let is_rule =
        |arn: &String| Arn::parse(arn).is_some_and(|arn| arn.resource == full_verification);
    Ok(match event.resources.iter().flatten().any(is_rule) {
        true => StartRequest::full_verification(full_verification_slot(time)),
        false => StartRequest::new(scheduled_slot(time)),
    })
}

fn requested(request: StartRequest) -> Result<StartRequest, InputError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".:_-".contains(c);
    let fits = (1..=MAX_SLOT).contains(&request.slot.len());
    if fits && request.slot.chars().all(allowed) {
        Ok(request)
    } else {
        Err(InputError::Slot(request.slot))
    }
}

/// A payload that this function has no use for.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the event: it has no `time`, and without one no slot")]
    NoTime,
    #[error("reading the slot `{0}`: it must be 1 to {MAX_SLOT} of A-Z a-z 0-9 . : _ -")]
    Slot(String),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::config::VerifyMode;
    use domain::request::WhenBusy;
    use serde_json::json;

    use super::*;

    const STACK: &str = "backup";
    const SCHEDULE: &str = include_str!("../../../events/start-execution/schedule.json");
    const FULL_VERIFICATION: &str =
        include_str!("../../../events/start-execution/full-verification.json");
    const MANUAL: &str = include_str!("../../../events/start-execution/manual.json");
    const OVERRIDES: &str = include_str!("../../../events/start-execution/overrides.json");
    const RETRY: &str = include_str!("../../../events/start-execution/retry.json");
    const SWEEP: &str = include_str!("../../../events/start-execution/sweep.json");

    fn slot(payload: Value) -> Result<String, InputError> {
        request(payload, STACK).map(|asked| asked.request.slot)
    }

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn no_event_file_is_left_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/start-execution");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(
            files.collect::<BTreeSet<_>>(),
            [
                "full-verification.json",
                "manual.json",
                "overrides.json",
                "retry.json",
                "schedule.json",
                "sweep.json"
            ]
            .map(str::to_owned)
            .into()
        );
    }

    #[test]
    fn each_event_file_has_its_slot() {
        assert_eq!(slot(value(SCHEDULE)).unwrap(), "schedule-2026-11-23T10:00:00Z");
        assert_eq!(slot(value(MANUAL)).unwrap(), "manual-2026-11-23T10:00:00Z");
        assert_eq!(slot(value(RETRY)).unwrap(), "retry-exec-0fcddf3728817690d");
        let by_schedule = |file| request(value(file), STACK).unwrap().by_schedule;
        assert!(by_schedule(SCHEDULE) && by_schedule(FULL_VERIFICATION) && !by_schedule(MANUAL));
    }

    #[test]
    fn the_event_of_the_rule_of_full_verifications_compares_everything_in_a_slot_of_its_own() {
        let asked = request(value(FULL_VERIFICATION), STACK).unwrap().request;
        assert_eq!(asked.slot, "full-verification-2026-11-23T10:00:00Z");
        assert_eq!(asked.overrides.verify_mode, Some(VerifyMode::PointInTimeConsistent));
        assert_eq!(asked.when_busy, Some(WhenBusy::Queue));
        assert_eq!(
            request(value(SCHEDULE), STACK).unwrap().request,
            StartRequest::new("schedule-2026-11-23T10:00:00Z")
        );
        // The rule of another stack, whose name ends as this one's does.
        let other = request(value(FULL_VERIFICATION), "up").unwrap().request;
        assert_eq!(other, StartRequest::new("schedule-2026-11-23T10:00:00Z"));
    }

    #[test]
    fn the_payload_of_the_sweeps_rule_starts_nothing() {
        assert_eq!(input(value(SWEEP), STACK).unwrap(), Input::Sweep);
        assert!(matches!(input(value(MANUAL), STACK).unwrap(), Input::Start(_)));
        assert!(matches!(input(value(SCHEDULE), STACK).unwrap(), Input::Start(_)));
        for wrong in [json!({"action": "start"}), json!({"action": "sweep", "slot": "manual-1"})] {
            let refused = input(wrong, STACK).unwrap_err().to_string();
            assert!(refused.contains(r#"{"action": "sweep"}"#), "{refused}");
        }
    }

    #[test]
    fn each_event_file_survives_a_round_trip() {
        for file in [SCHEDULE, FULL_VERIFICATION] {
            let event: EventBridgeEvent = serde_json::from_str(file).unwrap();
            assert_eq!(serde_json::to_value(event).unwrap(), value(file));
        }
        for file in [MANUAL, OVERRIDES, RETRY] {
            let request: StartRequest = serde_json::from_str(file).unwrap();
            assert_eq!(serde_json::to_value(request).unwrap(), value(file));
        }
        let request: SweepRequest = serde_json::from_str(SWEEP).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), value(SWEEP));
    }

    #[test]
    fn anything_else_is_refused_in_words_that_say_why() {
        let other = json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {}});
        let no_time = json!({"detail-type": SCHEDULED_EVENT, "source": "aws.events", "detail": {}});
        let refusals = [
            other,
            no_time,
            json!({}),
            json!({"slot": "a/b"}),
            json!({"slot": ""}),
            json!({"slot": "x".repeat(65)}),
        ]
        .map(|payload| slot(payload).unwrap_err().to_string());
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        reading the payload: `Object Created` is not `Scheduled Event`
        reading the event: it has no `time`, and without one no slot
        reading the payload: neither an EventBridge event nor {"slot": "…"}
        reading the slot `a/b`: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
        reading the slot ``: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
        reading the slot `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
        "#);
    }
}
