//! The example events, and payloads that are rejected.

use std::collections::BTreeSet;

use domain::config::VerifyMode;
use domain::request::WhenBusy;
use serde_json::json;

use super::*;

const STACK: &str = "backup";
const SCHEDULE: &str = include_str!("../../../../events/start-execution/schedule.json");
const FULL_VERIFICATION: &str =
    include_str!("../../../../events/start-execution/full-verification.json");
const MANUAL: &str = include_str!("../../../../events/start-execution/manual.json");
const OVERRIDES: &str = include_str!("../../../../events/start-execution/overrides.json");
const RETRY: &str = include_str!("../../../../events/start-execution/retry.json");
const SCHEDULE_OF_SYNC: &str =
    include_str!("../../../../events/start-execution/schedule-of-sync.json");
const MANUAL_OF_SYNC: &str = include_str!("../../../../events/start-execution/manual-of-sync.json");
const START_WAITING: &str = include_str!("../../../../events/start-execution/start-waiting.json");
const SWEEP: &str = include_str!("../../../../events/start-execution/sweep.json");

fn parse_slot(payload: Value) -> Result<String, StartInputError> {
    parse_start(payload, STACK).map(|requested| requested.request.slot)
}

fn parse_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn no_event_file_is_left_out() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/start-execution");
    let files = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(
        files.collect::<BTreeSet<_>>(),
        [
            "full-verification.json",
            "manual-of-sync.json",
            "manual.json",
            "overrides.json",
            "retry.json",
            "schedule-of-sync.json",
            "schedule.json",
            "start-waiting.json",
            "sweep.json"
        ]
        .map(str::to_owned)
        .into()
    );
}

#[test]
fn each_event_file_has_its_slot() {
    assert_eq!(parse_slot(parse_json(SCHEDULE)).unwrap(), "schedule-2026-11-23T10:00:00Z");
    assert_eq!(parse_slot(parse_json(MANUAL)).unwrap(), "manual-2026-11-23T10:00:00Z");
    assert_eq!(parse_slot(parse_json(RETRY)).unwrap(), "retry-exec-0fcddf3728817690d");
    let by_schedule = |file| parse_start(parse_json(file), STACK).unwrap().by_schedule;
    assert!(by_schedule(SCHEDULE) && by_schedule(FULL_VERIFICATION) && !by_schedule(MANUAL));
}

#[test]
fn the_event_of_the_rule_of_full_verifications_compares_everything_in_a_slot_of_its_own() {
    let requested = parse_start(parse_json(FULL_VERIFICATION), STACK).unwrap().request;
    assert_eq!(requested.slot, "full-verification-2026-11-23T10:00:00Z");
    assert_eq!(requested.overrides.verify_mode, Some(VerifyMode::PointInTimeConsistent));
    assert_eq!(requested.when_busy, Some(WhenBusy::Queue));
    assert_eq!(
        parse_start(parse_json(SCHEDULE), STACK).unwrap().request,
        StartRequest::new("schedule-2026-11-23T10:00:00Z")
    );
    // The rule of another stack, whose name ends as this one's does.
    let other = parse_start(parse_json(FULL_VERIFICATION), "up").unwrap().request;
    assert_eq!(other, StartRequest::new("schedule-2026-11-23T10:00:00Z"));
}

#[test]
fn the_payload_of_the_sweeps_rule_starts_nothing() {
    assert_eq!(parse_input(parse_json(SWEEP), STACK).unwrap(), StartInput::Sweep);
    let waiting = parse_input(parse_json(START_WAITING), STACK).unwrap();
    assert_eq!(waiting, StartInput::StartWaiting);
    assert!(matches!(parse_input(parse_json(MANUAL), STACK).unwrap(), StartInput::Start(_)));
    assert!(matches!(parse_input(parse_json(SCHEDULE), STACK).unwrap(), StartInput::Start(_)));
    for wrong in [json!({"action": "start"}), json!({"action": "sweep", "slot": "manual-1"})] {
        let error = parse_input(wrong, STACK).unwrap_err().to_string();
        assert!(error.contains(r#"{"action": "sweep"}"#), "{error}");
    }
}

#[test]
fn each_event_file_survives_a_round_trip() {
    for file in [SCHEDULE, SCHEDULE_OF_SYNC, FULL_VERIFICATION] {
        let event: EventBridgeEvent = serde_json::from_str(file).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), parse_json(file));
    }
    for file in [MANUAL, MANUAL_OF_SYNC, OVERRIDES, RETRY] {
        let request: StartRequest = serde_json::from_str(file).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), parse_json(file));
    }
    for file in [SWEEP, START_WAITING] {
        let request: SweepRequest = serde_json::from_str(file).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), parse_json(file));
    }
}

#[test]
fn anything_else_is_rejected_with_the_reason() {
    let other = json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {}});
    let no_time = json!({"detail-type": SCHEDULED_EVENT, "source": "aws.events", "detail": {}});
    let slots = ["a/b", "", &"x".repeat(65)].map(|slot| json!({"slot": slot}));
    let refusals = [other, no_time, json!({})].into_iter().chain(slots);
    let refusals = refusals.map(|payload| parse_slot(payload).unwrap_err().to_string());
    insta::assert_snapshot!(refusals.collect::<Vec<_>>().join("\n"), @r#"
    reading the payload: `Object Created` is not `Scheduled Event`
    reading the event: it has no `time`, from which the slot follows
    reading the payload: neither an EventBridge event nor {"slot": "…"}
    reading the slot `a/b`: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
    reading the slot ``: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
    reading the slot `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`: it must be 1 to 64 of A-Z a-z 0-9 . : _ -
    "#);
}
