//! The answers about the destination bucket.

use std::fmt::Write as _;

use super::report::path_of;
use super::{S3Stand, http_response, query_parameter};

/// The fields that are the same for every object.
const OBJECT_FIELDS: &str = "<LastModified>2022-01-07T17:00:00.000Z</LastModified>\
    <ETag>&quot;b1946ac92492d2347c6235b4d2611184&quot;</ETag><Size>6</Size>\
    <StorageClass>STANDARD</StorageClass>";

impl S3Stand {
    /// Lists objects without versions, for rclone.
    pub(super) fn list_objects(&self, query: &str) -> Vec<u8> {
        let (first, end, more) = self.page_after(&query_parameter(query, "continuation-token"));
        let mut xml = format!(
            "<ListBucketResult><Name>data</Name><KeyCount>{}</KeyCount><MaxKeys>1000</MaxKeys>\
                <IsTruncated>{more}</IsTruncated>",
            end - first
        );
        for file in first..end {
            let key = path_of(file);
            write!(xml, "<Contents><Key>backup/{key}</Key>{OBJECT_FIELDS}</Contents>").unwrap();
        }
        if more {
            let last = path_of(end - 1);
            write!(xml, "<NextContinuationToken>backup/{last}</NextContinuationToken>").unwrap();
        }
        http_response("200 OK", "content-type: application/xml\r\n", &(xml + "</ListBucketResult>"))
    }

    /// Returns the objects of one page behind a key, and whether there are more.
    fn page_after(&self, marker: &str) -> (u64, u64, bool) {
        let objects = self.files * self.spread;
        let first =
            first_false(objects, |file| format!("backup/{}", path_of(file)).as_str() <= marker);
        let end = (first + 1_000).min(objects);
        (first, end, end < objects)
    }

    pub(super) fn answer_head(&self, path: &str) -> Vec<u8> {
        // rclone asks whether the directory is a file.
        let Some(file) = path.rsplit("/f").next().and_then(|file| file.parse::<u64>().ok()) else {
            return b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec();
        };
        let headers = format!(
            "x-amz-version-id: {file:032}\r\nx-amz-meta-file-permissions: 0100644\r\n\
             x-amz-meta-file-owner: 1000\r\n\
             x-amz-meta-file-group: 100\r\nx-amz-meta-file-mtime: \
             1641574766136114671ns\r\ncontent-length: 6\r\n"
        );
        format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()
    }

    pub(super) fn list_versions(&self, query: &str) -> Vec<u8> {
        let (first, end, more) = self.page_after(&query_parameter(query, "key-marker"));
        let mut xml = format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>");
        for file in first..end {
            let key = path_of(file);
            write!(
                xml,
                "<Version><Key>backup/{key}</Key><VersionId>{file:032}</VersionId>\
                    <IsLatest>true</IsLatest>{OBJECT_FIELDS}</Version>"
            )
            .unwrap();
        }
        if more {
            write!(xml, "<NextKeyMarker>backup/{}</NextKeyMarker>", path_of(end - 1)).unwrap();
        }
        http_response("200 OK", "", &(xml + "</ListVersionsResult>"))
    }
}

/// Returns the first number for which `holds` is false.
fn first_false(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
