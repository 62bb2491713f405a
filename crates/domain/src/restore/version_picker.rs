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
    /// As S3 spells it; empty for a delete marker.
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
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    /// `key@second` with `=id`, `!` for a delete marker, `*` for the latest.
    fn listed(text: &str) -> ListedVersion {
        let (key, rest) = text.split_once('@').unwrap();
        let (deleted, latest) = (rest.contains('!'), rest.contains('*'));
        let rest = rest.replace(['!', '*'], "");
        let (second, id) = rest.split_once('=').unwrap();
        let last_modified = at(second.parse().unwrap());
        let (key, version_id) = (key.to_owned(), id.to_owned());
        ListedVersion {
            key,
            version_id,
            last_modified,
            size: 1,
            latest,
            deleted,
            ..ListedVersion::default()
        }
    }

    fn picked(pages: &[&[&str]], second: i64) -> Vec<String> {
        let mut as_of = VersionPicker::new(at(second));
        let lines =
            pages.iter().flat_map(|page| sort_page(page.iter().map(|text| listed(text)).collect()));
        lines
            .filter_map(|line| as_of.pick_version(line))
            .map(|one| format!("{}={}", one.key, one.version_id))
            .collect()
    }

    #[test]
    fn what_stood_at_a_moment() {
        let history: &[&[&str]] =
            &[&["a@30*=a3", "a@10=a1", "b@5=b1", "b@20!*=bd", "c@25*=c1", "d/@1*=d", "e@0*=null"]];
        for (second, expected) in [
            (-1, vec![]),
            (0, vec!["e=null"]),
            (10, vec!["a=a1", "b=b1", "d/=d", "e=null"]),
            (20, vec!["a=a1", "d/=d", "e=null"]),
            (25, vec!["a=a1", "c=c1", "d/=d", "e=null"]),
            (99, vec!["a=a3", "c=c1", "d/=d", "e=null"]),
        ] {
            assert_eq!(picked(history, second), expected, "{second}");
        }
    }

    #[test]
    fn what_was_deleted_and_made_again_is_there_again() {
        let history: &[&[&str]] = &[&["a@1=a1", "a@2!=ad", "a@3*=a2"]];
        let expected: [(i64, &[&str]); 3] = [(1, &["a=a1"]), (2, &[]), (3, &["a=a2"])];
        for (second, expected) in expected {
            assert_eq!(picked(history, second), expected, "{second}");
        }
    }

    #[test]
    fn within_one_second_the_latest_comes_first_and_then_what_can_be_brought_back() {
        assert_eq!(picked(&[&["a@1=old", "a@1*=new"]], 1), ["a=new"]);
        assert_eq!(picked(&[&["a@1=v", "a@1!*=d"]], 1), [] as [&str; 0]);
        assert_eq!(picked(&[&["a@1!=d", "a@1=v", "a@9*=later"]], 1), ["a=v"]);
        assert_eq!(
            picked(&[&["a@1=first", "a@1=second", "a@9*=later"]], 1),
            ["a=first"],
            "in S3's own order"
        );
    }

    #[test]
    fn a_key_may_go_on_in_the_next_page() {
        assert_eq!(picked(&[&["a@9*=a3", "a@5=a2"], &["a@1=a1", "b@1*=b"]], 5), ["a=a2", "b=b"]);
        assert_eq!(picked(&[&["a@9*=a3", "a@5=a2"], &["a@1=a1", "b@1*=b"]], 4), ["a=a1", "b=b"]);
    }

    #[test]
    fn what_lies_in_an_archive_without_a_copy_cannot_be_read() {
        for (class, copy, archived) in [
            ("GLACIER", false, true),
            ("DEEP_ARCHIVE", false, true),
            ("DEEP_ARCHIVE", true, false),
            ("GLACIER_IR", false, false),
            ("STANDARD", false, false),
            ("", false, false),
        ] {
            let listed = ListedVersion {
                storage_class: class.into(),
                readable_copy: copy,
                ..ListedVersion::default()
            };
            assert_eq!(listed.is_archived(), archived, "{class}");
        }
    }

    #[test]
    fn keys_beyond_ascii_stay_in_binary_order() {
        assert_eq!(
            picked(&[&["ö@1*=1", "z@1*=2", "\u{10000}@1*=3", "\u{ffff}@1*=4"]], 1).join(" "),
            "z=2 ö=1 \u{ffff}=4 \u{10000}=3"
        );
    }
}
