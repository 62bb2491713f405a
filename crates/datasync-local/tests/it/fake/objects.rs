//! The operations on objects.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::http::{Call, empty_response};
use super::store::{Store, Upload, Version};
use super::{Fake, xml};

const META: &str = "x-amz-meta-";

fn missing_object(of_version: bool, with_body: bool) -> Response {
    if !with_body {
        return empty_response(StatusCode::NOT_FOUND);
    }
    let code = if of_version { "NoSuchVersion" } else { "NoSuchKey" };
    xml::error_response(StatusCode::NOT_FOUND, code)
}

pub(crate) fn get_object(fake: &Fake, call: &Call, with_body: bool) -> Response {
    let mut store = fake.lock_store();
    let id = call.query_value("versionId");
    let Some(version) = store.find_version(&call.bucket, &call.key, id).cloned() else {
        return missing_object(id.is_some(), with_body);
    };
    let cut = with_body && store.bodies_to_cut > 0 && version.body.len() > 1;
    store.bodies_to_cut -= u32::from(cut);
    let length = version.length;
    let body = match (with_body, cut) {
        (false, _) => Body::empty(),
        (true, false) => Body::from(version.body.clone()),
        (true, true) => broken_body(version.body.slice(..length / 2)),
    };
    let mut response = Response::new(body);
    set_headers(response.headers_mut(), &version, length);
    response
}

/// A body that ends with an error.
fn broken_body(part: Bytes) -> Body {
    let pieces = [Ok(part), Err(std::io::Error::other("the connection broke"))];
    Body::from_stream(futures::stream::iter(pieces))
}

fn set_headers(headers: &mut HeaderMap, version: &Version, length: usize) {
    let modified =
        DateTime::from_secs(version.modified.try_into().unwrap()).fmt(Format::HttpDate).unwrap();
    let mut set = |name: &str, value: &str| {
        headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
    };
    set("content-length", &length.to_string());
    set("etag", &version.etag);
    set("last-modified", &modified);
    for (key, value) in &version.metadata {
        set(&format!("{META}{key}"), value);
    }
    set_version(headers, &version.id);
}

/// Sets the version header; without versioning there is none.
fn set_version(headers: &mut HeaderMap, id: &str) {
    if id != "null" {
        headers.insert("x-amz-version-id", HeaderValue::from_str(id).unwrap());
    }
}

/// Whether the body has the SHA-256 that the call states, if it states one.
fn checksum_holds(call: &Call) -> bool {
    let sha = || aws_smithy_types::base64::encode(Sha256::digest(&call.body));
    call.header_value("x-amz-checksum-sha256").is_none_or(|checksum| checksum == sha())
}

pub(crate) fn put_object(fake: &Fake, call: Call) -> Response {
    let trusting = fake.lock_store().trusting;
    if !trusting && !checksum_holds(&call) {
        return xml::error_response(StatusCode::BAD_REQUEST, "BadDigest");
    }
    if !condition_holds(fake, &call) {
        return xml::error_response(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    let (metadata, storage_class) = (user_metadata(&call), storage_class(&call));
    let version =
        Version { storage_class, length: call.length, ..Version::new(call.body, metadata) };
    let mut store = fake.lock_store();
    let id = store.put_version(&call.bucket, &call.key, version);
    let etag = etag_of(&store, &call.bucket, &call.key);
    let mut response = empty_response(StatusCode::OK);
    set_version(response.headers_mut(), &id);
    response.headers_mut().insert("etag", HeaderValue::from_str(&etag).unwrap());
    response
}

/// Whether the write's condition, if it has one, holds.
fn condition_holds(fake: &Fake, call: &Call) -> bool {
    let store = fake.lock_store();
    let found = store.find_version(&call.bucket, &call.key, None);
    let known = call
        .header_value("if-match")
        .is_none_or(|etag| found.is_some_and(|version| version.etag == etag));
    known && (call.header_value("if-none-match").is_none() || found.is_none())
}

fn etag_of(store: &Store, bucket: &str, key: &str) -> String {
    store.find_version(bucket, key, None).unwrap().etag.clone()
}

pub(crate) fn copy_object(fake: &Fake, call: &Call) -> Response {
    let source = percent_decode_str(call.header_value("x-amz-copy-source").unwrap());
    let source = source.decode_utf8().unwrap();
    let (bucket, key) = source.trim_start_matches('/').split_once('/').unwrap();
    let mut store = fake.lock_store();
    let Some(found) = store.find_version(bucket, key, None).cloned() else {
        return xml::error_response(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    let (storage_class, length) = (storage_class(call), found.length);
    let version =
        Version { storage_class, length, ..Version::new(found.body, user_metadata(call)) };
    let id = store.put_version(&call.bucket, &call.key, version);
    let etag = etag_of(&store, &call.bucket, &call.key);
    let body = format!("<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>");
    let mut response = xml::xml_response(StatusCode::OK, &body);
    set_version(response.headers_mut(), &id);
    response
}

pub(crate) fn delete_object(fake: &Fake, call: &Call) -> Response {
    fake.lock_store().delete_object(&call.bucket, &call.key);
    empty_response(StatusCode::NO_CONTENT)
}

pub(crate) fn create_upload(fake: &Fake, call: Call) -> Response {
    let (metadata, storage_class) = (user_metadata(&call), storage_class(&call));
    let mut store = fake.lock_store();
    let id = store.fresh_id();
    store.uploads.insert(
        id.clone(),
        Upload { key: call.key, metadata, storage_class, parts: BTreeMap::new() },
    );
    let body = format!(
        "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
    );
    xml::xml_response(StatusCode::OK, &body)
}

pub(crate) fn upload_part(fake: &Fake, call: Call) -> Response {
    let number: u32 = call.query_value("partNumber").unwrap().parse().unwrap();
    let mut store = fake.lock_store();
    let Some(upload) = store.uploads.get_mut(call.query_value("uploadId").unwrap()) else {
        return xml::error_response(StatusCode::NOT_FOUND, "NoSuchUpload");
    };
    upload.parts.insert(number, (call.body, call.length));
    let mut response = empty_response(StatusCode::OK);
    response.headers_mut().insert("etag", HeaderValue::from_str(&format!("\"{number}\"")).unwrap());
    response
}

pub(crate) fn complete_upload(fake: &Fake, call: &Call) -> Response {
    let mut store = fake.lock_store();
    let Some(upload) = store.uploads.remove(call.query_value("uploadId").unwrap()) else {
        return xml::error_response(StatusCode::NOT_FOUND, "NoSuchUpload");
    };
    let (bodies, lengths): (Vec<_>, Vec<_>) = upload.parts.into_values().unzip();
    let (body, length) = (bodies.concat(), lengths.iter().sum());
    let storage_class = upload.storage_class;
    let version = Version { storage_class, length, ..Version::new(body.into(), upload.metadata) };
    let id = store.put_version(&call.bucket, &upload.key, version);
    let etag = etag_of(&store, &call.bucket, &upload.key);
    let body = format!(
        "<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
    );
    let mut response = xml::xml_response(StatusCode::OK, &body);
    set_version(response.headers_mut(), &id);
    response
}

pub(crate) fn abort_upload(fake: &Fake, call: &Call) -> Response {
    fake.lock_store().uploads.remove(call.query_value("uploadId").unwrap());
    empty_response(StatusCode::NO_CONTENT)
}

fn user_metadata(call: &Call) -> BTreeMap<String, String> {
    let given = call.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().strip_prefix(META)?.to_owned(), value.to_str().ok()?.to_owned()))
    });
    given.collect()
}

fn storage_class(call: &Call) -> String {
    call.header_value("x-amz-storage-class").unwrap_or("STANDARD").to_owned()
}
