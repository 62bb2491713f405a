//! A listing of versions read by [`Elements`] instead of the SDK's reader of all of XML, in which
//! an execution that finds nothing changed would spend most of its time.
//!
//! Rule: requests, retries, time limits and errors stay the SDK's. Only the body of a success is
//! read here, in its place within the attempt; whatever is odd in it, the SDK reads itself.

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

use super::xml::{Elements, Odd};

/// Versions on a page, at most.
const PAGE: usize = 1000;

/// Has the answer to `ListObjectVersions` read here. Of the output only what the listing asks for
/// is filled.
#[derive(Debug)]
pub(super) struct QuickListing;

#[derive(Debug)]
struct Reader;

impl Intercept for QuickListing {
    fn name(&self) -> &'static str {
        "QuickListing"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SharedResponseDeserializer::new(Reader));
        Ok(())
    }
}

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> OutputOrError {
        let body = response.body().bytes().filter(|_| response.status().as_u16() == 200);
        let read = body.and_then(|body| versions(str::from_utf8(body).ok()?).ok());
        match read {
            Some(output) => Ok(Output::erase(output)),
            None => by_sdk(response, config),
        }
    }
}

fn by_sdk(response: &HttpResponse, config: &ConfigBag) -> Result<Output, OrchestratorError<Error>> {
    let operation = ListObjectVersions::new().config();
    match operation.as_ref().and_then(|operation| operation.load::<SharedResponseDeserializer>()) {
        Some(sdk) => sdk.deserialize_nonstreaming_with_config(response, config),
        None => Err(OrchestratorError::other("the operation has no reader of answers")),
    }
}

fn versions(document: &str) -> Result<ListObjectVersionsOutput, Odd> {
    const ROOT: &str = "ListVersionsResult";
    let mut elements = Elements::within(ROOT, document)?;
    let (mut output, mut versions) =
        (ListObjectVersionsOutput::builder(), Vec::with_capacity(PAGE));
    while let Some(name) = elements.open(ROOT)? {
        match name {
            "Version" => versions.push(version(&mut elements)?),
            "EncodingType" => {
                output = output.encoding_type(EncodingType::from(&*elements.text(name)?))
            }
            "IsTruncated" => output = output.is_truncated(flag(&elements.text(name)?)?),
            "NextKeyMarker" => output = output.next_key_marker(elements.text(name)?),
            "NextVersionIdMarker" => output = output.next_version_id_marker(elements.text(name)?),
            other => elements.skip(other)?,
        }
    }
    elements.end()?;
    Ok(output.set_versions(Some(versions)).build())
}

fn version(elements: &mut Elements<'_>) -> Result<ObjectVersion, Odd> {
    let (mut key, mut etag, mut id) = (None, None, None);
    let (mut size, mut latest, mut modified) = (None, None, None);
    while let Some(name) = elements.open("Version")? {
        match name {
            "Key" => key = Some(elements.text(name)?.into_owned()),
            "ETag" => etag = Some(elements.text(name)?.into_owned()),
            "VersionId" => id = Some(elements.text(name)?.into_owned()),
            "Size" => size = Some(elements.text(name)?.parse().map_err(|_| Odd)?),
            "IsLatest" => latest = Some(flag(&elements.text(name)?)?),
            "LastModified" => modified = Some(time(&elements.text(name)?)?),
            other => elements.skip(other)?,
        }
    }
    let version = ObjectVersion::builder().set_key(key).set_e_tag(etag).set_version_id(id);
    Ok(version.set_size(size).set_is_latest(latest).set_last_modified(modified).build())
}

fn flag(text: &str) -> Result<bool, Odd> {
    text.parse().map_err(|_| Odd)
}

fn time(text: &str) -> Result<DateTime, Odd> {
    DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| Odd)
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

    fn sdk(document: &str) -> Option<ListObjectVersionsOutput> {
        let response =
            HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(document));
        by_sdk(&response, &ConfigBag::base()).ok()?.downcast().ok()
    }

    /// What the listing asks an output for.
    fn told(output: &ListObjectVersionsOutput) -> String {
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
        assert_eq!(told(&versions(PLAIN).unwrap()), told(&sdk(PLAIN).unwrap()));
        let read = versions(PLAIN).unwrap();
        assert_eq!(
            (read.versions().len(), read.versions()[0].e_tag(), read.is_truncated()),
            (2, Some("\"e\"&"), Some(true))
        );
    }

    /// Each document with one place damaged is refused, or read as the SDK reads it, or, where the
    /// damage is in what the listing does not ask for, as the whole document.
    #[test]
    fn whatever_it_reads_the_sdk_reads_alike() {
        let (whole, mut read, mut refused) = (versions(PLAIN).unwrap(), 0, 0);
        let damages = "|<|>|/|&|&amp;| |\n|\"|'|x|<x/>|<!-- -->|<![CDATA[x]]>|a:|7".split('|');
        for (at, _) in PLAIN.char_indices() {
            for damage in damages.clone() {
                let rest = if damage.is_empty() {
                    PLAIN[at..].chars().skip(1).collect()
                } else {
                    PLAIN[at..].to_owned()
                };
                let document = format!("{}{damage}{rest}", &PLAIN[..at]);
                match versions(&document) {
                    Ok(output) => {
                        read += 1;
                        let read_by_sdk = sdk(&document).as_ref().map(told);
                        let same = read_by_sdk.as_ref() == Some(&told(&output))
                            || told(&output) == told(&whole);
                        assert!(same, "{document}\n{}\n{read_by_sdk:?}", told(&output));
                    }
                    Err(Odd) => refused += 1,
                }
            }
        }
        assert!(read > 1000 && refused > 1000, "{read} {refused}");
    }

    #[test]
    fn an_error_is_the_sdks() {
        let error = "<Error><Code>SlowDown</Code><Message>m</Message></Error>";
        assert_eq!(versions(error).unwrap_err(), Odd);
        for status in [200, 503] {
            let response =
                HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(error));
            let failed = Reader
                .deserialize_nonstreaming_with_config(&response, &ConfigBag::base())
                .unwrap_err();
            assert!(format!("{failed:?}").contains("SlowDown"), "{failed:?}");
        }
    }
}
