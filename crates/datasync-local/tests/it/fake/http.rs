//! Requests to operations.

use std::collections::HashMap;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use percent_encoding::percent_decode_str;

use super::{BUCKET, Fake, list, logs, objects, xml};

/// Bodies up to it are always kept.
const SMALL: usize = 64 * 1024;

/// One request in pieces.
pub(crate) struct Call {
    pub(crate) bucket: String,
    /// Empty for the bucket itself.
    pub(crate) key: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Bytes of the body that was sent.
    pub(crate) length: usize,
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get("content-length").and_then(|text| text.to_str().ok()?.parse().ok())
}

pub(crate) async fn handle_request(State(fake): State<Fake>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let length = content_length(&parts.headers);
    let counts = length.is_some_and(|length| length > SMALL) && fake.lock_store().counts_large;
    let body =
        if counts { count_body(body).await } else { to_bytes(body, usize::MAX).await.unwrap() };
    if let Some(target) = parts.headers.get("x-amz-target") {
        return logs::answer_json_call(&fake, target.to_str().unwrap(), &body);
    }
    if parts.uri.path().ends_with("/invocations") {
        fake.lock_store().events.push(serde_json::from_slice(&body).unwrap());
        return empty_response(StatusCode::ACCEPTED);
    }
    let method = parts.method.clone();
    let mut call = Call::new(parts, body);
    call.length = if counts { length.unwrap() } else { call.body.len() };
    let name = call.operation_name(&method);
    *fake.lock_store().calls.entry(name).or_default() += 1;
    fake.lock_store().signers.insert(call.signer());
    answer_s3_call(&fake, name, call)
}

fn answer_s3_call(fake: &Fake, name: &str, call: Call) -> Response {
    if call.bucket == BUCKET
        && let Some(act) = &mut fake.lock_hook().0
    {
        act();
    }
    let refused = fake
        .lock_store()
        .refused
        .iter()
        .any(|(operation, text)| *operation == name && call.key.contains(text));
    if refused {
        return xml::error_response(StatusCode::FORBIDDEN, "AccessDenied");
    }
    if !fake.lock_store().buckets.contains_key(&call.bucket) {
        return xml::error_response(StatusCode::NOT_FOUND, "NoSuchBucket");
    }
    match name {
        "VERSIONS" => list::list_versions(fake, &call),
        "LIST" => list::list_objects(fake, &call),
        "GET" | "HEAD" => objects::get_object(fake, &call, name == "GET"),
        "PUT" => objects::put_object(fake, call),
        "COPY" => objects::copy_object(fake, &call),
        "DELETE" => objects::delete_object(fake, &call),
        "CREATE-UPLOAD" => objects::create_upload(fake, call),
        "PART" => objects::upload_part(fake, call),
        "COMPLETE" => objects::complete_upload(fake, &call),
        "ABORT" => objects::abort_upload(fake, &call),
        _ => xml::error_response(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    }
}

/// Takes the body and keeps nothing of it.
async fn count_body(body: Body) -> Bytes {
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        frame.unwrap();
    }
    Bytes::new()
}

impl Call {
    fn new(parts: Parts, body: Bytes) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let path = parts.uri.path().trim_start_matches('/').to_owned();
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        let pairs =
            parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        let query = query.collect();
        Self {
            bucket: decode(bucket),
            key: decode(key),
            query,
            headers: parts.headers,
            body,
            length: 0,
        }
    }

    /// The bucket, the region of the signature, and the role that the session token names.
    fn signer(&self) -> [String; 3] {
        let scope = self.header_value("authorization").unwrap_or_default();
        let region = scope.split('/').nth(2).unwrap_or_default();
        let role = self.header_value("x-amz-security-token").unwrap_or_default();
        [self.bucket.clone(), region.to_owned(), role.to_owned()]
    }

    fn operation_name(&self, method: &Method) -> &'static str {
        let has = |name: &str| self.query.contains_key(name);
        match method.as_str() {
            "GET" if self.key.is_empty() && has("versions") => "VERSIONS",
            "GET" if self.key.is_empty() => "LIST",
            "GET" => "GET",
            "HEAD" => "HEAD",
            "PUT" if has("partNumber") => "PART",
            "PUT" if self.headers.contains_key("x-amz-copy-source") => "COPY",
            "PUT" => "PUT",
            "POST" if has("uploads") => "CREATE-UPLOAD",
            "POST" => "COMPLETE",
            "DELETE" if has("uploadId") => "ABORT",
            "DELETE" => "DELETE",
            _ => "OTHER",
        }
    }

    pub(crate) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
}

pub(crate) fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
