//! CloudWatch Logs and EventBridge, as far as they are called: one rule that matches everything,
//! with a function as its target.

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Fake;

const FUNCTION: &str = "arn:aws:lambda:eu-central-1:111122223333:function:f";

/// Streams exist once they are made; groups all exist.
pub(crate) fn answer_json_call(fake: &Fake, target: &str, body: &Bytes) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let stream = request["logStreamName"].as_str().unwrap_or_default().to_owned();
    match target.rsplit('.').next().unwrap_or_default() {
        "CreateLogStream" => {
            fake.lock_store().log_lines.entry(stream).or_default();
            json_answer(StatusCode::OK, &json!({}))
        }
        "PutLogEvents" => put_lines(fake, &stream, &request),
        "ListRules" => {
            let rule = json!({ "Name": "all", "State": "ENABLED", "EventPattern": "{}" });
            json_answer(StatusCode::OK, &json!({ "Rules": [rule] }))
        }
        "TestEventPattern" => json_answer(StatusCode::OK, &json!({ "Result": true })),
        "ListTargetsByRule" => {
            json_answer(StatusCode::OK, &json!({ "Targets": [{ "Id": "1", "Arn": FUNCTION }] }))
        }
        _ => refuse_call("UnknownOperationException"),
    }
}

fn put_lines(fake: &Fake, stream: &str, request: &Value) -> Response {
    let mut store = fake.lock_store();
    let Some(lines) = store.log_lines.get_mut(stream) else {
        return refuse_call("ResourceNotFoundException");
    };
    let events = request["logEvents"].as_array().into_iter().flatten();
    lines.extend(events.map(|event| event["message"].as_str().unwrap().to_owned()));
    json_answer(StatusCode::OK, &json!({}))
}

fn refuse_call(code: &str) -> Response {
    json_answer(StatusCode::BAD_REQUEST, &json!({ "__type": code }))
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], value.to_string())
        .into_response()
}
