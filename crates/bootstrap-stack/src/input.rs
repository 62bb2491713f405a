//! The input of an invocation: EventBridge's daily event, or a request by hand or from the command
//! line.

use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::request::BootstrapRequest;
use serde_json::Value;

const EXPECTED: ExpectedPayload = ExpectedPayload {
    detail_type: SCHEDULED_EVENT,
    request: "{\"action\": \"plan\" | \"apply\" | \"outputs\" | \"destroy\"}",
};

/// The two kinds of input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BootstrapInput {
    /// Check for drift, or resume what was interrupted.
    Daily,
    Request(BootstrapRequest),
}

impl BootstrapInput {
    pub(crate) fn parse(payload: Value) -> Result<Self, PayloadError> {
        Ok(match EXPECTED.parse::<Value, _>(payload)? {
            Payload::Event(_) => Self::Daily,
            Payload::Request(request) => Self::Request(request),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;
    use domain::request::BootstrapAction;
    use serde_json::json;

    use super::*;

    fn parse_file(text: &str) -> BootstrapInput {
        BootstrapInput::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    fn request_for(action: BootstrapAction) -> BootstrapInput {
        BootstrapInput::Request(BootstrapRequest::new(action))
    }

    #[test]
    fn the_example_events_are_read() {
        let daily = include_str!("../../../events/bootstrap-stack/daily.json");
        assert_eq!(parse_file(daily), BootstrapInput::Daily);
        let plan = include_str!("../../../events/bootstrap-stack/plan.json");
        assert_eq!(parse_file(plan), request_for(BootstrapAction::Plan));
        let apply = include_str!("../../../events/bootstrap-stack/apply.json");
        assert_eq!(parse_file(apply), request_for(BootstrapAction::Apply));
        let outputs = include_str!("../../../events/bootstrap-stack/outputs.json");
        assert_eq!(parse_file(outputs), request_for(BootstrapAction::Outputs));
        let destroy = include_str!("../../../events/bootstrap-stack/destroy.json");
        assert_eq!(parse_file(destroy), request_for(BootstrapAction::Destroy));
    }

    #[test]
    fn the_request_names_what_may_be_replaced() {
        let replace = vec!["file-system".to_owned()];
        assert_eq!(
            parse_file(r#"{"action": "apply", "replace": ["file-system"]}"#),
            BootstrapInput::Request(BootstrapRequest {
                replace,
                ..BootstrapRequest::new(BootstrapAction::Apply)
            })
        );
    }

    #[test]
    fn the_example_events_survive_a_round_trip() {
        for file in [
            include_str!("../../../events/bootstrap-stack/plan.json"),
            include_str!("../../../events/bootstrap-stack/apply.json"),
            include_str!("../../../events/bootstrap-stack/outputs.json"),
            include_str!("../../../events/bootstrap-stack/destroy.json"),
        ] {
            let request: BootstrapRequest = serde_json::from_str(file).unwrap();
            assert_eq!(
                serde_json::to_value(request).unwrap(),
                serde_json::from_str::<Value>(file).unwrap()
            );
        }
        let daily = include_str!("../../../events/bootstrap-stack/daily.json");
        let event: EventBridgeEvent = serde_json::from_str(daily).unwrap();
        assert_eq!(
            serde_json::to_value(event).unwrap(),
            serde_json::from_str::<Value>(daily).unwrap()
        );
    }

    #[test]
    fn anything_else_is_rejected_with_what_is_expected() {
        let neither = "reading the payload: neither an EventBridge event nor";
        for (payload, expected) in [
            (json!({}), neither),
            (json!({"action": "explode"}), neither),
            (json!({"action": "plan", "force": true}), neither),
            (
                json!({"detail-type": "Scheduled Event"}),
                "reading the payload as the event `Scheduled Event`",
            ),
            (
                json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {}}),
                "reading the payload: `Object Created` is not `Scheduled Event`",
            ),
        ] {
            let error = BootstrapInput::parse(payload.clone()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{payload}: {error}");
        }
    }
}
