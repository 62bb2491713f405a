//! The payloads of the functions: no panic, and an event that is read is written alike.
#![no_main]

use aws_lambda_events::eventbridge::EventBridgeEvent;
use libfuzzer_sys::fuzz_target;
use domain::event::ObjectCreated;
use domain::request::{AuditRequest, VerifyRequest};

fuzz_target!(|payload: &[u8]| {
    let _ = serde_json::from_slice::<VerifyRequest>(payload);
    let _ = serde_json::from_slice::<AuditRequest>(payload);
    if let Ok(event) = serde_json::from_slice::<EventBridgeEvent<ObjectCreated>>(payload) {
        let written = serde_json::to_vec(&event).expect("what was read can be written");
        let again: EventBridgeEvent<ObjectCreated> = serde_json::from_slice(&written).expect("and read again");
        assert_eq!(event, again);
    }
});
