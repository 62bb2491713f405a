//! The two listings: of objects, and of versions.

use std::fmt::Write;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::http::Call;
use super::store::Version;
use super::{Fake, xml};

/// The characters that S3 does not encode in a key.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// `ListObjectsV2`.
pub(crate) fn list_objects(fake: &Fake, call: &Call) -> Response {
    let prefix = call.query_value("prefix").unwrap_or_default();
    let after = call
        .query_value("continuation-token")
        .or(call.query_value("start-after"))
        .unwrap_or_default();
    let store = fake.lock_store();
    let latest = store
        .versions_after(&call.bucket, after.max(text_before(prefix)))
        .filter_map(|(key, all)| Some((key, all.last()?)));
    let latest =
        latest.filter(|(key, version)| key.starts_with(prefix) && !version.is_delete_marker);
    let found: Vec<_> = latest.take(page_size(call) + 1).collect();
    let (mut body, encode) = begin_document("ListBucketResult", call);
    for (key, version) in found.iter().take(page_size(call)) {
        write!(body, "<Contents><Key>{}</Key>{}</Contents>", encode(key), version_fields(version))
            .unwrap();
    }
    let truncated = found.len() > page_size(call);
    if truncated {
        let token = xml::escape_text(found[page_size(call) - 1].0);
        write!(body, "<NextContinuationToken>{token}</NextContinuationToken>").unwrap();
    }
    write!(body, "<IsTruncated>{truncated}</IsTruncated></ListBucketResult>").unwrap();
    xml::xml_response(StatusCode::OK, &body)
}

/// `ListObjectVersions`: the newest first of each key.
pub(crate) fn list_versions(fake: &Fake, call: &Call) -> Response {
    let prefix = call.query_value("prefix").unwrap_or_default();
    let marker =
        (call.query_value("key-marker").unwrap_or_default(), call.query_value("version-id-marker"));
    let store = fake.lock_store();
    let begin = if marker.1.is_some() { text_before(marker.0) } else { marker.0 };
    let keys = store
        .versions_after(&call.bucket, begin.max(text_before(prefix)))
        .filter(|(key, _)| key.starts_with(prefix));
    let all = keys.flat_map(|(key, all)| {
        all.iter().rev().enumerate().map(move |(age, version)| (key, age, version))
    });
    // Within the marker's key, those behind the marked version; ids count up.
    let behind = |key: &str, version: &Version| {
        key > marker.0 || key == marker.0 && marker.1.is_some_and(|id| version.id.as_str() < id)
    };
    let found: Vec<_> =
        all.filter(|(key, _, version)| behind(key, version)).take(page_size(call) + 1).collect();
    let (mut body, encode) = begin_document("ListVersionsResult", call);
    for (key, age, version) in found.iter().take(page_size(call)) {
        let element = if version.is_delete_marker { "DeleteMarker" } else { "Version" };
        let (key, id, latest) = (encode(key), &version.id, *age == 0);
        let about =
            format!("<Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>");
        write!(body, "<{element}>{about}{}</{element}>", version_fields(version)).unwrap();
    }
    let truncated = found.len() > page_size(call);
    if truncated {
        let (key, _, version) = found[page_size(call) - 1];
        let (key, id) = (encode(key), &version.id);
        write!(
            body,
            "<NextKeyMarker>{key}</NextKeyMarker><NextVersionIdMarker>{id}</NextVersionIdMarker>"
        )
        .unwrap();
    }
    write!(body, "<IsTruncated>{truncated}</IsTruncated></ListVersionsResult>").unwrap();
    xml::xml_response(StatusCode::OK, &body)
}

/// A text that sorts just before all keys that begin with `prefix`.
fn text_before(prefix: &str) -> &str {
    let mut characters = prefix.chars();
    characters.next_back();
    characters.as_str()
}

fn page_size(call: &Call) -> usize {
    call.query_value("max-keys").and_then(|text| text.parse().ok()).unwrap_or(1000)
}

/// The document's beginning, and the function that encodes its keys.
fn begin_document(root: &str, call: &Call) -> (String, fn(&str) -> String) {
    if call.query_value("encoding-type") == Some("url") {
        (format!("<{root}><EncodingType>url</EncodingType>"), |key| {
            utf8_percent_encode(key, ENCODED).to_string()
        })
    } else {
        (format!("<{root}>"), xml::escape_text)
    }
}

fn version_fields(version: &Version) -> String {
    let (bytes, etag) = (version.length, &version.etag);
    let modified =
        DateTime::from_secs(version.modified.try_into().unwrap()).fmt(Format::DateTime).unwrap();
    format!("<Size>{bytes}</Size><ETag>{etag}</ETag><LastModified>{modified}</LastModified>")
}
