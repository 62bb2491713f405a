//! A listing of versions, parsed by [`Elements`] instead of the SDK's general XML parser. An
//! execution that finds nothing changed would spend most of its time in the latter.
//!
//! Rule: requests, retries, timeouts and errors stay the SDK's. Only the body of a success is
//! parsed here, within the attempt; the SDK parses a body that [`Elements`] does not support.

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

use crate::engine::scan::xml::{Elements, Unsupported};

/// Versions on a page, at most.
const PAGE: usize = 1000;

/// An interceptor that parses the response of `ListObjectVersions` here. Only the fields that the
/// listing uses are filled.
#[derive(Debug)]
pub(crate) struct FastVersionListing;

#[derive(Debug)]
struct VersionListReader;

impl Intercept for FastVersionListing {
    fn name(&self) -> &'static str {
        "FastVersionListing"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SharedResponseDeserializer::new(VersionListReader));
        Ok(())
    }
}

impl DeserializeResponse for VersionListReader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> OutputOrError {
        let body = response.body().bytes().filter(|_| response.status().as_u16() == 200);
        let read = body.and_then(|body| parse_versions(str::from_utf8(body).ok()?).ok());
        match read {
            Some(output) => Ok(Output::erase(output)),
            None => parse_by_sdk(response, config),
        }
    }
}

fn parse_by_sdk(
    response: &HttpResponse,
    config: &ConfigBag,
) -> Result<Output, OrchestratorError<Error>> {
    let operation = ListObjectVersions::new().config();
    match operation.as_ref().and_then(|operation| operation.load::<SharedResponseDeserializer>()) {
        Some(sdk) => sdk.deserialize_nonstreaming_with_config(response, config),
        None => Err(OrchestratorError::other("the operation has no parser of responses")),
    }
}

fn parse_versions(document: &str) -> Result<ListObjectVersionsOutput, Unsupported> {
    const ROOT: &str = "ListVersionsResult";
    let mut elements = Elements::in_root(ROOT, document)?;
    let (mut output, mut versions) =
        (ListObjectVersionsOutput::builder(), Vec::with_capacity(PAGE));
    while let Some(name) = elements.open_next(ROOT)? {
        match name {
            "Version" => versions.push(parse_version(&mut elements)?),
            "EncodingType" => {
                output = output.encoding_type(EncodingType::from(&*elements.read_text(name)?))
            }
            "IsTruncated" => output = output.is_truncated(parse_flag(&elements.read_text(name)?)?),
            "NextKeyMarker" => output = output.next_key_marker(elements.read_text(name)?),
            "NextVersionIdMarker" => {
                output = output.next_version_id_marker(elements.read_text(name)?)
            }
            other => elements.skip_element(other)?,
        }
    }
    elements.check_end()?;
    Ok(output.set_versions(Some(versions)).build())
}

fn parse_version(elements: &mut Elements<'_>) -> Result<ObjectVersion, Unsupported> {
    let (mut key, mut etag, mut id) = (None, None, None);
    let (mut size, mut latest, mut modified) = (None, None, None);
    while let Some(name) = elements.open_next("Version")? {
        match name {
            "Key" => key = Some(elements.read_text(name)?.into_owned()),
            "ETag" => etag = Some(elements.read_text(name)?.into_owned()),
            "VersionId" => id = Some(elements.read_text(name)?.into_owned()),
            "Size" => size = Some(elements.read_text(name)?.parse().map_err(|_| Unsupported)?),
            "IsLatest" => latest = Some(parse_flag(&elements.read_text(name)?)?),
            "LastModified" => modified = Some(parse_time(&elements.read_text(name)?)?),
            other => elements.skip_element(other)?,
        }
    }
    let version = ObjectVersion::builder().set_key(key).set_e_tag(etag).set_version_id(id);
    Ok(version.set_size(size).set_is_latest(latest).set_last_modified(modified).build())
}

fn parse_flag(text: &str) -> Result<bool, Unsupported> {
    text.parse().map_err(|_| Unsupported)
}

fn parse_time(text: &str) -> Result<DateTime, Unsupported> {
    DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| Unsupported)
}

#[cfg(test)]
mod tests;
