//! The input of an invocation: DataSync's event, or a person's request.

use domain::arn::ExecutionArn;
use domain::event::{ExecutionStateChange, NoExecution, execution_of_event};
use domain::payload::{ExpectedPayload, Payload, PayloadError};
use domain::request::CompleteRequest;
use serde_json::Value;

const EXPECTED: ExpectedPayload = ExpectedPayload {
    detail_type: "DataSync Task Execution State Change",
    request: "{\"execution\": \"exec-…\"}",
};

/// The two kinds of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CompletionInput {
    StateChange { execution: ExecutionArn, state: String },
    Request(CompleteRequest),
}

impl CompletionInput {
    pub(crate) fn parse(payload: Value) -> Result<Self, CompletionInputError> {
        match EXPECTED.parse::<ExecutionStateChange, _>(payload)? {
            Payload::Event(event) => Ok(Self::StateChange {
                execution: execution_of_event(&event)?,
                state: event.detail.state,
            }),
            Payload::Request(request) => Ok(Self::Request(request)),
        }
    }
}

/// The reason for which a payload was rejected.
#[derive(Debug, thiserror::Error)]
pub enum CompletionInputError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the execution of the event")]
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

    fn execution_arn() -> ExecutionArn {
        ExecutionArn::parse(
            "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b\
                /execution/exec-0fcddf3728817690d",
        )
        .unwrap()
    }

    fn parse_file(text: &str) -> CompletionInput {
        CompletionInput::parse(serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn each_event_file_is_understood() {
        for (file, state) in [(SUCCESS, "SUCCESS"), (ERROR, "ERROR")] {
            assert_eq!(
                parse_file(file),
                CompletionInput::StateChange { execution: execution_arn(), state: state.into() }
            );
        }
        assert_eq!(
            parse_file(MANUAL),
            CompletionInput::Request(CompleteRequest { execution: execution_arn().id().into() })
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
    fn anything_else_is_rejected_with_the_reason() {
        let other = json!({"detail-type": "DataSync Task State Change", "source": "aws.datasync",
            "detail": {}});
        let no_resource = json!({"detail-type": EXPECTED.detail_type, "source": "aws.datasync",
            "detail": {"State": "ERROR"}});
        let unknown = json!({"execution": "exec-0", "force": true});
        let refusals = [other, no_resource, json!({}), unknown, json!([])]
            .map(|payload| aws::failure::chain(&CompletionInput::parse(payload).unwrap_err()));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        reading the payload: `DataSync Task State Change` is not `DataSync Task Execution State Change`
        reading the execution of the event: the event's `resources` is empty
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: missing field `execution`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: unknown field `force`, expected `execution`
        reading the payload: neither an EventBridge event nor {"execution": "exec-…"}: invalid length 0, expected struct CompleteRequest with 1 element
        "#);
    }
}
