//! What wakes the function: EventBridge's daily event, or a request by hand or from the command line.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use pipeline::request::BootstrapRequest;
use serde_json::Value;

/// EventBridge's `detail-type` for what a schedule sends (EventBridge User Guide, "Creating a rule that runs on a schedule").
const SCHEDULED_EVENT: &str = "Scheduled Event";

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// Look for drift.
    Daily,
    Request(BootstrapRequest),
}

impl Input {
    /// An event has a `detail-type`; a request has not.
    pub(crate) fn parse(payload: Value) -> Result<Self, InputError> {
        if payload.get("detail-type").is_none() {
            return serde_json::from_value(payload).map(Self::Request).map_err(InputError::Request);
        }
        let event: EventBridgeEvent = serde_json::from_value(payload).map_err(InputError::Event)?;
        if event.detail_type == SCHEDULED_EVENT { Ok(Self::Daily) } else { Err(InputError::Foreign(event.detail_type)) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error(
        "reading the payload as a request: {{\"action\": \"plan\" | \"apply\" | \"outputs\" | \"destroy\"}} is expected"
    )]
    Request(#[source] serde_json::Error),
    #[error("reading the payload as an EventBridge event")]
    Event(#[source] serde_json::Error),
    #[error("the event is a `{0}`, and only a `Scheduled Event` is expected")]
    Foreign(String),
}

#[cfg(test)]
mod tests {
    use pipeline::request::BootstrapAction;
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Input {
        Input::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    fn request(action: BootstrapAction) -> Input {
        Input::Request(BootstrapRequest { action, delete_data: false })
    }

    #[test]
    fn the_example_events_are_read() {
        assert_eq!(parse(include_str!("../../../events/bootstrap-stack/daily.json")), Input::Daily);
        assert_eq!(parse(include_str!("../../../events/bootstrap-stack/plan.json")), request(BootstrapAction::Plan));
        assert_eq!(parse(include_str!("../../../events/bootstrap-stack/apply.json")), request(BootstrapAction::Apply));
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
    fn anything_else_is_refused_with_what_is_expected() {
        for (payload, expected) in [
            (json!({}), "reading the payload as a request"),
            (json!({"action": "explode"}), "reading the payload as a request"),
            (json!({"action": "plan", "force": true}), "reading the payload as a request"),
            (json!({"detail-type": "Scheduled Event"}), "reading the payload as an EventBridge event"),
            (
                json!({"detail-type": "Object Created", "source": "aws.s3", "detail": {}}),
                "the event is a `Object Created`",
            ),
        ] {
            let error = Input::parse(payload.clone()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{payload}: {error}");
        }
    }
}
