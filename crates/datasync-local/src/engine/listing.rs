//! The bucket's objects, page by page, ahead of who reads them.
//!
//! Where the ledger names versions they are listed, since a version id proves that an object is the
//! one the ledger is about. A store that cannot list them, or may not be asked to, is listed
//! without.

use std::sync::Arc;

use aws::SdkFailure;
use aws::listed_key::listed_key;
use aws_sdk_s3::types::{EncodingType, ObjectVersion};
use tokio::sync::mpsc::Sender;

use super::annotate::Page;
use super::failure::Stop;
use super::job::Run;
use super::object::Object;
use super::quick_listing::QuickListing;

/// An object of the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) etag: Option<String>,
    /// When it was written, in seconds.
    pub(super) modified: Option<i64>,
    /// Of the latest version, where versions were listed.
    pub(super) latest_version: Option<String>,
    /// The version a manifest names; `None`: the latest.
    pub(super) version_id: Option<String>,
    /// What asking for its metadata would answer.
    pub(super) known: Option<Object>,
}

/// Objects, and where those behind them begin.
struct Answer<T> {
    objects: Vec<Listed>,
    next: Option<T>,
}

/// Sends every object below the prefix, in the order of keys. After an error nothing follows.
pub(super) async fn fetch(run: Arc<Run>, out: Sender<Result<Page, Stop>>) {
    let mut listing = Listing { run, out, last: String::new() };
    if let Err(stop) = listing.send_all().await {
        // A reader that has gone has its own reason to stop.
        let _gone = listing.out.send(Err(stop)).await;
    }
}

struct Listing {
    run: Arc<Run>,
    out: Sender<Result<Page, Stop>>,
    /// The key that was listed last.
    last: String,
}

impl Listing {
    async fn send_all(&mut self) -> Result<(), Stop> {
        if self.run.ledger.names_versions() {
            match self.send_versions().await? {
                None => return Ok(()),
                Some(failure) => tracing::info!("versions are not listed: {failure}"),
            }
        }
        let mut token = None;
        loop {
            let page = self.page(token).await?;
            if !self.send(page.objects, page.next.is_none()).await? || page.next.is_none() {
                return Ok(());
            }
            token = page.next;
        }
    }

    /// `Some` when the store does not list versions; what was sent until then is in order.
    async fn send_versions(&mut self) -> Result<Option<SdkFailure>, Stop> {
        let mut marker = None;
        loop {
            let page = match self.page_of_versions(marker).await {
                Ok(page) => page,
                Err(failure) => return Ok(Some(failure)),
            };
            if !self.send(page.objects, page.next.is_none()).await? || page.next.is_none() {
                return Ok(None);
            }
            marker = page.next;
        }
    }

    async fn page(&self, token: Option<String>) -> Result<Answer<String>, Stop> {
        let job = &self.run.job;
        let request = job.s3.list_objects_v2().bucket(&job.bucket).prefix(&job.prefix);
        // Keys may hold characters that XML cannot.
        let request = request.encoding_type(EncodingType::Url);
        let after = Some(self.last.clone()).filter(|last| token.is_none() && !last.is_empty());
        let page = request.set_start_after(after).set_continuation_token(token).send().await;
        let page = page.map_err(|error| Stop::Listing(SdkFailure::from(error)))?;
        let encoding = page.encoding_type.as_ref();
        let listed = page.contents.unwrap_or_default().into_iter().filter_map(|object| {
            Some(Listed {
                key: listed_key(object.key?, encoding),
                size: size(object.size),
                etag: object.e_tag,
                modified: object.last_modified.map(|time| time.secs()),
                ..Listed::default()
            })
        });
        let next = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
        Ok(Answer { objects: listed.collect(), next })
    }

    async fn page_of_versions(
        &self,
        marker: Option<(String, Option<String>)>,
    ) -> Result<Answer<(String, Option<String>)>, SdkFailure> {
        let job = &self.run.job;
        let (key, version) = marker.map_or((None, None), |(key, version)| (Some(key), version));
        let request = job.s3.list_object_versions().bucket(&job.bucket).prefix(&job.prefix);
        let request = request
            .encoding_type(EncodingType::Url)
            .set_key_marker(key)
            .set_version_id_marker(version);
        let page = request.customize().interceptor(QuickListing).send().await?;
        let encoding = page.encoding_type.as_ref();
        let mut objects = Vec::new();
        for version in page.versions.unwrap_or_default() {
            match version.is_latest {
                Some(true) => objects.extend(latest(version, encoding)),
                Some(false) => {}
                // An object that is taken for absent is written again, or, in a restore, its file
                // removed.
                None => return Err(SdkFailure::incomplete("IsLatest")),
            }
        }
        let next = match (page.is_truncated, page.next_key_marker) {
            (Some(true), None) => return Err(SdkFailure::incomplete("NextKeyMarker")),
            (Some(true), Some(key)) => {
                Some((listed_key(key, encoding), page.next_version_id_marker))
            }
            _ => None,
        };
        Ok(Answer { objects, next })
    }

    /// `false` when nobody listens any more.
    async fn send(&mut self, objects: Vec<Listed>, is_last: bool) -> Result<bool, Stop> {
        for object in &objects {
            in_order(&self.last, &object.key)?;
            self.last.clone_from(&object.key);
        }
        Ok(self.out.send(Ok(Page { objects, is_last })).await.is_ok())
    }
}

fn latest(version: ObjectVersion, encoding: Option<&EncodingType>) -> Option<Listed> {
    Some(Listed {
        key: listed_key(version.key?, encoding),
        size: size(version.size),
        etag: version.e_tag,
        modified: version.last_modified.map(|time| time.secs()),
        latest_version: version.version_id,
        ..Listed::default()
    })
}

fn size(size: Option<i64>) -> u64 {
    u64::try_from(size.unwrap_or_default()).unwrap_or_default()
}

/// The comparison takes what is not where it should be for absent; with REMOVE that would delete.
fn in_order(last: &str, key: &str) -> Result<(), Stop> {
    if last < key {
        Ok(())
    } else {
        Err(Stop::Order { first: last.to_owned(), second: key.to_owned() })
    }
}
