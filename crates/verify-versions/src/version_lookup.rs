//! The versions of objects in S3, found with the cheapest requests that suffice.
//!
//! `HeadObject` without a version id shows the latest version with all its metadata: one request
//! proves a version that is still the latest, and says so; only an older version takes a second
//! request, by its id. A listing shows up to 1,000 versions at a time without their metadata; it
//! costs as much as twelve HEADs (S3 pricing), so it is used where it shows more.

mod head;
mod listing;

use std::sync::atomic::{AtomicU64, Ordering};

use aws::SdkFailure;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use head::HeadResult;
use s3_fast_path::head::{BucketHeadClient, FastHeadClient};

use crate::compare::{FoundVersion, NULL_VERSION, VersionOnTop};
use crate::concurrency_limit::{ConcurrencyLimit, MAX_ATTEMPTS};
use crate::destination_bucket::BucketAccess;
pub(crate) use listing::{ListedKeyVersion, VersionsByKey, find_listed_version};

/// The number of wanted keys that a listing must show to be cheaper than a HEAD for each.
pub(crate) const DENSE: usize = 13;
/// The number of keys that are listed together: a page shows 1,000 versions, and of its last key
/// perhaps not all.
pub(crate) const MAX_LISTED_KEYS: usize = 999;

/// Finds the versions of the objects of one bucket.
#[derive(Debug)]
pub(crate) struct VersionLookup {
    client: Client,
    /// The fast path of a HEAD, where there is one.
    fast_head: Option<BucketHeadClient>,
    bucket: BucketAccess,
    pub(crate) concurrency: ConcurrencyLimit,
    requests: AtomicU64,
}

impl VersionLookup {
    /// Attempts are counted here, where throttling lowers the concurrency, and not in the SDK.
    pub(crate) fn new(of_stack: &Client, bucket: &BucketAccess) -> Self {
        let client = bucket.client(of_stack);
        let config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        Self {
            client: Client::from_conf(config),
            fast_head: None,
            bucket: bucket.clone(),
            concurrency: ConcurrencyLimit::default(),
            requests: AtomicU64::new(0),
        }
    }

    /// Sends each HEAD by the fast path first.
    pub(crate) async fn with_fast_heads(mut self, fast_heads: Option<&FastHeadClient>) -> Self {
        if let Some(fast_heads) = fast_heads {
            let BucketAccess { name, owner, .. } = &self.bucket;
            self.fast_head = fast_heads.for_bucket(&self.client, name, owner.as_deref()).await;
        }
        self
    }

    pub(crate) fn request_count(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Finds a version with its metadata; `None` when there is none, or a delete marker in its
    /// place.
    pub(crate) async fn find_version(
        &self,
        key: &str,
        version_id: &str,
    ) -> Result<Option<FoundVersion>, SdkFailure> {
        let on_top = match self.head_object(key, None).await? {
            // A bucket that was never versioned sends no id (S3 API reference, `HeadObject`).
            HeadResult::Found(id, found) if id.as_deref().unwrap_or(NULL_VERSION) == version_id => {
                return Ok(Some(found));
            }
            HeadResult::Found(..) => VersionOnTop::LaterVersion,
            HeadResult::DeleteMarker => VersionOnTop::DeleteMarker,
            HeadResult::Absent => VersionOnTop::Nothing,
        };
        Ok(match self.head_object(key, Some(version_id)).await? {
            HeadResult::Found(_, found) => Some(FoundVersion { on_top, ..found }),
            HeadResult::DeleteMarker | HeadResult::Absent => None,
        })
    }

    /// Waits before the next attempt; `None` when none may follow.
    async fn wait_for_retry(&self, attempt: u32, status: Option<u16>) -> Option<()> {
        if matches!(status, Some(429 | 503)) {
            self.concurrency.record_throttling();
        }
        let is_transient = matches!(status, None | Some(429 | 500 | 502 | 503 | 504));
        if !is_transient || attempt >= MAX_ATTEMPTS {
            return None;
        }
        tokio::time::sleep(ConcurrencyLimit::retry_delay(attempt)).await;
        Some(())
    }
}

#[cfg(test)]
mod fast_path_tests;
#[cfg(test)]
mod tests;
