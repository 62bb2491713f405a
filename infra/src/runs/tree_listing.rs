//! Lists the files and directories of the bucket, of now or of a time, page by page in the order of
//! S3's keys. Nothing but a page is in memory.
//!
//! The current objects come from `ListObjectsV2`, a state of a time from all versions. One level of
//! a time is listed without a delimiter, because S3 also returns a common prefix of deleted keys;
//! instead, the rest of a directory is left out once something below it is known.

use anyhow::Result;
use aws::object_listing::{ObjectEntry, ObjectPage};
use chrono::{DateTime, Utc};
use domain::restore::{ListedVersion, NotRestorable, VersionPicker, manifest_path};
use serde::Serialize;

use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::object_pages::ObjectPages;
use crate::runs::object_versions::{VersionPages, to_utc};

/// A file or a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct TreeEntry {
    /// The path relative to the source directory; that of a directory ends in `/`.
    pub path: String,
    #[serde(skip)]
    pub key: String,
    /// The version; absent in a listing of the current objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The time at which it was written to S3; absent where only something below is known.
    pub at: Option<DateTime<Utc>>,
    /// Bytes; absent for a directory.
    pub size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
}

/// The extent of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListingDepth {
    OneLevel,
    All,
}

/// A listing in progress.
pub(crate) struct TreeListing {
    pages: Pages,
    below: String,
    /// The prefix of the listed keys: that of a directory, or a part of a key.
    prefix: String,
    depth: ListingDepth,
    /// The directory that was listed last, in a listing of one level.
    settled: Option<String>,
    /// Whether the listed directory exists, also an empty one.
    pub is_directory: bool,
    /// The first version that was listed, of any time.
    pub first_version: Option<DateTime<Utc>>,
}

enum Pages {
    Current(ObjectPages),
    AsOf(VersionPages, VersionPicker),
}

impl TreeListing {
    /// `path` is a directory with a slash at its end, or a part of a path.
    pub(crate) fn below_path(
        bucket: &DestinationBucket,
        path: &str,
        depth: ListingDepth,
        moment: Option<DateTime<Utc>>,
    ) -> Self {
        let prefix = bucket.key_of(path);
        let one_level = depth == ListingDepth::OneLevel;
        let pages = match moment {
            None => Pages::Current(ObjectPages::below_prefix(bucket, &prefix, one_level)),
            Some(moment) => {
                Pages::AsOf(VersionPages::below_prefix(bucket, &prefix), VersionPicker::new(moment))
            }
        };
        Self {
            pages,
            below: bucket.prefix.clone(),
            prefix,
            depth,
            settled: None,
            is_directory: false,
            first_version: None,
        }
    }

    /// Returns the next page, which may be empty; `None` after the last one.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<TreeEntry>>> {
        let found = match &mut self.pages {
            Pages::Current(pages) => pages.next_page().await?.map(entries_of_page),
            Pages::AsOf(pages, as_of) => {
                let page = pages.next_page().await?;
                if let Some(first) = page.iter().flatten().map(|one| one.last_modified).min() {
                    self.first_version = Some(self.first_version.map_or(first, |at| at.min(first)));
                }
                page.map(|page| {
                    page.into_iter()
                        .filter_map(|one| as_of.pick_version(one))
                        .map(entry_of)
                        .collect()
                })
            }
        };
        let Some(found) = found else { return Ok(None) };
        let listed = found.into_iter().filter_map(|entry| self.take_entry(entry)).collect();
        if let (Pages::AsOf(pages, _), Some(settled)) = (&mut self.pages, &self.settled) {
            pages.skip_prefix(settled);
        }
        Ok(Some(listed))
    }

    /// Returns the entry to show: none for the listed directory itself, for a temporary object of
    /// DataSync, and for what lies below a directory that was shown.
    fn take_entry(&mut self, entry: TreeEntry) -> Option<TreeEntry> {
        if manifest_path(&entry.key, &self.below) == Err(NotRestorable::Temporary) {
            return None;
        }
        self.is_directory = true;
        let rest = entry.key.strip_prefix(&self.prefix)?;
        if rest.is_empty() && (entry.key.is_empty() || entry.key.ends_with('/')) {
            return None;
        }
        match rest.find('/').filter(|_| self.depth == ListingDepth::OneLevel) {
            Some(slash) => self.take_directory(entry, slash),
            None => Some(self.with_path(entry)),
        }
    }

    /// Returns the directory of an entry, once.
    fn take_directory(&mut self, entry: TreeEntry, slash: usize) -> Option<TreeEntry> {
        let key = entry.key[..=self.prefix.len() + slash].to_owned();
        if self.settled.as_ref() == Some(&key) {
            return None;
        }
        self.settled = Some(key.clone());
        let is_itself = entry.key == key;
        let directory = if is_itself { entry } else { TreeEntry { key, ..TreeEntry::default() } };
        Some(self.with_path(directory))
    }

    fn with_path(&self, entry: TreeEntry) -> TreeEntry {
        let path = entry.key.strip_prefix(&self.below).unwrap_or(&entry.key).to_owned();
        let size = entry.size.filter(|_| !path.ends_with('/'));
        TreeEntry { path, size, ..entry }
    }
}

/// Returns the entries of a page in the order of their keys: S3 lists objects and common prefixes
/// apart.
fn entries_of_page(page: ObjectPage) -> Vec<TreeEntry> {
    let directories = page.common_prefixes.into_iter();
    let directories = directories.map(|key| TreeEntry { key, ..TreeEntry::default() });
    let mut entries: Vec<_> =
        page.objects.into_iter().map(entry_of_object).chain(directories).collect();
    entries.sort_by(|left, right| left.key.cmp(&right.key));
    entries
}

fn entry_of_object(object: ObjectEntry) -> TreeEntry {
    TreeEntry {
        key: object.key,
        at: to_utc(object.last_modified.as_ref()),
        size: object.size,
        storage_class: object.storage_class,
        ..TreeEntry::default()
    }
}

/// Returns the entry of a version that existed at the time of the listing.
pub(crate) fn entry_of(version: ListedVersion) -> TreeEntry {
    TreeEntry {
        path: String::new(),
        key: version.key,
        version_id: Some(version.version_id),
        at: Some(version.last_modified),
        size: Some(version.size),
        storage_class: Some(version.storage_class),
    }
}

#[cfg(test)]
mod tests;
