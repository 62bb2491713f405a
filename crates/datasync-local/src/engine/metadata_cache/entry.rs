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
        let entry = Self {
            key: key.to_owned(),
            size,
            etag,
            version,
            settled,
            mode,
            uid,
            gid,
            mtime,
            atime,
        };
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
mod tests {
    use super::*;

    const LONG_AGO: i64 = 1_700_000_000;

    fn head_of(version: Option<&str>, modified: Option<i64>) -> ObjectHead {
        let (version_id, etag) = (version.map(str::to_owned), Some("\"e1\"".to_owned()));
        let modified = modified.map(FileTime::from_seconds);
        ObjectHead { size: 5, etag, version_id, modified, posix: Posix::default() }
    }

    fn object_of(version: Option<&str>, modified: Option<i64>) -> ListedObject {
        let (latest_version, etag) = (version.map(str::to_owned), Some("e1".to_owned()));
        ListedObject {
            key: "k".into(),
            size: 5,
            etag,
            modified,
            latest_version,
            ..ListedObject::default()
        }
    }

    #[test]
    fn only_the_very_object_is_recognised() {
        for (case, head, object, same) in [
            ("the version", head_of(Some("v1"), None), object_of(Some("v1"), Some(9)), true),
            (
                "another version",
                head_of(Some("v1"), Some(LONG_AGO)),
                object_of(Some("v2"), Some(LONG_AGO)),
                false,
            ),
            (
                "a time, long past",
                head_of(None, Some(LONG_AGO)),
                object_of(None, Some(LONG_AGO)),
                true,
            ),
            (
                "a time, unversioned",
                head_of(Some("null"), Some(LONG_AGO)),
                object_of(Some("null"), Some(LONG_AGO)),
                true,
            ),
            (
                "another time",
                head_of(None, Some(LONG_AGO)),
                object_of(None, Some(LONG_AGO + 1)),
                false,
            ),
            (
                "no version listed",
                head_of(Some("v1"), None),
                object_of(None, Some(LONG_AGO)),
                false,
            ),
            (
                "no version listed, but the time",
                head_of(Some("v1"), Some(LONG_AGO)),
                object_of(None, Some(LONG_AGO)),
                true,
            ),
        ] {
            assert_eq!(CacheEntry::new("k", &head).unwrap().describes(&object), same, "{case}");
        }
        let entry = CacheEntry::new("k", &head_of(Some("v1"), None)).unwrap();
        assert!(
            !entry.describes(&ListedObject { size: 6, ..object_of(Some("v1"), None) }),
            "a store that reuses ids"
        );
        assert!(
            !entry.describes(&ListedObject {
                etag: Some("e2".into()),
                ..object_of(Some("v1"), None)
            }),
            "a store that reuses ids"
        );
    }

    #[test]
    fn an_object_that_could_not_be_recognised_is_not_kept() {
        let now = Utc::now().timestamp();
        for head in [
            head_of(None, None),
            head_of(Some("null"), None),
            head_of(None, Some(now)),
            head_of(Some("null"), Some(now - SETTLED_SECONDS + 60)),
            ObjectHead { etag: None, ..head_of(Some("v1"), None) },
        ] {
            assert_eq!(CacheEntry::new("k", &head), None, "{head:?}");
        }
    }

    #[test]
    fn an_entry_answers_as_s3_did() {
        let posix = Posix::from_metadata(|key| match key {
            "file-mtime" => Some("12"),
            "file-permissions" => Some("0100644"),
            _ => None,
        });
        let entry =
            CacheEntry::new("k", &ObjectHead { posix: posix.clone(), ..head_of(Some("v1"), None) })
                .unwrap();
        let text = serde_json::to_string(&entry).unwrap();
        insta::assert_snapshot!(text, @r#"{"k":"k","s":5,"e":"e1","v":"v1","m":33188,"w":"12"}"#);
        let read: CacheEntry = serde_json::from_str(&text).unwrap();
        let head = read.into_head(&object_of(Some("v1"), Some(9)));
        assert_eq!((head.posix, head.size), (posix, 5));
        assert_eq!(head.modified, Some(FileTime::from_seconds(9)));
    }
}
