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

/// What S3 leaves as it is in a key that it encodes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// `ListObjectsV2`.
pub(crate) fn objects(fake: &Fake, call: &Call) -> Response {
    let prefix = call.query("prefix").unwrap_or_default();
    let after = call.query("continuation-token").or(call.query("start-after")).unwrap_or_default();
    let store = fake.store();
    let latest = store
        .after(&call.bucket, after.max(before(prefix)))
        .filter_map(|(key, all)| Some((key, all.last()?)));
    let latest =
        latest.filter(|(key, version)| key.starts_with(prefix) && !version.is_delete_marker);
    let found: Vec<_> = latest.take(size(call) + 1).collect();
    let (mut body, encode) = begun("ListBucketResult", call);
    for (key, version) in found.iter().take(size(call)) {
        write!(body, "<Contents><Key>{}</Key>{}</Contents>", encode(key), described(version))
            .unwrap();
    }
    let truncated = found.len() > size(call);
    if truncated {
        let token = xml::escaped(found[size(call) - 1].0);
        write!(body, "<NextContinuationToken>{token}</NextContinuationToken>").unwrap();
    }
    write!(body, "<IsTruncated>{truncated}</IsTruncated></ListBucketResult>").unwrap();
    xml::answer(StatusCode::OK, &body)
}

/// `ListObjectVersions`: the newest first of each key.
pub(crate) fn versions(fake: &Fake, call: &Call) -> Response {
    let prefix = call.query("prefix").unwrap_or_default();
    let marker = (call.query("key-marker").unwrap_or_default(), call.query("version-id-marker"));
    let store = fake.store();
    let begin = if marker.1.is_some() { before(marker.0) } else { marker.0 };
    let keys = store
        .after(&call.bucket, begin.max(before(prefix)))
        .filter(|(key, _)| key.starts_with(prefix));
    let all = keys.flat_map(|(key, all)| {
        all.iter().rev().enumerate().map(move |(age, version)| (key, age, version))
    });
    // Within the marker's key, those behind the marked version; ids count up.
    let behind = |key: &str, version: &Version| {
        key > marker.0 || key == marker.0 && marker.1.is_some_and(|id| version.id.as_str() < id)
    };
    let found: Vec<_> =
        all.filter(|(key, _, version)| behind(key, version)).take(size(call) + 1).collect();
    let (mut body, encode) = begun("ListVersionsResult", call);
    for (key, age, version) in found.iter().take(size(call)) {
        let element = if version.is_delete_marker { "DeleteMarker" } else { "Version" };
        let (key, id, latest) = (encode(key), &version.id, *age == 0);
        let about =
            format!("<Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>");
        write!(body, "<{element}>{about}{}</{element}>", described(version)).unwrap();
    }
    let truncated = found.len() > size(call);
    if truncated {
        let (key, _, version) = found[size(call) - 1];
        let (key, id) = (encode(key), &version.id);
        write!(
            body,
            "<NextKeyMarker>{key}</NextKeyMarker><NextVersionIdMarker>{id}</NextVersionIdMarker>"
        )
        .unwrap();
    }
    write!(body, "<IsTruncated>{truncated}</IsTruncated></ListVersionsResult>").unwrap();
    xml::answer(StatusCode::OK, &body)
}

/// Some text that sorts before everything that begins with `prefix`, and behind little else.
fn before(prefix: &str) -> &str {
    let mut characters = prefix.chars();
    characters.next_back();
    characters.as_str()
}

fn size(call: &Call) -> usize {
    call.query("max-keys").and_then(|text| text.parse().ok()).unwrap_or(1000)
}

/// The document's beginning, and how it writes keys.
fn begun(root: &str, call: &Call) -> (String, fn(&str) -> String) {
    if call.query("encoding-type") == Some("url") {
        (format!("<{root}><EncodingType>url</EncodingType>"), |key| {
            utf8_percent_encode(key, ENCODED).to_string()
        })
    } else {
        (format!("<{root}>"), xml::escaped)
    }
}

fn described(version: &Version) -> String {
    let (bytes, etag) = (version.length, &version.etag);
    let modified =
        DateTime::from_secs(version.modified.try_into().unwrap()).fmt(Format::DateTime).unwrap();
    format!("<Size>{bytes}</Size><ETag>{etag}</ETag><LastModified>{modified}</LastModified>")
}
