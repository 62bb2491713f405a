//! The difference between two times, from the listing of a bucket's versions as a stream.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::version_picker::{ListedVersion, VersionPicker};

/// The kind of a change between two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    /// Another version: other content, or other metadata.
    Changed,
    Deleted,
}

/// A key whose version at one time differs from that at another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionChange {
    pub key: String,
    pub before: Option<ListedVersion>,
    pub after: Option<ListedVersion>,
}

impl VersionChange {
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Deleted,
            (Some(_), Some(_)) => ChangeKind::Changed,
        }
    }

    fn is_change(&self) -> bool {
        let identity = |version: &Option<ListedVersion>| {
            version.as_ref().map(|one| (one.version_id.clone(), one.last_modified))
        };
        identity(&self.before) != identity(&self.after)
    }
}

/// Compares two times key by key; holds the versions of one key.
#[derive(Clone, Debug)]
pub struct VersionDiffer {
    from: VersionPicker,
    to: VersionPicker,
    current: Option<VersionChange>,
}

impl VersionDiffer {
    #[must_use]
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from: VersionPicker::new(from), to: VersionPicker::new(to), current: None }
    }

    /// Takes the next line of the listing; returns the change of the key before it, if that key is
    /// complete and changed.
    pub fn add_version(&mut self, listed: ListedVersion) -> Option<VersionChange> {
        let is_next = self.current.as_ref().is_none_or(|current| current.key != listed.key);
        let complete = if is_next { self.take_change() } else { None };
        let current = self.current.get_or_insert_with(|| VersionChange {
            key: listed.key.clone(),
            before: None,
            after: None,
        });
        if let Some(version) = self.from.pick_version(listed.clone()) {
            current.before = Some(version);
        }
        if let Some(version) = self.to.pick_version(listed) {
            current.after = Some(version);
        }
        complete
    }

    /// Returns the change of the last key, after the end of the listing.
    pub fn take_change(&mut self) -> Option<VersionChange> {
        self.current.take().filter(VersionChange::is_change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn listed(key: &str, seconds: i64, deleted: bool) -> ListedVersion {
        ListedVersion {
            key: key.into(),
            version_id: format!("v{seconds}"),
            last_modified: at(seconds),
            deleted,
            ..ListedVersion::default()
        }
    }

    /// Each key has versions at these seconds, the newest first; `true` is a delete marker.
    const LISTING: [(&str, &[(i64, bool)]); 8] = [
        ("added", &[(15, false)]),
        ("added-and-deleted", &[(18, true), (15, false)]),
        ("back", &[(15, false), (8, true), (5, false)]),
        ("changed", &[(15, false), (5, false)]),
        ("deleted", &[(15, true), (5, false)]),
        ("later", &[(25, false)]),
        ("long-gone", &[(8, true), (5, false)]),
        ("same", &[(25, false), (5, false)]),
    ];

    fn changes_between(from: i64, to: i64) -> Vec<(String, ChangeKind)> {
        let mut differ = VersionDiffer::new(at(from), at(to));
        let lines = LISTING.iter().flat_map(|(key, versions)| {
            versions.iter().map(|(seconds, deleted)| listed(key, *seconds, *deleted))
        });
        let mut found: Vec<_> = lines.filter_map(|line| differ.add_version(line)).collect();
        found.extend(differ.take_change());
        found.into_iter().map(|change| (change.key.clone(), change.kind())).collect()
    }

    #[test]
    fn each_key_is_compared_between_both_times() {
        use ChangeKind::{Added, Changed, Deleted};
        let expected = |changes: &[(&str, ChangeKind)]| {
            changes.iter().map(|(key, kind)| ((*key).to_owned(), *kind)).collect::<Vec<_>>()
        };
        let forward =
            [("added", Added), ("back", Added), ("changed", Changed), ("deleted", Deleted)];
        assert_eq!(changes_between(10, 20), expected(&forward));
        let backward =
            [("added", Deleted), ("back", Deleted), ("changed", Changed), ("deleted", Added)];
        assert_eq!(changes_between(20, 10), expected(&backward));
        assert_eq!(changes_between(20, 20), []);
        let until_now = [("later", Added), ("same", Changed)];
        assert_eq!(changes_between(20, 30), expected(&until_now));
    }
}
