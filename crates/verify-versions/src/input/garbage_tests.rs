//! Event files changed at random.

use serde_json::{Value, json};

use super::VerifyInput;
use super::tests::{AUDIT, MANUAL, REPORT_CREATED, SCHEDULED_AUDIT};
use crate::testing::random_execution::Random;

/// Bytes of each event file, changed at random: nothing panics, and what is read is what is
/// written there.
#[test]
fn garbage_is_no_event() {
    const ROUNDS: usize = 20_000;
    let mut random = Random(4_000);
    let files = [REPORT_CREATED, AUDIT, SCHEDULED_AUDIT, MANUAL];
    let (mut refused, mut no_json) = (0, 0);
    for round in 0..ROUNDS {
        let bytes = change_bytes(files[round % files.len()], &mut random);
        let Ok(payload) = serde_json::from_slice::<Value>(&bytes) else {
            no_json += 1;
            continue;
        };
        match VerifyInput::parse(payload.clone()) {
            Ok(input) => require_written(&input, &payload),
            Err(_) => refused += 1,
        }
    }
    measurements::proven("payloads changed at random: no panic", ROUNDS, "payloads");
    measurements::proven("of those, no JSON", no_json, "payloads");
    assert!(refused > 500, "{refused}");
}

fn change_bytes(file: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = file.as_bytes().to_vec();
    for _ in 0..=random.number_below(3) {
        let at = random.number_below(bytes.len());
        match random.number_below(4) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes[at] = u8::try_from(random.number_below(256)).unwrap(),
            2 => bytes.insert(at, b"{}[]\",:0n\\"[random.number_below(10)]),
            _ => drop(
                bytes.drain(at..(at + 1 + random.number_below(20)).min(bytes.len() - 1).max(at)),
            ),
        }
    }
    bytes
}

fn require_written(input: &VerifyInput, payload: &Value) {
    match input {
        VerifyInput::ObjectCreated { bucket, key } => {
            let detail = &payload["detail"];
            assert_eq!(
                (&detail["bucket"]["name"], &detail["object"]["key"]),
                (&json!(bucket), &json!(key))
            );
        }
        VerifyInput::Manual(request) => {
            assert_eq!(payload["execution"], json!(request.execution))
        }
        VerifyInput::Audit(_) => {
            assert!(payload.get("audit").is_some() || payload.get("time").is_some())
        }
        VerifyInput::WorkerTask(task) => panic!("{task:?}"),
    }
}
