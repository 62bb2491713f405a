//! Listings of versions, where they are cheaper than a HEAD for each key.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use aws::SdkFailure;
use aws::version_listing::{VersionEntry, VersionPage};
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::EncodingType;

use super::{DENSE, VersionLookup};
use crate::compare::{FoundVersion, VersionOnTop};

/// The most bytes of a key, and so of a marker (S3 User Guide, "Naming Amazon S3 objects").
const MAX_KEY_BYTES: usize = 1_024;

/// A version or a delete marker of one key, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedKeyVersion {
    pub(crate) version_id: String,
    /// `None` for a delete marker.
    pub(crate) size: Option<u64>,
    pub(crate) is_latest: bool,
    pub(crate) storage_class: Option<String>,
    /// The time of its creation, in seconds since the epoch.
    pub(crate) created_at: Option<i64>,
}

/// All versions of each key that a listing covers; a key without versions has an entry too.
pub(crate) type VersionsByKey = HashMap<String, Vec<ListedKeyVersion>>;

/// Up to 1,000 versions and delete markers.
struct KeyPage {
    versions: Vec<(String, ListedKeyVersion)>,
    /// The last key when more follow: it may have more versions than the page shows.
    last_key: Option<String>,
}

impl VersionLookup {
    /// Lists those wanted keys (sorted) that lie close enough together.
    pub(crate) async fn list_dense(
        &self,
        mut wanted: &[String],
    ) -> Result<VersionsByKey, SdkFailure> {
        let mut listing = VersionsByKey::new();
        while let Some(first) = wanted.first().filter(|_| wanted.len() >= DENSE) {
            let page = self.list_page(&marker_before(first)).await?;
            let is_covered = |key: &&String| page.last_key.as_ref().is_none_or(|last| *key < last);
            let covered = wanted.iter().take_while(is_covered).count();
            listing.extend(wanted[..covered].iter().map(|key| (key.clone(), Vec::new())));
            add_known(&mut listing, page.versions);
            wanted = &wanted[covered..];
            if covered < DENSE {
                break;
            }
        }
        Ok(listing)
    }

    /// Lists the versions of one key, as many as one page shows.
    pub(crate) async fn list_key(&self, key: &str) -> Result<Vec<ListedKeyVersion>, SdkFailure> {
        let page = self.list_page(&marker_before(key)).await?;
        let of_key = page.versions.into_iter().filter(|(found, _)| found == key);
        Ok(of_key.map(|(_, version)| version).collect())
    }

    async fn list_page(&self, after: &str) -> Result<KeyPage, SdkFailure> {
        let mut attempt = 1;
        loop {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let request =
                self.client.list_object_versions().bucket(&self.bucket.name).key_marker(after);
            let request = request.set_expected_bucket_owner(self.bucket.owner.clone());
            match request.encoding_type(EncodingType::Url).send().await {
                Ok(output) => {
                    self.concurrency.record_success();
                    return Ok(KeyPage::from(output));
                }
                Err(error) => {
                    let status = error.raw_response().map(|response| response.status().as_u16());
                    let retry = self.wait_for_retry(attempt, status).await;
                    retry.ok_or_else(|| SdkFailure::from(error))?;
                }
            }
            attempt += 1;
        }
    }
}

impl From<ListObjectVersionsOutput> for KeyPage {
    fn from(output: ListObjectVersionsOutput) -> Self {
        let page = VersionPage::from(output);
        Self {
            versions: page.entries.into_iter().filter_map(listed_version).collect(),
            last_key: page.next.map(|next| next.key),
        }
    }
}

/// Adds the versions of the keys that a listing covers.
fn add_known(listing: &mut VersionsByKey, found: Vec<(String, ListedKeyVersion)>) {
    for (key, version) in found {
        if let Some(versions) = listing.get_mut(&key) {
            versions.push(version);
        }
    }
}

fn listed_version(entry: VersionEntry) -> Option<(String, ListedKeyVersion)> {
    let listed = ListedKeyVersion {
        version_id: entry.version_id?,
        size: entry.size,
        is_latest: entry.is_latest.unwrap_or_default(),
        storage_class: entry.storage_class,
        created_at: entry.last_modified.map(|at| at.secs()),
    };
    Some((entry.key, listed))
}

/// Finds a version among all those of its key. Pure.
pub(crate) fn find_listed_version(
    versions: &[ListedKeyVersion],
    version_id: &str,
) -> Option<FoundVersion> {
    let version = versions.iter().find(|listed| listed.version_id == version_id)?;
    let on_top = match versions.iter().find(|listed| listed.is_latest) {
        Some(latest) if latest.version_id == version_id => VersionOnTop::Nothing,
        Some(ListedKeyVersion { size: None, .. }) => VersionOnTop::DeleteMarker,
        Some(_) => VersionOnTop::LaterVersion,
        None => VersionOnTop::Nothing,
    };
    Some(FoundVersion {
        size: version.size?,
        posix: None,
        storage_class: version.storage_class.clone(),
        on_top,
    })
}

/// Returns the last key that sorts before this one, or nearly: a listing begins after its marker.
pub(super) fn marker_before(key: &str) -> String {
    let mut marker = key.to_owned();
    let last = marker.pop().map_or(0, u32::from);
    let smaller = (0..last).rev().find_map(char::from_u32);
    if let Some(smaller) = smaller {
        marker.push(smaller);
        marker.push(char::MAX);
    }
    while marker.len() > MAX_KEY_BYTES {
        marker.pop();
    }
    marker
}
