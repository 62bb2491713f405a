//! IAM's refusal, in the words of each protocol.

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use super::judge::Denied;
use super::request::Seen;
use crate::fault_proxy::Answer;

fn s3_body(text: &str) -> String {
    format!("<Error><Code>AccessDenied</Code><Message>{text}</Message></Error>")
}

/// The status, the type and the body: those of the API reference of each service, "Common errors".
fn denial_in_form(seen: &Seen, denied: &Denied) -> (u16, &'static str, String) {
    let text = escape_xml(&denied.message);
    match seen.service.as_str() {
        // A HEAD has no body, so S3's clients see a 403 alone.
        "s3" if seen.method == "HEAD" => (403, "application/xml", String::new()),
        "s3" => (403, "application/xml", s3_body(&text)),
        "ec2" => (403, "text/xml", ec2_body(&text)),
        "sns" => (403, "text/xml", query_body("AuthorizationError", &text)),
        "iam" | "sts" | "monitoring" => (403, "text/xml", query_body("AccessDenied", &text)),
        "elasticfilesystem" | "lambda" => {
            (403, "application/json", json!({ "Message": denied.message }).to_string())
        }
        _ => {
            let body = json!({ "__type": "AccessDeniedException", "Message": denied.message });
            (400, "application/x-amz-json-1.1", body.to_string())
        }
    }
}

/// The denial as the service answers it.
pub(super) fn denial_answer(seen: &Seen, denied: &Denied) -> Answer {
    let (status, content_type, body) = denial_in_form(seen, denied);
    let mut headers =
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
    if content_type == "application/json" {
        headers.insert("x-amzn-errortype", HeaderValue::from_static("AccessDeniedException"));
    }
    // Its errors keep the codes of the query protocol that it had before (Smithy,
    // `awsQueryCompatible`).
    if seen.service == "sqs" {
        headers.insert("x-amzn-query-error", HeaderValue::from_static("AccessDenied;Sender"));
    }
    Answer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN),
        headers,
        body: Bytes::from(body),
    }
}

fn ec2_body(text: &str) -> String {
    let text = format!("You are not authorized to perform this operation. {text}");
    format!(
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
         <Message>{text}</Message></Error></Errors>\
         <RequestID>judged</RequestID></Response>"
    )
}

fn query_body(code: &str, text: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{text}</Message></Error>\
         <RequestId>judged</RequestId></ErrorResponse>"
    )
}

fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
