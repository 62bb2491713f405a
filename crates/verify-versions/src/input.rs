//! What wakes this function: a report that arrived in the records bucket, the schedule of audits, a
//! person's request, or itself.

use chrono::{DateTime, Utc};
use domain::event::ObjectCreated;
use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::request::{AuditRequest, VerifyRequest};
use serde::Deserialize;
use serde_json::Value;

use crate::share::Share;

const EXPECTED: ExpectedPayload =
    ExpectedPayload { detail_type: "Object Created", request: "{\"execution\": \"exec-…\"}" };
const EXPECTED_AUDIT: ExpectedPayload =
    ExpectedPayload { request: "{\"audit\": {\"prefix\": \"/…\"}}", ..EXPECTED };

const EXPECTED_SHARE: ExpectedPayload =
    ExpectedPayload { request: "{\"share\": {…}}", ..EXPECTED };

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Audit {
    audit: AuditRequest,
}

/// The time is the schedule's and not the delivery's: a duplicate bears the same.
#[derive(Debug, Deserialize)]
struct Scheduled {
    time: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    share: Share,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    ObjectCreated {
        bucket: String,
        key: String,
    },
    Manual(VerifyRequest),
    Audit(AuditRequest),
    /// From this function itself.
    Share(Share),
}

impl Input {
    pub(crate) fn parse(payload: Value) -> Result<Self, PayloadError> {
        if payload["detail-type"] == SCHEDULED_EVENT {
            let scheduled = serde_json::from_value::<Scheduled>(payload);
            let scheduled = scheduled
                .map_err(|source| PayloadError::Event { detail_type: SCHEDULED_EVENT, source });
            return scheduled.map(|Scheduled { time }| {
                Self::Audit(AuditRequest { begun_at: Some(time), ..AuditRequest::default() })
            });
        }
        let is = |field: &str| payload.get(field).is_some() && payload.get("detail-type").is_none();
        let parsed = if is("audit") {
            EXPECTED_AUDIT.parse(payload)?.map_request(|Audit { audit }| Self::Audit(audit))
        } else if is("share") {
            EXPECTED_SHARE.parse(payload)?.map_request(|Shared { share }| Self::Share(share))
        } else {
            EXPECTED.parse(payload)?.map_request(Self::Manual)
        };
        Ok(match parsed {
            Payload::Event(event) => Self::created(event.detail),
            Payload::Request(input) => input,
        })
    }

    fn created(detail: ObjectCreated) -> Self {
        Self::ObjectCreated { bucket: detail.bucket.name, key: detail.object.key }
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;
    use serde_json::json;

    use super::*;

    const REPORT_CREATED: &str =
        include_str!("../../../events/verify-versions/report-created.json");
    const AUDIT: &str = include_str!("../../../events/verify-versions/audit.json");
    const SCHEDULED_AUDIT: &str =
        include_str!("../../../events/verify-versions/scheduled-audit.json");
    const MANUAL: &str = include_str!("../../../events/verify-versions/manual.json");

    #[test]
    fn each_event_file_is_understood() {
        let created = Input::parse(serde_json::from_str(REPORT_CREATED).unwrap()).unwrap();
        let Input::ObjectCreated { bucket, key } = created else { panic!("{created:?}") };
        assert_eq!(bucket, "backup-records-111122223333-eu-central-1");
        assert!(key.starts_with(domain::records::keys::SUMMARY_REPORTS_PREFIX), "{key}");
        let audit = Input::parse(serde_json::from_str(AUDIT).unwrap()).unwrap();
        assert_eq!(
            audit,
            Input::Audit(AuditRequest { prefix: "/accounts/".into(), ..AuditRequest::default() })
        );
        let scheduled = Input::parse(serde_json::from_str(SCHEDULED_AUDIT).unwrap()).unwrap();
        let begun_at = Some("2026-11-23T04:00:00Z".parse().unwrap());
        assert_eq!(scheduled, Input::Audit(AuditRequest { begun_at, ..AuditRequest::default() }));
        let manual = Input::parse(serde_json::from_str(MANUAL).unwrap()).unwrap();
        assert_eq!(manual, Input::Manual(VerifyRequest::new("exec-0fcddf3728817690d")));
    }

    #[test]
    fn each_event_file_survives_a_round_trip() {
        let event: EventBridgeEvent<ObjectCreated> = serde_json::from_str(REPORT_CREATED).unwrap();
        assert_eq!(
            serde_json::to_value(event).unwrap(),
            serde_json::from_str::<Value>(REPORT_CREATED).unwrap()
        );
        let request: VerifyRequest = serde_json::from_str(MANUAL).unwrap();
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            serde_json::from_str::<Value>(MANUAL).unwrap()
        );
    }

    #[test]
    fn anything_else_is_refused_in_words_that_say_why() {
        let deleted = json!({"detail-type": "Object Deleted", "source": "aws.s3", "detail": {}});
        let empty = json!({"detail-type": EXPECTED.detail_type, "source": "aws.s3", "detail": {}});
        let refusals = [deleted, empty, json!({"run": "exec-0"})]
            .map(|payload| aws::failure::chain(&Input::parse(payload).unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        reading the payload: `Object Deleted` is not `Object Created`
        reading the payload as the event `Object Created`: missing field `version`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: unknown field `run`, expected `execution` or `depth`
        "#);
    }

    /// Bytes of each event file, changed at random: nothing panics, and what is read is what is
    /// written there.
    #[test]
    fn garbage_is_no_event() {
        const ROUNDS: usize = 20_000;
        let mut random = crate::random_execution::Random(4_000);
        let files = [REPORT_CREATED, AUDIT, SCHEDULED_AUDIT, MANUAL];
        let (mut refused, mut no_json) = (0, 0);
        for round in 0..ROUNDS {
            let mut bytes = files[round % files.len()].as_bytes().to_vec();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                    2 => bytes.insert(at, b"{}[]\",:0n\\"[random.below(10)]),
                    _ => drop(
                        bytes.drain(at..(at + 1 + random.below(20)).min(bytes.len() - 1).max(at)),
                    ),
                }
            }
            let Ok(payload) = serde_json::from_slice::<Value>(&bytes) else {
                no_json += 1;
                continue;
            };
            match Input::parse(payload.clone()) {
                Ok(Input::ObjectCreated { bucket, key }) => {
                    let detail = &payload["detail"];
                    assert_eq!(
                        (&detail["bucket"]["name"], &detail["object"]["key"]),
                        (&json!(bucket), &json!(key))
                    );
                }
                Ok(Input::Manual(request)) => {
                    assert_eq!(payload["execution"], json!(request.execution))
                }
                Ok(Input::Audit(_)) => {
                    assert!(payload.get("audit").is_some() || payload.get("time").is_some())
                }
                Ok(Input::Share(share)) => panic!("{share:?}"),
                Err(_) => refused += 1,
            }
        }
        measurements::proven("payloads changed at random: no panic", ROUNDS, "payloads");
        measurements::proven("of those, no JSON", no_json, "payloads");
        assert!(refused > 500, "{refused}");
    }
}
