//! The reading of an answer to `HeadObject`. Pure.

use std::collections::HashMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::StorageClass;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::Headers;

use super::{FallBackToSdk, HeadAnswer};

const SIZE: &str = "content-length";
const VERSION_ID: &str = "x-amz-version-id";
const STORAGE_CLASS: &str = "x-amz-storage-class";
const METADATA_PREFIX: &str = "x-amz-meta-";

pub(super) fn parse_response(response: &HttpResponse) -> Result<HeadAnswer, FallBackToSdk> {
    let status = response.status().as_u16();
    let fall_back = FallBackToSdk(Some(status));
    match status {
        200 => {
            let output = parse_headers(response.headers()).ok_or(fall_back)?;
            Ok(HeadAnswer::Found(Box::new(output)))
        }
        404 | 405 => {
            let delete_marker = response.headers().get("x-amz-delete-marker") == Some("true");
            Ok(HeadAnswer::Missing { delete_marker })
        }
        _ => Err(fall_back),
    }
}

/// Returns `None` when a header comes twice or is not ASCII text, or when there is no size.
fn parse_headers(headers: &Headers) -> Option<HeadObjectOutput> {
    let (mut size, mut version_id, mut storage_class) = (None, None, None);
    let mut metadata = HashMap::new();
    for (name, bytes) in headers.iter_bytes() {
        let metadata_name = name.strip_prefix(METADATA_PREFIX);
        if metadata_name.is_none() && !matches!(name, SIZE | VERSION_ID | STORAGE_CLASS) {
            continue;
        }
        let value = str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?.to_owned();
        let earlier = match (name, metadata_name) {
            (SIZE, _) => size.replace(value),
            (VERSION_ID, _) => version_id.replace(value),
            (STORAGE_CLASS, _) => storage_class.replace(value),
            (_, name) => metadata.insert(name.unwrap_or_default().to_owned(), value),
        };
        if earlier.is_some() {
            return None;
        }
    }
    let output =
        HeadObjectOutput::builder().content_length(size?.parse().ok()?).set_version_id(version_id);
    let storage_class = storage_class.map(|class| StorageClass::from(class.as_str()));
    Some(output.set_storage_class(storage_class).set_metadata(Some(metadata)).build())
}
