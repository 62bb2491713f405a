//! Refusals in the words of each protocol.

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use super::Answer;

/// The form of the JSON protocols.
pub(super) fn json_refusal(code: &str, message: &str) -> Answer {
    let body = json!({ "__type": code, "message": message }).to_string();
    refusal_with_body(StatusCode::BAD_REQUEST, "application/x-amz-json-1.1", body)
}

/// The form of EC2.
pub(super) fn ec2_refusal(code: &str, message: &str) -> Answer {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>");
    refusal_with_body(StatusCode::BAD_REQUEST, "text/xml;charset=UTF-8", body)
}

pub(super) fn refusal_with_body(
    status: StatusCode,
    content_type: &'static str,
    body: String,
) -> Answer {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
    Answer { status, headers, body: Bytes::from(body) }
}
