//! The few XML bodies of S3.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(crate) fn xml_response(status: StatusCode, body: &str) -> Response {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    (status, [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

pub(crate) fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

pub(crate) fn error_response(status: StatusCode, code: &str) -> Response {
    xml_response(status, &format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}
