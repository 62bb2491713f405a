//! A bucket with S3's conditional writes.

mod replies;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};

use crate::{Interleaving, Outage};

/// The objects of one bucket by key; a clone is the same bucket.
#[derive(Clone, Debug, Default)]
pub struct FakeBucket {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    outage: Outage,
    interleaving: Interleaving,
    /// The time at which all of them were written, in seconds since 1970.
    written_at: Arc<AtomicI64>,
    /// The faults of the next conditional writes, in reverse order.
    faults: Arc<Mutex<Vec<WriteFault>>>,
    /// The number of the next reads that find nothing.
    hidden: Arc<AtomicU32>,
    /// The prefix of each listing so far.
    listed: Arc<Mutex<Vec<String>>>,
}

/// The fault of one conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// 409: a conflicting operation was under way, and nothing was written.
    Conflict,
    /// 412 to the second attempt of a write; the first one succeeded and its response was lost.
    WrittenBefore,
    /// 404: the object was deleted meanwhile.
    Gone,
}

impl FakeBucket {
    /// An empty bucket that shares `outage` and `interleaving` with other doubles.
    #[must_use]
    pub fn sharing(outage: &Outage, interleaving: &Interleaving) -> Self {
        Self { outage: outage.clone(), interleaving: interleaving.clone(), ..Self::default() }
    }

    /// Sets the time at which all objects were written.
    pub fn set_written_at(&self, seconds: i64) {
        self.written_at.store(seconds, Ordering::Relaxed);
    }

    /// Lets the next conditional writes fail, one after another.
    pub fn fault(&self, mut faults: Vec<WriteFault>) {
        faults.reverse();
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Lets the next `reads` find nothing, as S3 may soon after versioning was first enabled.
    pub fn hide(&self, reads: u32) {
        self.hidden.store(reads, Ordering::Relaxed);
    }

    fn is_hidden(&self) -> bool {
        self.hidden
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
    }

    fn next_fault(&self, is_conditional: bool) -> Option<WriteFault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if is_conditional { faults.pop() } else { None }
    }

    /// Writes an object.
    pub fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        self.with_objects(|objects| objects.insert(key.to_owned(), body.into()));
    }

    /// The content of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.with_objects(|objects| objects.get(key).cloned())
    }

    /// Returns the prefixes that were listed since the last call of this method.
    #[must_use]
    pub fn take_listed(&self) -> Vec<String> {
        std::mem::take(&mut *self.listed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Deletes an object.
    pub fn remove(&self, key: &str) {
        self.with_objects(|objects| objects.remove(key));
    }

    /// The keys of all objects, sorted.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.with_objects(|objects| objects.keys().cloned().collect())
    }

    /// A client of this bucket, whatever bucket a request names; `others` answer other calls.
    #[must_use]
    pub fn client(&self, others: &[Rule]) -> Client {
        let own = [self.get_object(), self.put_object(), self.list_objects()];
        mock_client!(aws_sdk_s3, RuleMode::MatchAny, own.iter().chain(others), |config| config
            .http_client(self.interleaving.http_client()))
    }

    fn get_object(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::get_object).then_compute_response(move |request| {
            let key = request.key().unwrap_or_default();
            let found =
                bucket.outage.around(|| if bucket.is_hidden() { None } else { bucket.get(key) });
            replies::object_reply(found)
        })
    }

    fn put_object(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::put_object).then_compute_response(move |request| {
            let key = request.key().unwrap_or_default();
            let body = request.body().bytes().unwrap_or_default();
            let (none_match, matching) = (request.if_none_match(), request.if_match());
            let is_conditional = none_match.is_some() || matching.is_some();
            let fault = bucket.next_fault(is_conditional);
            let put = bucket.outage.around(|| match fault {
                Some(WriteFault::Conflict | WriteFault::Gone) => false,
                Some(WriteFault::WrittenBefore) | None => {
                    bucket.put_if(key, none_match, matching, body)
                }
            });
            replies::put_reply(put, fault)
        })
    }

    /// Writes the body in one step if the conditions hold; returns whether they did.
    fn put_if(
        &self,
        key: &str,
        if_none_match: Option<&str>,
        if_match: Option<&str>,
        body: &[u8],
    ) -> bool {
        self.with_objects(|objects| {
            let found = objects.get(key);
            let exists = if_none_match == Some("*") && found.is_some();
            let other = if_match.is_some_and(|wanted| {
                found.map(|body| entity_tag(body)).as_deref() != Some(wanted)
            });
            if !exists && !other {
                objects.insert(key.to_owned(), body.to_vec());
            }
            !exists && !other
        })
    }

    fn keys_after(&self, prefix: &str, after: &str) -> Vec<String> {
        let mut keys = self.keys();
        keys.retain(|key| key.starts_with(prefix) && key.as_str() > after);
        keys
    }

    fn list_objects(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::list_objects_v2).then_compute_response(move |request| {
            let prefix = request.prefix().unwrap_or_default();
            let after = request.start_after().unwrap_or_default();
            bucket.listed.lock().unwrap_or_else(PoisonError::into_inner).push(prefix.to_owned());
            let Some(keys) = bucket.outage.around(|| bucket.keys_after(prefix, after)) else {
                return replies::failed_listing();
            };
            let written = DateTime::from_secs(bucket.written_at.load(Ordering::Relaxed));
            // As S3 does: keys are encoded on request, and the response says so.
            let encoding = request.encoding_type().cloned();
            let encoded = keys.into_iter().map(|key| replies::encode_key(key, encoding.as_ref()));
            let object = |key| Object::builder().key(key).last_modified(written).build();
            let objects = encoded.map(object).collect();
            let output = ListObjectsV2Output::builder().set_contents(Some(objects));
            MockResponse::Output(output.set_encoding_type(encoding.clone()).build())
        })
    }

    fn with_objects<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        f(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A tag that follows from the content, as S3's.
fn entity_tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("\"{:016x}\"", hasher.finish())
}
