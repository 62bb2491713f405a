//! The content of the endpoint.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) body: Bytes,
    pub(crate) length: usize,
    /// Keys without `x-amz-meta-`.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: String,
    /// The `ETag`, which depends on the bytes and not on the version, as S3's.
    pub(crate) etag: String,
    /// Seconds since the epoch.
    pub(crate) modified: u64,
    pub(crate) is_delete_marker: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: String,
    /// Each with its length.
    pub(crate) parts: BTreeMap<u32, (Bytes, usize)>,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) buckets: HashMap<String, BTreeMap<String, Vec<Version>>>,
    pub(crate) uploads: HashMap<String, Upload>,
    /// By stream.
    pub(crate) log_lines: BTreeMap<String, Vec<String>>,
    /// The payloads of the function's invocations.
    pub(crate) events: Vec<serde_json::Value>,
    /// The number of calls of each operation: `PUT`, `HEAD`, `LIST`, …
    pub(crate) calls: BTreeMap<&'static str, u64>,
    /// Operations on keys that contain the text are refused: `("PUT", "secret")`.
    pub(crate) refused: Vec<(&'static str, String)>,
    /// The number of `GET` bodies that end in their middle.
    pub(crate) bodies_to_cut: u32,
    /// Whether a later version replaces the earlier one.
    pub(crate) unversioned: bool,
    /// Whether sent checksums are trusted without computing them.
    pub(crate) trusting: bool,
    /// Whether only the length of large bodies is kept.
    pub(crate) counts_large: bool,
    /// Bucket, region and role of each kind of request.
    pub(crate) signers: BTreeSet<[String; 3]>,
    next_id: u64,
}

impl Version {
    pub(crate) fn new(body: Bytes, metadata: BTreeMap<String, String>) -> Self {
        let modified = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (id, storage_class) = (String::new(), "STANDARD".to_owned());
        let (length, etag) = (body.len(), compute_etag(&body));
        Self { id, body, length, metadata, storage_class, etag, modified, is_delete_marker: false }
    }
}

/// Computes an `ETag`. Only the beginning of a large body counts, so that it costs little.
fn compute_etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    (body.len(), &body[..body.len().min(4096)]).hash(&mut hasher);
    format!("\"{:016x}-1\"", hasher.finish())
}

impl Store {
    pub(crate) fn fresh_id(&mut self) -> String {
        self.next_id += 1;
        format!("v{:08}", self.next_id)
    }

    /// Makes it the latest version; returns its id.
    pub(crate) fn put_version(&mut self, bucket: &str, key: &str, mut version: Version) -> String {
        version.id = if self.unversioned { "null".to_owned() } else { self.fresh_id() };
        let id = version.id.clone();
        let versions =
            self.buckets.entry(bucket.to_owned()).or_default().entry(key.to_owned()).or_default();
        if self.unversioned {
            versions.clear();
        }
        versions.push(version);
        id
    }

    pub(crate) fn delete_object(&mut self, bucket: &str, key: &str) {
        let marker =
            Version { is_delete_marker: true, ..Version::new(Bytes::new(), BTreeMap::new()) };
        self.put_version(bucket, key, marker);
    }

    /// One version, or the latest unless that is a delete marker.
    pub(crate) fn find_version(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
    ) -> Option<&Version> {
        let versions = self.buckets.get(bucket)?.get(key)?;
        let found = match id {
            Some(id) => versions.iter().find(|version| version.id == id),
            None => versions.last(),
        };
        found.filter(|version| !version.is_delete_marker)
    }

    pub(crate) fn latest_versions(&self, bucket: &str) -> BTreeMap<String, Version> {
        let latest = self
            .versions_after(bucket, "")
            .filter_map(|(key, versions)| Some((key, versions.last()?)));
        let there = latest.filter(|(_, version)| !version.is_delete_marker);
        there.map(|(key, version)| (key.clone(), version.clone())).collect()
    }

    /// Every version of the keys behind `key`.
    pub(crate) fn versions_after(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Iterator<Item = (&String, &Vec<Version>)> {
        let range = (Bound::Excluded(key.to_owned()), Bound::Unbounded);
        self.buckets.get(bucket).into_iter().flat_map(move |keys| keys.range(range.clone()))
    }
}
