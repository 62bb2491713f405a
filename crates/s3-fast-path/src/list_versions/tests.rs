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

fn parse_with_sdk(document: &str) -> Option<ListObjectVersionsOutput> {
    let response = HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(document));
    read_with_sdk(&response, &ConfigBag::base()).ok()?.downcast().ok()
}

/// The fields that the fast reader fills.
fn read_fields(output: &ListObjectVersionsOutput) -> String {
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
fn a_page_is_read_as_the_sdk_reads_it() {
    assert_eq!(
        read_fields(&parse_page(PLAIN).unwrap()),
        read_fields(&parse_with_sdk(PLAIN).unwrap())
    );
    let read = parse_page(PLAIN).unwrap();
    assert_eq!(
        (read.versions().len(), read.versions()[0].e_tag(), read.is_truncated()),
        (2, Some("\"e\"&"), Some(true))
    );
}

/// The page with the damage inserted; empty damage takes a character away.
fn damaged_at(at: usize, damage: &str) -> String {
    let skipped = usize::from(damage.is_empty());
    let rest: String = PLAIN[at..].chars().skip(skipped).collect();
    format!("{}{damage}{rest}", &PLAIN[..at])
}

/// Each document with one place damaged is refused, or read as the SDK reads it, or, where the
/// damage is in what the listing does not ask for, as the whole document.
#[test]
fn a_damaged_page_is_refused_or_read_as_the_sdk_reads_it() {
    let (whole, mut read, mut refused) = (parse_page(PLAIN).unwrap(), 0, 0);
    let damages = "|<|>|/|&|&amp;| |\n|\"|'|x|<x/>|<!-- -->|<![CDATA[x]]>|a:|7".split('|');
    for (at, _) in PLAIN.char_indices() {
        for damage in damages.clone() {
            let document = damaged_at(at, damage);
            match parse_page(&document) {
                Ok(output) => {
                    read += 1;
                    let read_by_sdk = parse_with_sdk(&document).as_ref().map(read_fields);
                    let same = read_by_sdk.as_ref() == Some(&read_fields(&output))
                        || read_fields(&output) == read_fields(&whole);
                    assert!(same, "{document}\n{}\n{read_by_sdk:?}", read_fields(&output));
                }
                Err(Unsupported) => refused += 1,
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}

#[test]
fn an_error_is_read_by_the_sdk() {
    let error = "<Error><Code>SlowDown</Code><Message>m</Message></Error>";
    assert_eq!(parse_page(error).unwrap_err(), Unsupported);
    for status in [200, 503] {
        let response =
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(error));
        let failed = PageReader
            .deserialize_nonstreaming_with_config(&response, &ConfigBag::base())
            .unwrap_err();
        assert!(format!("{failed:?}").contains("SlowDown"), "{failed:?}");
    }
}

#[test]
fn the_reader_is_not_installed_when_the_fast_path_is_off() {
    use aws_smithy_runtime_api::client::interceptors::context::{Input, InterceptorContext};
    for (fast_path, installed) in [(FastPath::On, true), (FastPath::Off, false)] {
        let context = InterceptorContext::new(Input::erase(()));
        let mut config = ConfigBag::base();
        FastVersionListing(fast_path)
            .read_before_execution(&(&context).into(), &mut config)
            .unwrap();
        assert_eq!(config.load::<SharedResponseDeserializer>().is_some(), installed);
    }
}
