//! Losses that the lifecycle of the bucket explains. Pure.

use chrono::{DateTime, Utc};
use domain::sync_name::SyncName;

use crate::version_lookup::ListedKeyVersion;

/// The expiry of noncurrent versions of a sync, by the lifecycle of the stack's own bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VersionExpiry {
    pub(crate) sync: SyncName,
    pub(crate) bucket: String,
    pub(crate) days: Option<i32>,
    /// Whether a deleted file puts a delete marker on its object: the marker expires too, once no
    /// version lies below it.
    pub(crate) deletes: bool,
}

impl VersionExpiry {
    /// Returns whether a version that existed at `proven_at` may have expired by now, given the
    /// versions that are left of its key. Pure.
    ///
    /// A version is noncurrent from the creation of the next one. Of those that are left the oldest
    /// was created at that time, or later, when there was another between the two: then that one
    /// has expired for the same reason.
    pub(super) fn explains_loss(
        &self,
        proven_at: DateTime<Utc>,
        left: &[ListedKeyVersion],
        now: DateTime<Utc>,
    ) -> bool {
        let Some(days) = self.days else { return false };
        let expires = |noncurrent_since: i64| {
            noncurrent_since + i64::from(days) * 24 * 60 * 60 <= now.timestamp()
        };
        let oldest = left.iter().filter_map(|listed| listed.created_at).min();
        match oldest {
            Some(created_at) => expires(created_at),
            None => left.is_empty() && self.deletes && expires(proven_at.timestamp()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    fn versions_created_at(times: &[i64]) -> Vec<ListedKeyVersion> {
        let listed = |time: &i64| ListedKeyVersion {
            version_id: "later".into(),
            size: Some(1),
            is_latest: true,
            storage_class: None,
            created_at: Some(*time),
        };
        times.iter().map(listed).collect()
    }

    #[test]
    fn only_the_lifecycle_explains_a_loss() {
        let at = |day: i64| DateTime::from_timestamp(day * DAY, 0).unwrap();
        let of = |days, deletes| VersionExpiry {
            sync: SyncName::default(),
            bucket: "data".into(),
            days,
            deletes,
        };
        for (expiry, left, today, expected, case) in [
            (
                of(Some(30), false),
                versions_created_at(&[10 * DAY]),
                40,
                true,
                "superseded thirty days ago",
            ),
            (
                of(Some(30), false),
                versions_created_at(&[10 * DAY]),
                39,
                false,
                "superseded less than thirty days ago",
            ),
            (
                of(Some(30), false),
                versions_created_at(&[35 * DAY, 10 * DAY]),
                40,
                true,
                "the oldest that is left counts",
            ),
            (of(None, false), versions_created_at(&[10 * DAY]), 400, false, "nothing expires"),
            (
                of(Some(30), false),
                versions_created_at(&[]),
                400,
                false,
                "a current version does not expire",
            ),
            (
                of(Some(30), true),
                versions_created_at(&[]),
                400,
                true,
                "its file was deleted, and then its marker",
            ),
            (
                of(Some(30), true),
                versions_created_at(&[]),
                30,
                false,
                "not so soon after it was proven",
            ),
        ] {
            assert_eq!(expiry.explains_loss(at(1), &left, at(today)), expected, "{case}");
        }
    }
}
