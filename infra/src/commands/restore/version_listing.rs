//! The versions as of a time that no delete marker hides. They are written to disk while they are
//! listed, together with facts about all of them that the selection needs: the kinds of their
//! paths, and whether a proof lists them.

mod candidate;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use domain::records::proof::ProvenObject;
use domain::restore::{
    ListedVersion, NotRestorable, TreeHistory, TreeHistoryBuilder, VersionPicker, manifest_path,
};
use tempfile::NamedTempFile;

pub(super) use candidate::Candidate;

use super::path_list::PathList;
use super::scope::ScopePart;
use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::object_versions::{self, VersionPages};
use crate::runs::version_origin::RunRecords;
use crate::sync_view::SyncView;

const NO_PATH: &str = "a file cannot have this path: it contains `//`, `.` or `..`";

/// All versions as of a time.
pub(super) struct VersionListing {
    file: NamedTempFile,
    pub tree: TreeHistory,
    /// Versions that no proof lists.
    unproven: HashSet<u64>,
    /// The objects of directories in proofs.
    proven_directories: HashMap<u64, ProvenObject>,
    /// The first version of the listing, of any time.
    pub first_version: Option<DateTime<Utc>>,
    pub not_restorable: PathList,
    /// The requested paths without a version.
    pub unmatched: Vec<String>,
    /// The directories above the parts, which are listed once.
    above: HashSet<String>,
}

impl VersionListing {
    pub(super) async fn read_versions(
        view: &SyncView,
        bucket: &DestinationBucket,
        parts: &[ScopePart],
        moment: DateTime<Utc>,
        shown: usize,
    ) -> Result<Self> {
        let mut listing = Self {
            file: NamedTempFile::new().context("creating the file of the versions")?,
            tree: TreeHistory::default(),
            unproven: HashSet::new(),
            proven_directories: HashMap::new(),
            first_version: None,
            not_restorable: PathList::with_limit(shown),
            unmatched: Vec::new(),
            above: HashSet::new(),
        };
        let mut out =
            BufWriter::new(listing.file.reopen().context("opening the file of the versions")?);
        for part in parts {
            let named = parts.len() > 1 || part.is_path();
            if !listing.read_part(bucket, part, moment, &mut out).await? && named {
                listing.unmatched.push(part.to_text());
            }
        }
        out.flush().context("writing the versions")?;
        listing.remove_proven(view).await?;
        Ok(listing)
    }

    /// Adds the versions of one part. Returns whether there are any.
    async fn read_part(
        &mut self,
        bucket: &DestinationBucket,
        part: &ScopePart,
        moment: DateTime<Utc>,
        out: &mut impl Write,
    ) -> Result<bool> {
        let (below, prefix) = (bucket.prefix.as_str(), part.prefix.as_str());
        self.add_directories_above(bucket, prefix, moment, out).await?;
        let mut changes = history_above(bucket, prefix, moment).await?;
        let noted_before = !changes.is_empty();
        let mut as_of = VersionPicker::new(moment);
        let mut is_matched = false;
        let mut file_versions = match &part.file {
            Some(path) => {
                Some(object_versions::versions_of_key(bucket, &bucket.key_of(path)).await?)
            }
            None => None,
        };
        let mut pages = VersionPages::below_prefix(bucket, &bucket.key_of(prefix));
        loop {
            let page = match file_versions.take() {
                // The key of the file sorts before those below it.
                Some(versions) => versions,
                None => match pages.next_page().await? {
                    Some(page) => page,
                    None => break,
                },
            };
            for listed in page {
                let at = listed.last_modified;
                self.first_version = Some(self.first_version.map_or(at, |first| first.min(at)));
                if !noted_before && is_item(&listed.key, below) {
                    changes.add_version(&listed);
                }
                let Some(version) = as_of.pick_version(listed) else { continue };
                is_matched = true;
                self.add_version(&version, below, out)?;
            }
        }
        self.tree.merge_history(changes.finish());
        Ok(is_matched)
    }

    /// Adds the directories above the prefix, those of an earlier part excepted.
    async fn add_directories_above(
        &mut self,
        bucket: &DestinationBucket,
        prefix: &str,
        moment: DateTime<Utc>,
        out: &mut impl Write,
    ) -> Result<()> {
        for ancestor in ancestor_prefixes(prefix) {
            if !self.above.insert(ancestor.to_owned()) {
                continue;
            }
            if let Some(version) = version_then(bucket, &bucket.key_of(ancestor), moment).await? {
                let path = ancestor.trim_end_matches('/');
                self.write_candidate(&Candidate::new(path, true, &version), out)?;
            }
        }
        Ok(())
    }

    fn add_version(
        &mut self,
        version: &ListedVersion,
        below: &str,
        out: &mut impl Write,
    ) -> Result<()> {
        match manifest_path(&version.key, below) {
            Ok(path) => self.write_candidate(&Candidate::new(path, false, version), out),
            Err(NotRestorable::Directory(path)) => self.add_directory(path, version, out),
            Err(NotRestorable::Temporary) => Ok(()),
            Err(NotRestorable::NoPath) => {
                let shown = version.key.strip_prefix(below).unwrap_or(&version.key);
                self.not_restorable.add_path(shown, NO_PATH);
                Ok(())
            }
        }
    }

    fn add_directory(
        &mut self,
        path: &str,
        version: &ListedVersion,
        out: &mut impl Write,
    ) -> Result<()> {
        if version.size > 0 {
            self.not_restorable.add_path(&format!("{path}/"), &content_note(version));
        }
        self.write_candidate(&Candidate::new(path, true, version), out)
    }

    fn write_candidate(&mut self, candidate: &Candidate, out: &mut impl Write) -> Result<()> {
        serde_json::to_writer(&mut *out, candidate).context("writing the versions")?;
        out.write_all(b"\n").context("writing the versions")?;
        self.unproven.insert(version_hash(&candidate.key, &candidate.version_id));
        Ok(())
    }

    /// Removes the versions that a proof lists. A version id `null` identifies no single version:
    /// it can be overwritten.
    async fn remove_proven(&mut self, view: &SyncView) -> Result<()> {
        let (unproven, directories) = (&mut self.unproven, &mut self.proven_directories);
        if unproven.is_empty() {
            return Ok(());
        }
        let runs = RunRecords::read_all(&view.context.records).await?;
        runs.visit_proven(view, |object| {
            let id = version_hash(&object.key, &object.version_id);
            if object.version_id != "null" && unproven.remove(&id) && object.key.ends_with('/') {
                directories.insert(id, object);
            }
            !unproven.is_empty()
        })
        .await
    }

    pub(super) fn is_proven(&self, candidate: &Candidate) -> bool {
        !self.unproven.contains(&version_hash(&candidate.key, &candidate.version_id))
    }

    pub(super) fn proof_of_directory(&self, candidate: &Candidate) -> Option<&ProvenObject> {
        self.proven_directories.get(&version_hash(&candidate.key, &candidate.version_id))
    }

    /// Returns the versions in the order of the listing.
    pub(super) fn read_candidates(
        &self,
    ) -> Result<impl Iterator<Item = Result<Candidate>> + use<>> {
        let file = self.file.reopen().context("opening the file of the versions")?;
        Ok(BufReader::new(file).lines().map(|line| {
            let line = line.context("reading the versions")?;
            serde_json::from_str(&line).context("reading the versions")
        }))
    }
}

/// Returns the history of the paths above the prefix. It is empty if none of them was a file.
async fn history_above(
    bucket: &DestinationBucket,
    prefix: &str,
    moment: DateTime<Utc>,
) -> Result<TreeHistoryBuilder> {
    let mut changes = TreeHistoryBuilder::new(moment);
    for (end, _) in prefix.match_indices('/') {
        let above = bucket.key_of(&prefix[..end]);
        let versions = object_versions::versions_of_key(bucket, &above).await?;
        versions.iter().for_each(|listed| changes.add_version(listed));
        if !changes.is_empty() {
            // It was a file once, so objects beside the prefix also show when.
            add_all_below(bucket, &format!("{above}/"), &mut changes).await?;
            break;
        }
    }
    Ok(changes)
}

async fn add_all_below(
    bucket: &DestinationBucket,
    prefix: &str,
    changes: &mut TreeHistoryBuilder,
) -> Result<()> {
    let mut pages = VersionPages::below_prefix(bucket, prefix);
    while let Some(page) = pages.next_page().await? {
        page.iter()
            .filter(|listed| is_item(&listed.key, &bucket.prefix))
            .for_each(|listed| changes.add_version(listed));
    }
    Ok(())
}

fn content_note(version: &ListedVersion) -> String {
    format!(
        "its object has {} bytes of content, which a directory cannot have: they stay in S3 \
            (version {})",
        version.size, version.version_id
    )
}

/// Returns the version of an object at a moment; no object has an empty key.
async fn version_then(
    bucket: &DestinationBucket,
    key: &str,
    moment: DateTime<Utc>,
) -> Result<Option<ListedVersion>> {
    if key.is_empty() {
        return Ok(None);
    }
    object_versions::version_of_key(bucket, key, Some(moment)).await
}

/// Whether the key can be that of a file or a directory.
fn is_item(key: &str, below: &str) -> bool {
    matches!(manifest_path(key, below), Ok(_) | Err(NotRestorable::Directory(_)))
}

/// Returns a 64-bit hash of a version, so that millions fit into memory.
fn version_hash(key: &str, version_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, version_id).hash(&mut hasher);
    hasher.finish()
}

/// Returns the directories above a prefix, which its listing does not contain: of `a/b/c` the top,
/// `a/` and `a/b/`.
fn ancestor_prefixes(prefix: &str) -> impl Iterator<Item = &str> {
    let ends = prefix.match_indices('/').map(|(at, _)| at + 1).filter(|end| *end < prefix.len());
    let top = (!prefix.is_empty()).then_some(0);
    top.into_iter().chain(ends).map(|end| &prefix[..end])
}

#[cfg(test)]
mod tests;
