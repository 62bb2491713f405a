//! A listing of versions, read by `Elements` instead of the SDK's reader of all of XML, in which
//! an execution that finds nothing changed would spend most of its time.
//!
//! Rule: requests, retries, timeouts and errors stay the SDK's. Only the body of a success is read
//! here, at its place within the attempt; a body with anything unknown is read by the SDK.

mod xml;

use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsOutputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersions, ListObjectVersionsOutput};
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, Error, Output, OutputOrError,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use xml::{Elements, Unsupported};

use crate::FastPath;

/// The most versions on a page (S3 API reference, `ListObjectVersions`).
const PAGE_SIZE: usize = 1000;

/// Reads the answer to `ListObjectVersions` here: add it to the request as an interceptor.
///
/// Of the output the versions are filled (key, `ETag`, id, size, whether it is the latest, time),
/// the encoding type and the markers of the next page; delete markers are not.
#[derive(Debug)]
pub struct FastVersionListing(pub FastPath);

#[derive(Debug)]
struct PageReader;

impl Intercept for FastVersionListing {
    fn name(&self) -> &'static str {
        "FastVersionListing"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0 == FastPath::On {
            config.interceptor_state().store_put(SharedResponseDeserializer::new(PageReader));
        }
        Ok(())
    }
}

impl DeserializeResponse for PageReader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> OutputOrError {
        let body = response.body().bytes().filter(|_| response.status().as_u16() == 200);
        let read = body.and_then(|body| parse_page(str::from_utf8(body).ok()?).ok());
        match read {
            Some(output) => Ok(Output::erase(output)),
            None => read_with_sdk(response, config),
        }
    }
}

fn read_with_sdk(
    response: &HttpResponse,
    config: &ConfigBag,
) -> Result<Output, OrchestratorError<Error>> {
    let operation = ListObjectVersions::new().config();
    match operation.as_ref().and_then(|operation| operation.load::<SharedResponseDeserializer>()) {
        Some(sdk) => sdk.deserialize_nonstreaming_with_config(response, config),
        None => Err(OrchestratorError::other("the operation has no reader of answers")),
    }
}

fn parse_page(document: &str) -> Result<ListObjectVersionsOutput, Unsupported> {
    const ROOT: &str = "ListVersionsResult";
    let mut elements = Elements::of_root(ROOT, document)?;
    let (mut output, mut versions) =
        (ListObjectVersionsOutput::builder(), Vec::with_capacity(PAGE_SIZE));
    while let Some(name) = elements.enter_next(ROOT)? {
        match name {
            "Version" => versions.push(parse_version(&mut elements)?),
            "EncodingType" | "IsTruncated" | "NextKeyMarker" | "NextVersionIdMarker" => {
                output = set_field(output, name, &elements.read_text(name)?)?;
            }
            other => elements.skip_rest(other)?,
        }
    }
    elements.expect_end()?;
    Ok(output.set_versions(Some(versions)).build())
}

fn set_field(
    output: ListObjectVersionsOutputBuilder,
    name: &str,
    text: &str,
) -> Result<ListObjectVersionsOutputBuilder, Unsupported> {
    Ok(match name {
        "EncodingType" => output.encoding_type(EncodingType::from(text)),
        "IsTruncated" => output.is_truncated(parse_bool(text)?),
        "NextKeyMarker" => output.next_key_marker(text),
        _ => output.next_version_id_marker(text),
    })
}

fn parse_version(elements: &mut Elements<'_>) -> Result<ObjectVersion, Unsupported> {
    let (mut key, mut etag, mut id) = (None, None, None);
    let (mut size, mut latest, mut modified) = (None, None, None);
    while let Some(name) = elements.enter_next("Version")? {
        match name {
            "Key" => key = Some(elements.read_text(name)?.into_owned()),
            "ETag" => etag = Some(elements.read_text(name)?.into_owned()),
            "VersionId" => id = Some(elements.read_text(name)?.into_owned()),
            "Size" => size = Some(elements.read_text(name)?.parse().map_err(|_| Unsupported)?),
            "IsLatest" => latest = Some(parse_bool(&elements.read_text(name)?)?),
            "LastModified" => modified = Some(parse_time(&elements.read_text(name)?)?),
            other => elements.skip_rest(other)?,
        }
    }
    let version = ObjectVersion::builder().set_key(key).set_e_tag(etag).set_version_id(id);
    Ok(version.set_size(size).set_is_latest(latest).set_last_modified(modified).build())
}

fn parse_bool(text: &str) -> Result<bool, Unsupported> {
    text.parse().map_err(|_| Unsupported)
}

fn parse_time(text: &str) -> Result<DateTime, Unsupported> {
    DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| Unsupported)
}

#[cfg(test)]
mod tests;
