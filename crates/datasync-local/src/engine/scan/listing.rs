//! The bucket's objects, page by page, ahead of their use.
//!
//! Where the metadata cache names versions, versions are listed: a version id proves that an object
//! is the one of the cache's entry. A store that cannot list versions, or refuses it, is listed
//! without them.

use std::sync::Arc;

use aws::SdkFailure;
use aws::listed_key::listed_key;
use aws_sdk_s3::types::{EncodingType, Object, ObjectVersion};
use s3_fast_path::FastPath;
use s3_fast_path::list_versions::FastVersionListing;
use tokio::sync::mpsc::Sender;

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::scan::listed_object::{ListedObject, ListedPage};

/// The place in a listing of versions at which the next page begins: key and version id.
type VersionMarker = (String, Option<String>);

/// One answer, and the place at which the next page begins.
struct ListingPage<T> {
    objects: Vec<ListedObject>,
    next: Option<T>,
}

/// Sends every object below the prefix, in the order of keys. Nothing follows an error.
pub(crate) async fn send_pages(context: Arc<EngineContext>, out: Sender<Result<ListedPage, Stop>>) {
    let mut listing = BucketListing { context, out, last_key: String::new() };
    if let Err(stop) = listing.send_all().await {
        // A receiver that is gone has its own reason to stop.
        let _gone = listing.out.send(Err(stop)).await;
    }
}

/// A listing under way.
struct BucketListing {
    context: Arc<EngineContext>,
    out: Sender<Result<ListedPage, Stop>>,
    last_key: String,
}

impl BucketListing {
    async fn send_all(&mut self) -> Result<(), Stop> {
        if self.context.cache.names_versions() {
            match self.send_versions().await? {
                None => return Ok(()),
                Some(failure) => tracing::info!("versions are not listed: {failure}"),
            }
        }
        let mut token = None;
        loop {
            let page = self.request_objects(token).await?;
            if !self.send_page(page.objects, page.next.is_none()).await? || page.next.is_none() {
                return Ok(());
            }
            token = page.next;
        }
    }

    /// Sends the pages of a listing of versions; `Some` when the store does not list versions. The
    /// pages sent until then are in order.
    async fn send_versions(&mut self) -> Result<Option<SdkFailure>, Stop> {
        let mut marker = None;
        loop {
            let page = match self.request_versions(marker).await {
                Ok(page) => page,
                Err(failure) => return Ok(Some(failure)),
            };
            if !self.send_page(page.objects, page.next.is_none()).await? || page.next.is_none() {
                return Ok(None);
            }
            marker = page.next;
        }
    }

    async fn request_objects(&self, token: Option<String>) -> Result<ListingPage<String>, Stop> {
        let after = Some(self.last_key.clone()).filter(|key| token.is_none() && !key.is_empty());
        // Keys may hold characters that XML cannot.
        let request = self.context.s3.list_objects().encoding_type(EncodingType::Url);
        let sent = request.set_start_after(after).set_continuation_token(token).send().await;
        let page = sent.map_err(|error| Stop::Listing(SdkFailure::from(error)))?;
        let encoding = page.encoding_type.as_ref();
        let contents = page.contents.unwrap_or_default().into_iter();
        let objects = contents.filter_map(|object| from_object(object, encoding)).collect();
        let next = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
        Ok(ListingPage { objects, next })
    }

    async fn request_versions(
        &self,
        marker: Option<VersionMarker>,
    ) -> Result<ListingPage<VersionMarker>, SdkFailure> {
        let (key, version_id) = marker.map_or((None, None), |(key, id)| (Some(key), id));
        let request = self.context.s3.list_versions().encoding_type(EncodingType::Url);
        let request = request.set_key_marker(key).set_version_id_marker(version_id);
        let page = request
            .customize()
            .interceptor(FastVersionListing(FastPath::from_env()))
            .send()
            .await?;
        let encoding = page.encoding_type.as_ref();
        let objects = latest_objects(page.versions.unwrap_or_default(), encoding)?;
        let next = match (page.is_truncated, page.next_key_marker) {
            (Some(true), None) => return Err(SdkFailure::incomplete("NextKeyMarker")),
            (Some(true), Some(key)) => {
                Some((listed_key(key, encoding), page.next_version_id_marker))
            }
            _ => None,
        };
        Ok(ListingPage { objects, next })
    }

    /// Sends one page; `false` when the receiver is gone.
    async fn send_page(&mut self, objects: Vec<ListedObject>, is_last: bool) -> Result<bool, Stop> {
        for object in &objects {
            check_order(&self.last_key, &object.key)?;
            self.last_key.clone_from(&object.key);
        }
        Ok(self.out.send(Ok(ListedPage { objects, is_last })).await.is_ok())
    }
}

fn from_object(object: Object, encoding: Option<&EncodingType>) -> Option<ListedObject> {
    Some(ListedObject {
        key: listed_key(object.key?, encoding),
        size: size_of_object(object.size),
        etag: object.e_tag,
        modified: object.last_modified.map(|time| time.secs()),
        ..ListedObject::default()
    })
}

/// The versions that are the latest of their keys.
fn latest_objects(
    versions: Vec<ObjectVersion>,
    encoding: Option<&EncodingType>,
) -> Result<Vec<ListedObject>, SdkFailure> {
    let mut objects = Vec::new();
    for version in versions {
        match version.is_latest {
            Some(true) => objects.extend(from_version(version, encoding)),
            Some(false) => {}
            // An object that counts as absent is written again, or, in a restore, its file is
            // removed.
            None => return Err(SdkFailure::incomplete("IsLatest")),
        }
    }
    Ok(objects)
}

fn from_version(version: ObjectVersion, encoding: Option<&EncodingType>) -> Option<ListedObject> {
    Some(ListedObject {
        key: listed_key(version.key?, encoding),
        size: size_of_object(version.size),
        etag: version.e_tag,
        modified: version.last_modified.map(|time| time.secs()),
        latest_version: version.version_id,
        ..ListedObject::default()
    })
}

fn size_of_object(size: Option<i64>) -> u64 {
    u64::try_from(size.unwrap_or_default()).unwrap_or_default()
}

/// Checks the order of two keys. The comparison takes a misplaced object for absent, which with
/// REMOVE would delete it.
fn check_order(last: &str, key: &str) -> Result<(), Stop> {
    if last < key {
        Ok(())
    } else {
        Err(Stop::Order { first: last.to_owned(), second: key.to_owned() })
    }
}
