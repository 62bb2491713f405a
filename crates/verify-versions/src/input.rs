//! The events of this function: a report that arrived in the records bucket, the schedule of
//! audits, a person's request, or an invocation by itself.

use chrono::{DateTime, Utc};
use domain::event::ObjectCreated;
use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::request::{AuditRequest, VerifyRequest};
use serde::Deserialize;
use serde_json::Value;

use crate::worker_task::WorkerTask;

const EXPECTED: ExpectedPayload =
    ExpectedPayload { detail_type: "Object Created", request: "{\"execution\": \"exec-…\"}" };
const EXPECTED_AUDIT: ExpectedPayload =
    ExpectedPayload { request: "{\"audit\": {\"prefix\": \"/…\"}}", ..EXPECTED };

const EXPECTED_WORKER_TASK: ExpectedPayload =
    ExpectedPayload { request: "{\"worker_task\": {…}}", ..EXPECTED };

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditPayload {
    audit: AuditRequest,
}

/// The time is the schedule's and not the delivery's: a duplicate has the same.
#[derive(Debug, Deserialize)]
struct SchedulePayload {
    time: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkerPayload {
    worker_task: WorkerTask,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VerifyInput {
    ObjectCreated {
        bucket: String,
        key: String,
    },
    Manual(VerifyRequest),
    Audit(AuditRequest),
    /// From this function itself.
    WorkerTask(WorkerTask),
}

impl VerifyInput {
    pub(crate) fn parse(payload: Value) -> Result<Self, PayloadError> {
        if payload["detail-type"] == SCHEDULED_EVENT {
            return Self::from_schedule(payload);
        }
        let has =
            |field: &str| payload.get(field).is_some() && payload.get("detail-type").is_none();
        let parsed = if has("audit") {
            EXPECTED_AUDIT.parse(payload)?.map_request(|AuditPayload { audit }| Self::Audit(audit))
        } else if has("worker_task") {
            EXPECTED_WORKER_TASK
                .parse(payload)?
                .map_request(|WorkerPayload { worker_task }| Self::WorkerTask(worker_task))
        } else {
            EXPECTED.parse(payload)?.map_request(Self::Manual)
        };
        Ok(match parsed {
            Payload::Event(event) => Self::from_object_created(event.detail),
            Payload::Request(input) => input,
        })
    }

    fn from_schedule(payload: Value) -> Result<Self, PayloadError> {
        let scheduled = serde_json::from_value::<SchedulePayload>(payload);
        let scheduled = scheduled
            .map_err(|source| PayloadError::Event { detail_type: SCHEDULED_EVENT, source });
        scheduled.map(|SchedulePayload { time }| {
            Self::Audit(AuditRequest { begun_at: Some(time), ..AuditRequest::default() })
        })
    }

    fn from_object_created(detail: ObjectCreated) -> Self {
        Self::ObjectCreated { bucket: detail.bucket.name, key: detail.object.key }
    }
}

#[cfg(test)]
mod garbage_tests;
#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;
    use serde_json::json;

    use super::*;

    pub(super) const REPORT_CREATED: &str =
        include_str!("../../../events/verify-versions/report-created.json");
    pub(super) const AUDIT: &str = include_str!("../../../events/verify-versions/audit.json");
    pub(super) const AUDIT_OF_SYNC: &str =
        include_str!("../../../events/verify-versions/audit-of-sync.json");
    pub(super) const SCHEDULED_AUDIT: &str =
        include_str!("../../../events/verify-versions/scheduled-audit.json");
    pub(super) const MANUAL: &str = include_str!("../../../events/verify-versions/manual.json");

    fn parse_file(text: &str) -> VerifyInput {
        VerifyInput::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn each_event_file_is_understood() {
        let created = parse_file(REPORT_CREATED);
        let VerifyInput::ObjectCreated { bucket, key } = created else { panic!("{created:?}") };
        assert_eq!(bucket, "backup-records-111122223333-eu-central-1");
        assert!(key.starts_with(domain::records::keys::SUMMARY_REPORTS_PREFIX), "{key}");
        let all = AuditRequest::default();
        let below = AuditRequest { prefix: "/accounts/".into(), ..all.clone() };
        assert_eq!(parse_file(AUDIT), VerifyInput::Audit(below));
        let sync = Some(domain::sync_name::SyncName::parse("home").unwrap());
        let of_home = AuditRequest { sync, ..all.clone() };
        assert_eq!(parse_file(AUDIT_OF_SYNC), VerifyInput::Audit(of_home));
        let begun_at = Some("2026-11-23T04:00:00Z".parse().unwrap());
        let scheduled = AuditRequest { begun_at, ..all };
        assert_eq!(parse_file(SCHEDULED_AUDIT), VerifyInput::Audit(scheduled));
        let manual = parse_file(MANUAL);
        assert_eq!(manual, VerifyInput::Manual(VerifyRequest::new("exec-0fcddf3728817690d")));
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
            .map(|payload| aws::failure::chain(&VerifyInput::parse(payload).unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        reading the payload: `Object Deleted` is not `Object Created`
        reading the payload as the event `Object Created`: missing field `version`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: unknown field `run`, expected `execution` or `depth`
        "#);
    }
}
