//! A message of the dead-letter queue: an event that could not be delivered or processed. Pure.
//!
//! Sources: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations";
//! EventBridge User Guide, "Using dead-letter queues to process undelivered events".

use domain::arn::{resource_id, unqualified_function_arn};
use serde::Serialize;
use serde_json::Value;

/// The data that explains a dead letter and allows sending it again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DeadLetter {
    /// The function that the event was for; absent in a message that neither Lambda nor EventBridge
    /// wrote.
    pub function_arn: Option<String>,
    pub why: String,
    /// The payload for the function.
    pub payload: Value,
}

impl DeadLetter {
    /// `attribute` returns a message attribute. Only EventBridge sets them.
    pub(crate) fn parse<'a>(body: &str, attribute: impl Fn(&str) -> Option<&'a str>) -> Self {
        let content: Value =
            serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        if let Some(invocation) = Self::from_invocation(&content) {
            return invocation;
        }
        let reasons: Vec<&str> =
            ["ERROR_CODE", "ERROR_MESSAGE"].into_iter().filter_map(&attribute).collect();
        let why =
            if reasons.is_empty() { "no reason is given".to_owned() } else { reasons.join(": ") };
        Self {
            function_arn: attribute("TARGET_ARN")
                .map(|arn| unqualified_function_arn(arn).to_owned()),
            why,
            payload: content,
        }
    }

    /// Returns the record of an asynchronous invocation; `None` for any other message.
    fn from_invocation(content: &Value) -> Option<Self> {
        let payload = content.get("requestPayload")?;
        let arn = content.pointer("/requestContext/functionArn").and_then(Value::as_str)?;
        Some(Self {
            function_arn: Some(unqualified_function_arn(arn).to_owned()),
            why: why_it_failed(content),
            payload: payload.clone(),
        })
    }

    /// The name of the function, or `unknown`.
    pub(crate) fn function_name(&self) -> &str {
        let arn = self.function_arn.as_deref();
        arn.map_or("unknown", resource_id)
    }
}

fn why_it_failed(record: &Value) -> String {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let reasons =
        text("/responsePayload/errorMessage").or_else(|| text("/requestContext/condition"));
    reasons.unwrap_or("no reason is given").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FUNCTION: &str =
        "arn:aws:lambda:eu-central-1:111122223333:function:backup-start-execution";

    #[test]
    fn an_event_that_a_function_could_not_process() {
        let body = json!({
            "requestContext": { "functionArn": format!("{FUNCTION}:$LATEST"),
                "condition": "RetriesExhausted" },
            "requestPayload": { "slot": "manual-1" },
            "responsePayload": { "errorType": "RecordsFailed",
                "errorMessage": "reading s3://records/x: AccessDenied" },
        });
        let letter = DeadLetter::parse(&body.to_string(), |_| None);
        assert_eq!(letter.function_arn.as_deref(), Some(FUNCTION));
        assert_eq!(
            (letter.why.as_str(), letter.function_name()),
            ("reading s3://records/x: AccessDenied", "backup-start-execution")
        );
        assert_eq!(letter.payload, json!({ "slot": "manual-1" }));
    }

    #[test]
    fn an_event_that_eventbridge_could_not_deliver() {
        let attribute = |name: &str| match name {
            "TARGET_ARN" => Some(FUNCTION),
            "ERROR_CODE" => Some("NO_PERMISSIONS"),
            "ERROR_MESSAGE" => Some("not authorised"),
            _ => None,
        };
        let letter = DeadLetter::parse(r#"{"detail-type":"Scheduled Event"}"#, attribute);
        assert_eq!(
            (letter.function_arn.as_deref(), letter.why.as_str()),
            (Some(FUNCTION), "NO_PERMISSIONS: not authorised")
        );
        assert_eq!(letter.payload, json!({ "detail-type": "Scheduled Event" }));
    }

    #[test]
    fn anything_else_is_shown_and_has_no_function() {
        let letter = DeadLetter::parse("hello", |_| None);
        assert_eq!((letter.function_name(), &letter.payload), ("unknown", &json!("hello")));
    }
}
