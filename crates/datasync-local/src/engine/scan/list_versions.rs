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
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const PLAIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListVersionsResult \
        xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix/><KeyMarker></KeyMarker>\
        <EncodingType>url</EncodingType><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated>\
        <NextKeyMarker>a%26b</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>\n  <Version>\n    \
        <Key>a%26b</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest>\
        <LastModified>2026-11-23T21:00:00.123Z</LastModified><ETag>&quot;e&#34;&amp;</ETag><Size>7</Size>\
        <ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Owner><ID>1</ID><DisplayName>x y</DisplayName></Owner>\
        <StorageClass>STANDARD</StorageClass></Version><DeleteMarker><Key>c</Key><IsLatest>true</IsLatest></DeleteMarker>\
        <Version><Key>ü</Key><IsLatest>false</IsLatest></Version></ListVersionsResult>\n";

    fn read_by_sdk(document: &str) -> Option<ListObjectVersionsOutput> {
        let response =
            HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(document));
        parse_by_sdk(&response, &ConfigBag::base()).ok()?.downcast().ok()
    }

    /// The fields of an output that the listing uses.
    fn used_fields(output: &ListObjectVersionsOutput) -> String {
        let head = (
            &output.encoding_type,
            output.is_truncated,
            &output.next_key_marker,
            &output.next_version_id_marker,
        );
        let one = |v: &ObjectVersion| {
            format!("{:?}", (&v.key, &v.e_tag, &v.version_id, v.size, v.is_latest, v.last_modified))
        };
        format!("{head:?} {:?}", output.versions().iter().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn it_reads_what_the_sdk_reads() {
        assert_eq!(
            used_fields(&parse_versions(PLAIN).unwrap()),
            used_fields(&read_by_sdk(PLAIN).unwrap())
        );
        let read = parse_versions(PLAIN).unwrap();
        assert_eq!(
            (read.versions().len(), read.versions()[0].e_tag(), read.is_truncated()),
            (2, Some("\"e\"&"), Some(true))
        );
    }

    /// Each document with one damaged place is refused, or parsed as the SDK parses it, or, where
    /// the damage is in an unused field, as the whole document.
    #[test]
    fn whatever_it_reads_the_sdk_reads_alike() {
        let (whole, mut read, mut refused) = (parse_versions(PLAIN).unwrap(), 0, 0);
        let damages = "|<|>|/|&|&amp;| |\n|\"|'|x|<x/>|<!-- -->|<![CDATA[x]]>|a:|7".split('|');
        for (at, _) in PLAIN.char_indices() {
            for damage in damages.clone() {
                let rest = if damage.is_empty() {
                    PLAIN[at..].chars().skip(1).collect()
                } else {
                    PLAIN[at..].to_owned()
                };
                let document = format!("{}{damage}{rest}", &PLAIN[..at]);
                match parse_versions(&document) {
                    Ok(output) => {
                        read += 1;
                        let read_by_sdk = read_by_sdk(&document).as_ref().map(used_fields);
                        let same = read_by_sdk.as_ref() == Some(&used_fields(&output))
                            || used_fields(&output) == used_fields(&whole);
                        assert!(same, "{document}\n{}\n{read_by_sdk:?}", used_fields(&output));
                    }
                    Err(Unsupported) => refused += 1,
                }
            }
        }
        assert!(read > 1000 && refused > 1000, "{read} {refused}");
    }

    #[test]
    fn an_error_is_the_sdks() {
        let error = "<Error><Code>SlowDown</Code><Message>m</Message></Error>";
        assert_eq!(parse_versions(error).unwrap_err(), Unsupported);
        for status in [200, 503] {
            let response =
                HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(error));
            let failed = VersionListReader
                .deserialize_nonstreaming_with_config(&response, &ConfigBag::base())
                .unwrap_err();
            assert!(format!("{failed:?}").contains("SlowDown"), "{failed:?}");
        }
    }
}
