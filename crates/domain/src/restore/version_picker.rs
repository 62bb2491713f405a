//! The versions of a bucket as of a moment, from its listing as it streams by.
//!
//! S3 lists keys in UTF-8 binary order and a key's versions newest first (S3 API reference,
//! `ListObjectVersions`), but a page has versions and delete markers apart, and times in whole
//! seconds. [`sort_page`] puts a page together again.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

/// One line of the listing: a version or a delete marker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedVersion {
    pub key: String,
    /// `null` for what was written before the bucket was versioned.
    pub version_id: String,
    pub last_modified: DateTime<Utc>,
    /// Bytes; 0 for a delete marker.
    pub size: u64,
    /// It is what a reader without a version gets today.
    pub latest: bool,
    /// A delete marker.
    pub deleted: bool,
    /// The name that S3 uses; empty for a delete marker.
    pub storage_class: String,
    /// Of an archived object: `RestoreObject` has made a copy that can be read.
    pub readable_copy: bool,
}

impl ListedVersion {
    /// Whether `GetObject` answers `InvalidObjectState` (S3 API reference). The archive tiers of
    /// `INTELLIGENT_TIERING` do so too, but no listing tells of them.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        matches!(self.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE") && !self.readable_copy
    }
}

/// Versions and delete markers of one page as S3 has them: by key, the newest first.
///
/// Within one second only the latest of today is known to come first; a version comes before a
/// delete marker then: what is brought back in doubt can be deleted again, what is not brought back
/// may be missed.
#[must_use]
pub fn sort_page(mut page: Vec<ListedVersion>) -> Vec<ListedVersion> {
    page.sort_by(|left, right| {
        let rank =
            |one: &ListedVersion| (Reverse(one.last_modified), Reverse(one.latest), one.deleted);
        left.key.cmp(&right.key).then_with(|| rank(left).cmp(&rank(right)))
    });
    page
}

/// Picks from a listing what stood at a moment.
#[derive(Clone, Debug)]
pub struct VersionPicker {
    moment: DateTime<Utc>,
    /// The key whose state is known already.
    settled: Option<String>,
}

impl VersionPicker {
    #[must_use]
    pub fn new(moment: DateTime<Utc>) -> Self {
        Self { moment, settled: None }
    }

    /// Takes the next line; gives it back if it is the version that stood at the moment.
    pub fn pick_version(&mut self, listed: ListedVersion) -> Option<ListedVersion> {
        if listed.last_modified > self.moment || self.settled.as_deref() == Some(&listed.key) {
            return None;
        }
        self.settled = Some(listed.key.clone());
        (!listed.deleted).then_some(listed)
    }
}

#[cfg(test)]
mod tests;
