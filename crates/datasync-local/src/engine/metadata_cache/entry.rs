//! One object as S3 described it, and the check that a listed object is still that one: pure
//! functions.

use chrono::Utc;
use domain::posix::{FileTime, Posix};
use serde::{Deserialize, Serialize};

use crate::engine::object_head::ObjectHead;
use crate::engine::scan::listed_object::ListedObject;

/// The age from which a write's time identifies the write. S3 gives it to the second, so two writes
/// within a second look alike. An answer that is this much later describes the last of them: S3
/// refuses requests whose clock is off by more than 15 minutes.
const SETTLED_SECONDS: i64 = 20 * 60;
/// The version id of an object that was written without versioning: the next write replaces it.
const UNVERSIONED: &str = "null";

/// A record of the cache. At least one of `version` and `settled` is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CacheEntry {
    #[serde(rename = "k")]
    pub(crate) key: String,
    #[serde(rename = "s")]
    size: u64,
    #[serde(rename = "e")]
    etag: String,
    /// A version never changes.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// The time of the write, where no later write can have had the same time.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    settled: Option<i64>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    mode: Option<u32>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    gid: Option<u32>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    mtime: Option<FileTime>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    atime: Option<FileTime>,
}

impl CacheEntry {
    /// The entry of an object; `None` where the object could not be recognised again.
    pub(crate) fn new(key: &str, head: &ObjectHead) -> Option<Self> {
        let ObjectHead { size, etag, version_id, modified, posix } = head.clone();
        let now = Utc::now().timestamp();
        let settled =
            modified.map(FileTime::seconds).filter(|modified| now - modified >= SETTLED_SECONDS);
        let version = version_id.filter(|id| id != UNVERSIONED);
        let Posix { mode, uid, gid, mtime, atime } = posix;
        let etag = without_quotes(&etag?).to_owned();
        let key = key.to_owned();
        let entry = Self { key, size, etag, version, settled, mode, uid, gid, mtime, atime };
        (entry.version.is_some() || entry.settled.is_some()).then_some(entry)
    }

    /// Whether the listed object is the one of this entry: the same version, or, without versions,
    /// the same bytes written at the same time.
    pub(crate) fn describes(&self, listed: &ListedObject) -> bool {
        let same_version = self.version.is_some() && self.version == listed.latest_version;
        let same_write = listed.latest_version.as_deref().is_none_or(|id| id == UNVERSIONED)
            && self.settled.is_some()
            && self.settled == listed.modified;
        let same_bytes = self.size == listed.size
            && listed.etag.as_deref().map(without_quotes) == Some(&self.etag);
        same_bytes && (same_version || same_write)
    }

    /// The answer that `HeadObject` would give.
    pub(crate) fn into_head(self, listed: &ListedObject) -> ObjectHead {
        let Self { mode, uid, gid, mtime, atime, .. } = self;
        ObjectHead {
            size: self.size,
            posix: Posix { mode, uid, gid, mtime, atime },
            modified: listed.modified.map(FileTime::from_seconds),
            version_id: self.version,
            etag: Some(self.etag),
        }
    }
}

fn without_quotes(etag: &str) -> &str {
    etag.trim_matches('"')
}

#[cfg(test)]
mod tests;
