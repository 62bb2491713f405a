//! What wakes the function: EventBridge's daily event, or a request by hand or from the command
//! line.

use domain::payload::{ExpectedPayload, Payload, PayloadError, SCHEDULED_EVENT};
use domain::request::BootstrapRequest;
use serde_json::Value;

const EXPECTED: ExpectedPayload = ExpectedPayload {
    detail_type: SCHEDULED_EVENT,
    request: "{\"action\": \"plan\" | \"apply\" | \"outputs\" | \"destroy\"}",
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// Look for drift, or go on with what was cut off.
    Daily,
    Request(BootstrapRequest),
}

impl Input {
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

    fn parse(text: &str) -> Input {
        Input::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    fn request(action: BootstrapAction) -> Input {
        Input::Request(BootstrapRequest::new(action))
    }

    #[test]
    fn the_example_events_are_read() {
        assert_eq!(parse(include_str!("../../../events/bootstrap-stack/daily.json")), Input::Daily);
        assert_eq!(
            parse(include_str!("../../../events/bootstrap-stack/plan.json")),
            request(BootstrapAction::Plan)
        );
        assert_eq!(
            parse(include_str!("../../../events/bootstrap-stack/apply.json")),
            request(BootstrapAction::Apply)
        );
        assert_eq!(
            parse(include_str!("../../../events/bootstrap-stack/outputs.json")),
            request(BootstrapAction::Outputs)
        );
        assert_eq!(
            parse(include_str!("../../../events/bootstrap-stack/destroy.json")),
            request(BootstrapAction::Destroy)
        );
    }

    #[test]
    fn what_may_be_replaced_is_named() {
        let replace = vec!["file-system".to_owned()];
        assert_eq!(
            parse(r#"{"action": "apply", "replace": ["file-system"]}"#),
            Input::Request(BootstrapRequest {
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
    fn anything_else_is_refused_with_what_is_expected() {
        for (payload, expected) in [
            (json!({}), "reading the payload: neither an EventBridge event nor"),
            (json!({"action": "explode"}), "reading the payload: neither an EventBridge event nor"),
            (
                json!({"action": "plan", "force": true}),
                "reading the payload: neither an EventBridge event nor",
            ),
            (
                json!({"detail-type": "Scheduled Event"}),
                "reading the payload as the event `Scheduled Event`",
            ),
            (
                json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {}}),
                "reading the payload: `Object Created` is not `Scheduled Event`",
            ),
        ] {
            let error = Input::parse(payload.clone()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{payload}: {error}");
        }
    }
}
