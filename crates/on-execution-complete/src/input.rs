//! What wakes this function: DataSync's event, or a person's request.

use domain::arn::ExecutionArn;
use domain::event::{ExecutionStateChange, NoExecution, execution_of_event};
use domain::payload::{ExpectedPayload, Payload, PayloadError};
use domain::request::CompleteRequest;
use serde_json::Value;

const EXPECTED: ExpectedPayload = ExpectedPayload {
    detail_type: "DataSync Task Execution State Change",
    request: "{\"execution\": \"exec-…\"}",
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    StateChange { execution: ExecutionArn, state: String },
    Manual(CompleteRequest),
}

impl Input {
    pub(crate) fn parse(payload: Value) -> Result<Self, InputError> {
        match EXPECTED.parse::<ExecutionStateChange, _>(payload)? {
            Payload::Event(event) => Ok(Self::StateChange {
                execution: execution_of_event(&event)?,
                state: event.detail.state,
            }),
            Payload::Request(request) => Ok(Self::Manual(request)),
        }
    }
}

/// A payload that this function has no use for.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the event's execution")]
    Execution(#[from] NoExecution),
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;
    use serde_json::json;

    use super::*;

    const SUCCESS: &str = include_str!("../../../events/on-execution-complete/success.json");
    const ERROR: &str = include_str!("../../../events/on-execution-complete/error.json");
    const MANUAL: &str = include_str!("../../../events/on-execution-complete/manual.json");

    fn execution() -> ExecutionArn {
        ExecutionArn::parse(
            "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
        )
        .unwrap()
    }

    fn parse(text: &str) -> Input {
        Input::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn each_event_file_is_understood() {
        for (file, state) in [(SUCCESS, "SUCCESS"), (ERROR, "ERROR")] {
            assert_eq!(
                parse(file),
                Input::StateChange { execution: execution(), state: state.into() }
            );
        }
        assert_eq!(
            parse(MANUAL),
            Input::Manual(CompleteRequest { execution: execution().id().into() })
        );
    }

    #[test]
    fn each_event_file_survives_a_round_trip() {
        for file in [SUCCESS, ERROR] {
            let event: EventBridgeEvent<ExecutionStateChange> = serde_json::from_str(file).unwrap();
            assert_eq!(
                serde_json::to_value(event).unwrap(),
                serde_json::from_str::<Value>(file).unwrap()
            );
        }
        let request: CompleteRequest = serde_json::from_str(MANUAL).unwrap();
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            serde_json::from_str::<Value>(MANUAL).unwrap()
        );
    }

    #[test]
    fn anything_else_is_refused_in_words_that_say_why() {
        let other = json!({"detail-type": "DataSync Task State Change", "source": "aws.datasync", "detail": {}});
        let no_resource = json!({"detail-type": EXPECTED.detail_type, "source": "aws.datasync", "detail": {"State": "ERROR"}});
        let refusals = [
            other,
            no_resource,
            json!({}),
            json!({"execution": "exec-0", "force": true}),
            json!([]),
        ]
        .map(|payload| aws::failure::chain(&Input::parse(payload).unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        reading the payload: `DataSync Task State Change` is not `DataSync Task Execution State Change`
        reading the event's execution: the event's `resources` is empty
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: missing field `execution`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: unknown field `force`, expected `execution`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: invalid length 0, expected struct CompleteRequest with 1 element
        "#);
    }
}
