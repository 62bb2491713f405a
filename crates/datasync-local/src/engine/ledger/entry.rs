//! One object as S3 told of it, and the proof that a listed object is still that one: pure.

use chrono::Utc;
use domain::posix::{FileTime, Posix};
use serde::{Deserialize, Serialize};

use crate::engine::listing::Listed;
use crate::engine::object::Object;

/// S3 gives the time of a write to the second, so a second write within it looks alike. Asked this
/// long after it, S3 told of the last of them: it takes no request whose clock is off by more than
/// 15 minutes.
const SETTLED_SECONDS: i64 = 20 * 60;
/// The version id of what was written while versioning was off: it is written over, not added to.
const UNVERSIONED: &str = "null";

/// What `HeadObject`, `GetObject` or the answer to a write told of an object.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Told {
    pub(in crate::engine) size: u64,
    /// As S3 writes it, with its quotes or without.
    pub(in crate::engine) etag: Option<String>,
    pub(in crate::engine) version_id: Option<String>,
    /// When it was written, in seconds; an answer to a write does not tell.
    pub(in crate::engine) modified: Option<i64>,
    pub(in crate::engine) posix: Posix,
}

/// A record of the ledger. At least one of `version` and `settled` is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Entry {
    #[serde(rename = "k")]
    pub(in crate::engine) key: String,
    #[serde(rename = "s")]
    size: u64,
    #[serde(rename = "e")]
    etag: String,
    /// A version never changes.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// When it was written, where no later write can have had the same time.
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

impl Entry {
    /// `None` where what was told could not be recognised again.
    pub(super) fn new(key: &str, told: Told) -> Option<Self> {
        let Told { size, etag, version_id, modified, posix } = told;
        let now = Utc::now().timestamp();
        let settled = modified.filter(|modified| now - modified >= SETTLED_SECONDS);
        let version = version_id.filter(|id| id != UNVERSIONED);
        let Posix { mode, uid, gid, mtime, atime } = posix;
        let etag = bare(&etag?).to_owned();
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

    /// Whether the listed object is the one this was made of: the same version, or, where there are
    /// none, the same bytes written at the same time.
    pub(in crate::engine) fn is_of(&self, listed: &Listed) -> bool {
        let same_version = self.version.is_some() && self.version == listed.latest_version;
        let same_write = listed.latest_version.as_deref().is_none_or(|id| id == UNVERSIONED)
            && self.settled.is_some()
            && self.settled == listed.modified;
        let same_bytes =
            self.size == listed.size && listed.etag.as_deref().map(bare) == Some(&self.etag);
        same_bytes && (same_version || same_write)
    }

    /// What asking would answer.
    pub(super) fn into_object(self, listed: &Listed) -> Object {
        let Self { mode, uid, gid, mtime, atime, .. } = self;
        Object {
            size: self.size,
            posix: Posix { mode, uid, gid, mtime, atime },
            modified: listed.modified.map(FileTime::from_seconds),
            version_id: self.version,
            etag: Some(self.etag),
        }
    }
}

fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: i64 = 1_700_000_000;

    fn told(version: Option<&str>, modified: Option<i64>) -> Told {
        let (version_id, etag) = (version.map(str::to_owned), Some("\"e1\"".to_owned()));
        Told { size: 5, etag, version_id, modified, posix: Posix::default() }
    }

    fn listed(version: Option<&str>, modified: Option<i64>) -> Listed {
        let (latest_version, etag) = (version.map(str::to_owned), Some("e1".to_owned()));
        Listed { key: "k".into(), size: 5, etag, modified, latest_version, ..Listed::default() }
    }

    #[test]
    fn only_the_very_object_is_recognised() {
        for (what, told, listed, same) in [
            ("the version", told(Some("v1"), None), listed(Some("v1"), Some(9)), true),
            (
                "another version",
                told(Some("v1"), Some(LONG_AGO)),
                listed(Some("v2"), Some(LONG_AGO)),
                false,
            ),
            ("a time, long past", told(None, Some(LONG_AGO)), listed(None, Some(LONG_AGO)), true),
            (
                "a time, unversioned",
                told(Some("null"), Some(LONG_AGO)),
                listed(Some("null"), Some(LONG_AGO)),
                true,
            ),
            ("another time", told(None, Some(LONG_AGO)), listed(None, Some(LONG_AGO + 1)), false),
            ("no version listed", told(Some("v1"), None), listed(None, Some(LONG_AGO)), false),
            (
                "no version listed, but the time",
                told(Some("v1"), Some(LONG_AGO)),
                listed(None, Some(LONG_AGO)),
                true,
            ),
        ] {
            assert_eq!(Entry::new("k", told).unwrap().is_of(&listed), same, "{what}");
        }
        let entry = Entry::new("k", told(Some("v1"), None)).unwrap();
        assert!(
            !entry.is_of(&Listed { size: 6, ..listed(Some("v1"), None) }),
            "a store that reuses ids"
        );
        assert!(
            !entry.is_of(&Listed { etag: Some("e2".into()), ..listed(Some("v1"), None) }),
            "a store that reuses ids"
        );
    }

    #[test]
    fn what_could_not_be_recognised_is_not_kept() {
        let now = Utc::now().timestamp();
        for told in [
            told(None, None),
            told(Some("null"), None),
            told(None, Some(now)),
            told(Some("null"), Some(now - SETTLED_SECONDS + 60)),
            Told { etag: None, ..told(Some("v1"), None) },
        ] {
            assert_eq!(Entry::new("k", told.clone()), None, "{told:?}");
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
            Entry::new("k", Told { posix: posix.clone(), ..told(Some("v1"), None) }).unwrap();
        let text = serde_json::to_string(&entry).unwrap();
        insta::assert_snapshot!(text, @r#"{"k":"k","s":5,"e":"e1","v":"v1","m":33188,"w":"12"}"#);
        let read: Entry = serde_json::from_str(&text).unwrap();
        let object = read.into_object(&listed(Some("v1"), Some(9)));
        assert_eq!((object.posix, object.size), (posix, 5));
        assert_eq!(object.modified, Some(FileTime::from_seconds(9)));
    }
}
