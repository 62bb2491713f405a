//! What S3 says of object versions, with the cheapest requests that suffice.
//!
//! `HeadObject` without a version id shows the version on top with all its metadata: one request
//! proves a version that is still the latest, and says so; only what lies below something asks
//! again, by its id. A listing shows up to 1,000 versions at a time without their metadata; it
//! costs what twelve HEADs do (S3 pricing), so it serves where it shows more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use aws::SdkFailure;
use s3_fast_path::head::{BucketHeadClient, FallBackToSdk, FastHeadClient, HeadAnswer};
use aws::exact_key::exact_key;
use aws::listed_key::listed_key;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::EncodingType;
use domain::posix::Posix;

use crate::judge::{FoundVersion, NULL_VERSION, OnTop};
use crate::pace::{ATTEMPTS, Pace};

/// How many wanted keys a listing must show to be cheaper than asking for each.
pub(crate) const DENSE: usize = 13;

/// Asks about the objects of one bucket.
#[derive(Debug)]
pub(crate) struct Looker {
    client: Client,
    /// The quicker way to a `HEAD`, where there is one.
    direct: Option<BucketHeadClient>,
    bucket: String,
    pub(crate) pace: Pace,
    requests: AtomicU64,
}

/// A version or a delete marker as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) version_id: String,
    /// `None` for a delete marker.
    pub(crate) size: Option<u64>,
    pub(crate) is_latest: bool,
    pub(crate) storage_class: Option<String>,
    /// When it was made; seconds since the epoch.
    pub(crate) made_at: Option<i64>,
}

/// All versions of each key that the listing covers; a key that has none is there too.
pub(crate) type Listing = HashMap<String, Vec<Listed>>;

enum Head {
    Found(Option<String>, FoundVersion),
    DeleteMarker,
    Absent,
}

impl Looker {
    /// Attempts are counted here, where throttling sets the pace, and not in the SDK.
    pub(crate) fn new(client: &Client, bucket: &str) -> Self {
        let config = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        let (pace, requests) = (Pace::default(), AtomicU64::new(0));
        Self {
            client: Client::from_conf(config),
            direct: None,
            bucket: bucket.to_owned(),
            pace,
            requests,
        }
    }

    /// Each object is first asked for the quicker way.
    pub(crate) async fn directly(mut self, heads: Option<&FastHeadClient>) -> Self {
        if let Some(heads) = heads {
            self.direct = heads.for_bucket(&self.client, &self.bucket).await;
        }
        self
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// A version with its metadata; `None` when there is none, or a delete marker in its place.
    pub(crate) async fn version(
        &self,
        key: &str,
        version_id: &str,
    ) -> Result<Option<FoundVersion>, SdkFailure> {
        let on_top = match self.head(key, None).await? {
            // A bucket that was never versioned tells no id (S3 API reference, `HeadObject`).
            Head::Found(id, found) if id.as_deref().unwrap_or(NULL_VERSION) == version_id => {
                return Ok(Some(found));
            }
            Head::Found(..) => OnTop::LaterVersion,
            Head::DeleteMarker => OnTop::DeleteMarker,
            Head::Absent => OnTop::Nothing,
        };
        Ok(match self.head(key, Some(version_id)).await? {
            Head::Found(_, found) => Some(FoundVersion { on_top, ..found }),
            Head::DeleteMarker | Head::Absent => None,
        })
    }

    async fn head(&self, key: &str, version_id: Option<&str>) -> Result<Head, SdkFailure> {
        let mut attempt = 1;
        if let Some(direct) = self.direct.as_ref().filter(|direct| direct.is_trusted()) {
            self.requests.fetch_add(1, Ordering::Relaxed);
            match direct.head_object(key, version_id).await {
                Ok(headed) => {
                    self.pace.answered();
                    return Head::of(headed);
                }
                // What passes is waited for and counted as ever; whatever else it is, the SDK's
                // client finds out at once.
                Err(FallBackToSdk(status)) => {
                    attempt += u32::from(self.again(attempt, status).await.is_some())
                }
            }
        }
        self.head_by_the_sdk(key, version_id, attempt).await
    }

    /// The answer to a HEAD has no body, so there is no error code to read: only the status tells
    /// (S3 API reference, `HeadObject`). 404 is an unknown key or version, or a delete marker on
    /// top; 405 a delete marker asked for by its id.
    async fn head_by_the_sdk(
        &self,
        key: &str,
        version_id: Option<&str>,
        mut attempt: u32,
    ) -> Result<Head, SdkFailure> {
        loop {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let ask = self.client.head_object().bucket(&self.bucket).key(exact_key(key));
            let error = match ask.set_version_id(version_id.map(str::to_owned)).send().await {
                Ok(answer) => {
                    self.pace.answered();
                    return Head::of(HeadAnswer::Found(Box::new(answer)));
                }
                Err(error) => error,
            };
            let raw = error.raw_response();
            let status = raw.map(|answer| answer.status().as_u16());
            if matches!(status, Some(404 | 405)) {
                self.pace.answered();
                let delete_marker = raw
                    .and_then(|answer| answer.headers().get("x-amz-delete-marker"))
                    == Some("true");
                return Head::of(HeadAnswer::Missing { delete_marker });
            }
            self.again(attempt, status).await.ok_or_else(|| SdkFailure::from(error))?;
            attempt += 1;
        }
    }

    /// The versions of those wanted keys (sorted) that lie close enough together to be listed.
    pub(crate) async fn listed(&self, mut wanted: &[String]) -> Result<Listing, SdkFailure> {
        let mut listing = Listing::new();
        while let Some(first) = wanted.first().filter(|_| wanted.len() >= DENSE) {
            let (page, end) = self.page(&just_before(first)).await?;
            let covers = |key: &&String| end.as_ref().is_none_or(|end| *key < end);
            let covered = wanted.iter().take_while(covers).count();
            listing.extend(wanted[..covered].iter().map(|key| (key.clone(), Vec::new())));
            for (key, listed) in page {
                if let Some(versions) = listing.get_mut(&key) {
                    versions.push(listed);
                }
            }
            wanted = &wanted[covered..];
            if covered < DENSE {
                break;
            }
        }
        Ok(listing)
    }

    /// What there is of one key, as far as one listing shows it.
    pub(crate) async fn versions_of(&self, key: &str) -> Result<Vec<Listed>, SdkFailure> {
        let (page, _) = self.page(&just_before(key)).await?;
        Ok(page.into_iter().filter(|(found, _)| found == key).map(|(_, listed)| listed).collect())
    }

    /// Up to 1,000 versions and delete markers after a key, and the last key of them when there are
    /// more: it may have more versions than the page shows.
    async fn page(
        &self,
        after: &str,
    ) -> Result<(Vec<(String, Listed)>, Option<String>), SdkFailure> {
        let mut attempt = 1;
        let answer = loop {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let ask = self.client.list_object_versions().bucket(&self.bucket).key_marker(after);
            match ask.encoding_type(EncodingType::Url).send().await {
                Ok(answer) => break answer,
                Err(error) => {
                    let status = error.raw_response().map(|answer| answer.status().as_u16());
                    self.again(attempt, status).await.ok_or_else(|| SdkFailure::from(error))?;
                }
            }
            attempt += 1;
        };
        self.pace.answered();
        let encoding = answer.encoding_type.as_ref();
        let mut page = Vec::new();
        for version in answer.versions.unwrap_or_default() {
            let (Some(key), Some(version_id)) = (version.key, version.version_id) else { continue };
            let listed = Listed {
                version_id,
                size: version.size.and_then(|size| u64::try_from(size).ok()),
                is_latest: version.is_latest.unwrap_or_default(),
                storage_class: version.storage_class.map(|class| class.as_str().to_owned()),
                made_at: version.last_modified.map(|at| at.secs()),
            };
            page.push((listed_key(key, encoding), listed));
        }
        for marker in answer.delete_markers.unwrap_or_default() {
            let (Some(key), Some(version_id)) = (marker.key, marker.version_id) else { continue };
            let is_latest = marker.is_latest.unwrap_or_default();
            let made_at = marker.last_modified.map(|at| at.secs());
            page.push((
                listed_key(key, encoding),
                Listed { version_id, size: None, is_latest, storage_class: None, made_at },
            ));
        }
        let end = answer.next_key_marker.filter(|_| answer.is_truncated.unwrap_or_default());
        Ok((page, end.map(|end| listed_key(end, encoding))))
    }

    /// Waits before another attempt; `None` when there is none to make.
    async fn again(&self, attempt: u32, status: Option<u16>) -> Option<()> {
        if matches!(status, Some(429 | 503)) {
            self.pace.throttled();
        }
        let passing = matches!(status, None | Some(429 | 500 | 502 | 503 | 504));
        if !passing || attempt >= ATTEMPTS {
            return None;
        }
        tokio::time::sleep(Pace::pause(attempt)).await;
        Some(())
    }
}

impl Head {
    fn of(headed: HeadAnswer) -> Result<Self, SdkFailure> {
        match headed {
            HeadAnswer::Found(answer) => {
                let found =
                    found(&answer).ok_or_else(|| SdkFailure::incomplete("ContentLength"))?;
                Ok(Self::Found(answer.version_id, found))
            }
            HeadAnswer::Missing { delete_marker: true } => Ok(Self::DeleteMarker),
            HeadAnswer::Missing { delete_marker: false } => Ok(Self::Absent),
        }
    }
}

fn found(answer: &HeadObjectOutput) -> Option<FoundVersion> {
    let size = u64::try_from(answer.content_length()?).ok()?;
    let metadata = answer.metadata();
    let posix =
        Posix::from_metadata(|key| metadata.and_then(|all| all.get(key)).map(String::as_str));
    let storage_class = answer.storage_class().map(|class| class.as_str().to_owned());
    Some(FoundVersion { size, posix: Some(posix), storage_class, on_top: OnTop::Nothing })
}

/// A version among all those of its key. Pure.
pub(crate) fn among(listed: &[Listed], version_id: &str) -> Option<FoundVersion> {
    let version = listed.iter().find(|listed| listed.version_id == version_id)?;
    let on_top = match listed.iter().find(|listed| listed.is_latest) {
        Some(latest) if latest.version_id == version_id => OnTop::Nothing,
        Some(Listed { size: None, .. }) => OnTop::DeleteMarker,
        Some(_) => OnTop::LaterVersion,
        None => OnTop::Nothing,
    };
    Some(FoundVersion {
        size: version.size?,
        posix: None,
        storage_class: version.storage_class.clone(),
        on_top,
    })
}

/// The last key that sorts before this one, or nearly: a listing begins after its marker.
fn just_before(key: &str) -> String {
    let mut before = key.to_owned();
    let last = before.pop().map_or(0, u32::from);
    let smaller = (0..last).rev().find_map(char::from_u32);
    if let Some(smaller) = smaller {
        before.push(smaller);
        before.push(char::MAX);
    }
    // A marker is a key, and a key has at most 1,024 bytes.
    while before.len() > 1_024 {
        before.pop();
    }
    before
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
