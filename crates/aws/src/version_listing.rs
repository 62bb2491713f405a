//! Pages of `ListObjectVersions` with keys decoded, versions and delete markers in one list.

use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};

use crate::listed_key::listed_key;

/// One page of a listing. The versions come first, then the delete markers.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionPage {
    pub entries: Vec<VersionEntry>,
    /// The markers of the next page; `None` on the last one.
    pub next: Option<VersionMarker>,
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEntry {
    pub key: String,
    pub version_id: Option<String>,
    pub is_delete_marker: bool,
    /// Always absent from a delete marker.
    pub size: Option<u64>,
    pub is_latest: Option<bool>,
    pub storage_class: Option<String>,
    pub last_modified: Option<DateTime>,
    /// Whether an archived object can be read for some days (`RestoreStatus`, which has to be
    /// requested).
    pub has_restored_copy: bool,
}

/// The `KeyMarker` and `VersionIdMarker` of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionMarker {
    pub key: String,
    pub version_id: Option<String>,
}

impl From<ListObjectVersionsOutput> for VersionPage {
    fn from(output: ListObjectVersionsOutput) -> Self {
        let encoding = output.encoding_type.as_ref();
        let is_truncated = output.is_truncated == Some(true);
        let next = output.next_key_marker.filter(|_| is_truncated).map(|key| VersionMarker {
            key: listed_key(key, encoding),
            version_id: output.next_version_id_marker,
        });
        let versions = output.versions.unwrap_or_default().into_iter();
        let markers = output.delete_markers.unwrap_or_default().into_iter();
        let entries = versions
            .filter_map(|version| version_entry(version, encoding))
            .chain(markers.filter_map(|marker| marker_entry(marker, encoding)));
        Self { entries: entries.collect(), next }
    }
}

fn version_entry(version: ObjectVersion, encoding: Option<&EncodingType>) -> Option<VersionEntry> {
    Some(VersionEntry {
        key: listed_key(version.key?, encoding),
        version_id: version.version_id,
        is_delete_marker: false,
        size: version.size.and_then(|size| u64::try_from(size).ok()),
        is_latest: version.is_latest,
        storage_class: version.storage_class.map(|class| class.as_str().to_owned()),
        last_modified: version.last_modified,
        has_restored_copy: version
            .restore_status
            .is_some_and(|status| status.restore_expiry_date.is_some()),
    })
}

fn marker_entry(
    marker: DeleteMarkerEntry,
    encoding: Option<&EncodingType>,
) -> Option<VersionEntry> {
    Some(VersionEntry {
        key: listed_key(marker.key?, encoding),
        version_id: marker.version_id,
        is_delete_marker: true,
        size: None,
        is_latest: marker.is_latest,
        storage_class: None,
        last_modified: marker.last_modified,
        has_restored_copy: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_output() -> ListObjectVersionsOutput {
        let version = ObjectVersion::builder().key("a+b").version_id("v1").size(3).is_latest(false);
        let marker = DeleteMarkerEntry::builder().key("a+b").version_id("v2").is_latest(true);
        ListObjectVersionsOutput::builder()
            .encoding_type(EncodingType::Url)
            .versions(version.build())
            .delete_markers(marker.build())
            .next_key_marker("a+b")
            .next_version_id_marker("v1")
            .is_truncated(true)
            .build()
    }

    #[test]
    fn keys_and_markers_are_decoded() {
        let page = VersionPage::from(page_output());
        let shown: Vec<_> = page
            .entries
            .iter()
            .map(|entry| {
                (entry.key.as_str(), entry.version_id.as_deref(), entry.size, entry.is_latest)
            })
            .collect();
        assert_eq!(
            shown,
            [("a b", Some("v1"), Some(3), Some(false)), ("a b", Some("v2"), None, Some(true))]
        );
        let next = VersionMarker { key: "a b".into(), version_id: Some("v1".into()) };
        assert_eq!(page.next, Some(next));
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        let mut last = page_output();
        last.is_truncated = Some(false);
        assert_eq!(VersionPage::from(last).next, None);
    }
}
