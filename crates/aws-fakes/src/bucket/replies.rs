//! Replies of the bucket, by what happened to it.

use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::EncodingType;
use aws_smithy_mocks::MockResponse;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{WriteFault, entity_tag};
use crate::error::error_with_code;
use crate::outage;

/// The reply to a read; `None` during an outage, `Some(None)` without an object.
pub(super) fn object_reply(
    found: Option<Option<Vec<u8>>>,
) -> MockResponse<GetObjectOutput, GetObjectError> {
    match found {
        Some(Some(body)) => {
            let output = GetObjectOutput::builder().e_tag(entity_tag(&body));
            MockResponse::Output(output.body(ByteStream::from(body)).build())
        }
        Some(None) => MockResponse::Error(GetObjectError::generic(error_with_code("NoSuchKey"))),
        None => MockResponse::Error(GetObjectError::generic(error_with_code(outage::CODE))),
    }
}

/// The reply to a write; `None` during an outage, `Some(false)` when nothing was written.
pub(super) fn put_reply(
    put: Option<bool>,
    fault: Option<WriteFault>,
) -> MockResponse<PutObjectOutput, PutObjectError> {
    let failed = |code| MockResponse::Error(PutObjectError::generic(error_with_code(code)));
    match (put, fault) {
        (None, _) => failed(outage::CODE),
        (_, Some(WriteFault::Conflict)) => failed("ConditionalRequestConflict"),
        (_, Some(WriteFault::Gone)) => failed("NoSuchKey"),
        (Some(true), None) => MockResponse::Output(PutObjectOutput::builder().build()),
        (Some(_), _) => failed("PreconditionFailed"),
    }
}

pub(super) fn failed_listing() -> MockResponse<ListObjectsV2Output, ListObjectsV2Error> {
    MockResponse::Error(ListObjectsV2Error::generic(error_with_code(outage::CODE)))
}

pub(super) fn encode_key(key: String, encoding: Option<&EncodingType>) -> String {
    match encoding {
        Some(EncodingType::Url) => utf8_percent_encode(&key, NON_ALPHANUMERIC).to_string(),
        _ => key,
    }
}
