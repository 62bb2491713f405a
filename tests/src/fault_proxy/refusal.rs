//! "Too many requests", in the words of each protocol.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use super::call::Call;

const SLOW_DOWN: &str =
    "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

pub(super) fn throttle_response(call: &Call) -> Response<Full<Bytes>> {
    let (status, body) = match call.service.as_str() {
        "ec2" => (503, ec2_body("RequestLimitExceeded")),
        "iam" => (400, query_body("Throttling")),
        "s3" => (503, SLOW_DOWN.to_owned()),
        _ => (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#.to_owned()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    if call.service == "elasticfilesystem" {
        let code = hyper::header::HeaderValue::from_static("ThrottlingException");
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

fn ec2_body(code: &str) -> String {
    format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>Rate \
            exceeded</Message></Error></Errors></Response>"
    )
}

fn query_body(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>Rate \
            exceeded</Message></Error></ErrorResponse>"
    )
}
