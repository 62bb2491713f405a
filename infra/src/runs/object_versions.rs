//! Lists the object versions of the destination bucket, page by page.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws::version_listing::{VersionEntry, VersionPage};
use aws_sdk_s3::primitives::DateTime as SdkDateTime;
use aws_sdk_s3::types::{EncodingType, OptionalObjectAttributes};
use chrono::{DateTime, Utc};
use domain::restore::{ListedVersion, VersionPicker, sort_page};

use crate::access::Access;
use crate::runs::destination_bucket::DestinationBucket;

pub(crate) const ACCESS: Access =
    Access { destination: &["s3:ListBucketVersions"], ..Access::NONE };

/// A listing in progress.
pub(crate) struct VersionPages {
    bucket: DestinationBucket,
    /// The prefix of the keys, with that of the sync.
    prefix: String,
    next: Option<(Option<String>, Option<String>)>,
}

impl VersionPages {
    pub(crate) fn below_prefix(bucket: &DestinationBucket, prefix: &str) -> Self {
        let next = Some((None, None));
        Self { bucket: bucket.clone(), prefix: prefix.to_owned(), next }
    }

    /// Leaves out the rest of the keys that begin with `prefix`, if the next page begins with them.
    pub(crate) fn skip_prefix(&mut self, prefix: &str) {
        if let Some((Some(key), _)) = &self.next
            && key.starts_with(prefix)
        {
            self.next = Some((Some(format!("{prefix}{}", char::MAX)), None));
        }
    }

    /// Returns the next page; `None` after the last one.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<ListedVersion>>> {
        let Some((key, version)) = self.next.take() else { return Ok(None) };
        let (bucket, owner) = (&self.bucket.name, self.bucket.owner.clone());
        let list = self.bucket.s3.list_object_versions().bucket(bucket).prefix(&self.prefix);
        let list = list.set_expected_bucket_owner(owner);
        let list = list.optional_object_attributes(OptionalObjectAttributes::RestoreStatus);
        let list = list.encoding_type(EncodingType::Url);
        let answer = list
            .set_key_marker(key)
            .set_version_id_marker(version)
            .send()
            .await
            .map_err(SdkFailure::from);
        let answer = answer
            .with_context(|| format!("listing the versions of `s3://{bucket}/{}`", self.prefix))?;
        let page = VersionPage::from(answer);
        self.next = page.next.map(|next| (Some(next.key), next.version_id));
        Ok(Some(sort_page(page.entries.into_iter().filter_map(listed_version).collect())))
    }
}

/// Returns every version and delete marker of one key, the newest first.
pub(crate) async fn versions_of_key(
    bucket: &DestinationBucket,
    key: &str,
) -> Result<Vec<ListedVersion>> {
    let (mut found, mut pages) = (Vec::new(), VersionPages::below_prefix(bucket, key));
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

/// Returns the version of a key at a time, or the current one; `None` where it is deleted.
pub(crate) async fn version_of_key(
    bucket: &DestinationBucket,
    key: &str,
    moment: Option<DateTime<Utc>>,
) -> Result<Option<ListedVersion>> {
    let versions = versions_of_key(bucket, key).await?.into_iter();
    Ok(select_version(versions, moment))
}

/// Selects the version of a time, or the current one, from those of one key.
pub(crate) fn select_version(
    mut versions: impl Iterator<Item = ListedVersion>,
    moment: Option<DateTime<Utc>>,
) -> Option<ListedVersion> {
    let Some(moment) = moment else {
        return versions.find(|version| version.latest).filter(|version| !version.deleted);
    };
    let mut as_of = VersionPicker::new(moment);
    versions.find_map(|version| as_of.pick_version(version))
}

fn listed_version(entry: VersionEntry) -> Option<ListedVersion> {
    Some(ListedVersion {
        key: entry.key,
        version_id: entry.version_id.unwrap_or_else(|| "null".to_owned()),
        last_modified: to_utc(entry.last_modified.as_ref())?,
        size: entry.size.unwrap_or_default(),
        latest: entry.is_latest == Some(true),
        deleted: entry.is_delete_marker,
        storage_class: entry.storage_class.unwrap_or_default(),
        readable_copy: entry.has_restored_copy,
    })
}

pub(crate) fn to_utc(at: Option<&SdkDateTime>) -> Option<DateTime<Utc>> {
    at.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()))
}
