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
    let response = HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(document));
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
