//! Lists the object versions of the destination bucket, page by page.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws::listed_key::listed_key;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::DateTime as SdkDateTime;
use aws_sdk_s3::types::{EncodingType, ObjectVersion, OptionalObjectAttributes};
use chrono::{DateTime, Utc};
use domain::restore::{ListedVersion, sort_page};

use crate::access::Access;

pub(crate) const ACCESS: Access =
    Access { destination: &["s3:ListBucketVersions"], ..Access::NONE };

/// A listing in progress.
pub(crate) struct VersionPages {
    client: Client,
    bucket: String,
    prefix: String,
    next: Option<(Option<String>, Option<String>)>,
}

impl VersionPages {
    pub(crate) fn below_prefix(client: &Client, bucket: &str, prefix: &str) -> Self {
        let next = Some((None, None));
        Self { client: client.clone(), bucket: bucket.to_owned(), prefix: prefix.to_owned(), next }
    }

    /// Returns the next page; `None` after the last one.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<ListedVersion>>> {
        let Some((key, version)) = self.next.take() else { return Ok(None) };
        let list = self.client.list_object_versions().bucket(&self.bucket).prefix(&self.prefix);
        let list = list.optional_object_attributes(OptionalObjectAttributes::RestoreStatus);
        let list = list.encoding_type(EncodingType::Url);
        let answer = list
            .set_key_marker(key)
            .set_version_id_marker(version)
            .send()
            .await
            .map_err(SdkFailure::from);
        let answer = answer.with_context(|| {
            format!("listing the versions of `s3://{}/{}`", self.bucket, self.prefix)
        })?;
        self.note_next(&answer);
        Ok(Some(sort_page(listed_versions(answer))))
    }

    /// Notes the begin of the page after this one.
    fn note_next(&mut self, answer: &ListObjectVersionsOutput) {
        if answer.is_truncated() == Some(true) && answer.next_key_marker().is_some() {
            let encoding = answer.encoding_type.as_ref();
            let key = answer.next_key_marker.clone().map(|key| listed_key(key, encoding));
            self.next = Some((key, answer.next_version_id_marker.clone()));
        }
    }
}

/// Returns every version and delete marker of one key, the newest first.
pub(crate) async fn versions_of_key(
    client: &Client,
    bucket: &str,
    key: &str,
) -> Result<Vec<ListedVersion>> {
    let (mut found, mut pages) = (Vec::new(), VersionPages::below_prefix(client, bucket, key));
    // The key itself sorts before all longer keys.
    while let Some(page) = pages.next_page().await? {
        let beyond = page.iter().any(|listed| listed.key != key);
        found.extend(page.into_iter().filter(|listed| listed.key == key));
        if beyond {
            break;
        }
    }
    Ok(found)
}

/// Returns versions and delete markers, unordered.
fn listed_versions(answer: ListObjectVersionsOutput) -> Vec<ListedVersion> {
    let encoding = answer.encoding_type.as_ref();
    let versions = answer
        .versions
        .unwrap_or_default()
        .into_iter()
        .filter_map(|one| listed_version(one, encoding));
    let markers = answer.delete_markers.unwrap_or_default().into_iter().filter_map(|one| {
        Some(ListedVersion {
            key: listed_key(one.key?, encoding),
            version_id: one.version_id.unwrap_or_else(|| "null".to_owned()),
            last_modified: to_utc(one.last_modified.as_ref())?,
            latest: one.is_latest == Some(true),
            deleted: true,
            ..ListedVersion::default()
        })
    });
    versions.chain(markers).collect()
}

fn listed_version(one: ObjectVersion, encoding: Option<&EncodingType>) -> Option<ListedVersion> {
    Some(ListedVersion {
        key: listed_key(one.key?, encoding),
        version_id: one.version_id.unwrap_or_else(|| "null".to_owned()),
        last_modified: to_utc(one.last_modified.as_ref())?,
        size: one.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        latest: one.is_latest == Some(true),
        deleted: false,
        storage_class: one.storage_class.map(|class| class.as_str().to_owned()).unwrap_or_default(),
        readable_copy: one.restore_status.is_some_and(|copy| copy.restore_expiry_date.is_some()),
    })
}

pub(crate) fn to_utc(at: Option<&SdkDateTime>) -> Option<DateTime<Utc>> {
    at.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()))
}
