//! The versions that no delete marker hides as of a moment, written to disk as the listing streams
//! by, with what has to be known of all of them before any can be chosen: which kinds their paths
//! had, and which of them no proof knows.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};

use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use chrono::{DateTime, Utc};
use domain::records::outputs::Outputs;
use domain::records::proof::ProvenObject;
use domain::restore::{
    ListedVersion, NotRestorable, TreeHistory, TreeHistoryBuilder, VersionPicker, manifest_path,
};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::told::Told;
use crate::object_versions::{self, Pages};
use crate::place::Place;
use crate::witness::Runs;

/// One version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Candidate {
    /// Below the prefix of the location; of a directory without a slash at either end.
    pub path: String,
    pub is_directory: bool,
    pub key: String,
    pub version_id: String,
    pub at: DateTime<Utc>,
    pub size: u64,
    pub storage_class: String,
    pub readable_copy: bool,
}

/// All of them.
pub(super) struct Draft {
    file: NamedTempFile,
    pub tree: TreeHistory,
    /// Versions that no proof lists.
    unproven: HashSet<u64>,
    /// Of directories: what the proof says.
    proven_directories: HashMap<u64, ProvenObject>,
    /// Of everything listed, whenever it was written.
    pub first_version: Option<DateTime<Utc>>,
    pub not_restorable: Told,
}

impl Candidate {
    fn new(path: &str, is_directory: bool, listed: &ListedVersion) -> Self {
        Self {
            path: path.to_owned(),
            is_directory,
            key: listed.key.clone(),
            version_id: listed.version_id.clone(),
            at: listed.last_modified,
            size: listed.size,
            storage_class: listed.storage_class.clone(),
            readable_copy: listed.readable_copy,
        }
    }

    /// The line of the listing that it was made from, as far as a manifest needs it.
    pub(super) fn listed(&self) -> ListedVersion {
        ListedVersion {
            key: self.key.clone(),
            version_id: self.version_id.clone(),
            last_modified: self.at,
            size: self.size,
            storage_class: self.storage_class.clone(),
            readable_copy: self.readable_copy,
            ..ListedVersion::default()
        }
    }
}

impl Draft {
    pub(super) async fn list(
        place: &Place,
        outputs: &Outputs,
        prefix: &str,
        moment: DateTime<Utc>,
    ) -> Result<Self> {
        let (s3, bucket, below) =
            (&place.aws.s3, &outputs.destination_bucket, &outputs.destination_prefix);
        let mut draft = Self {
            file: NamedTempFile::new().context("making a file for the versions")?,
            tree: TreeHistory::default(),
            unproven: HashSet::new(),
            proven_directories: HashMap::new(),
            first_version: None,
            not_restorable: Told::default(),
        };
        let mut out =
            BufWriter::new(draft.file.reopen().context("opening the file of the versions")?);
        let mut changes = TreeHistoryBuilder::new(moment);
        for ancestor in ancestors(prefix) {
            draft
                .add_directory_above(
                    s3,
                    bucket,
                    &format!("{below}{ancestor}"),
                    ancestor,
                    moment,
                    &mut out,
                )
                .await?;
        }
        for (end, _) in prefix.match_indices('/') {
            let above = format!("{below}{}", &prefix[..end]);
            object_versions::of_key(s3, bucket, &above)
                .await?
                .iter()
                .for_each(|listed| changes.add_version(listed));
            if !changes.is_empty() {
                // It was a file once: what lies beside the prefix tells too when.
                note_all(s3, bucket, &format!("{above}/"), below, &mut changes).await?;
                break;
            }
        }
        let noted_before = !changes.is_empty();
        let (mut pages, mut as_of) =
            (Pages::of(s3, bucket, &format!("{below}{prefix}")), VersionPicker::new(moment));
        while let Some(page) = pages.next().await? {
            for listed in page {
                let at = listed.last_modified;
                draft.first_version = Some(draft.first_version.map_or(at, |first| first.min(at)));
                if !noted_before && is_item(&listed.key, below) {
                    changes.add_version(&listed);
                }
                let Some(version) = as_of.pick_version(listed) else { continue };
                draft.add(&version, below, &mut out)?;
            }
        }
        out.flush().context("writing the versions")?;
        draft.tree = changes.finish();
        draft.ask_proofs(place).await?;
        Ok(draft)
    }

    async fn add_directory_above(
        &mut self,
        s3: &Client,
        bucket: &str,
        key: &str,
        ancestor: &str,
        moment: DateTime<Utc>,
        out: &mut impl Write,
    ) -> Result<()> {
        let mut as_of = VersionPicker::new(moment);
        let versions = if key.is_empty() {
            Vec::new()
        } else {
            object_versions::of_key(s3, bucket, key).await?
        };
        match versions.into_iter().find_map(|listed| as_of.pick_version(listed)) {
            Some(standing) => {
                self.write(&Candidate::new(ancestor.trim_end_matches('/'), true, &standing), out)
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, version: &ListedVersion, below: &str, out: &mut impl Write) -> Result<()> {
        match manifest_path(&version.key, below) {
            Ok(path) => self.write(&Candidate::new(path, false, version), out),
            Err(NotRestorable::Directory(path)) => {
                if version.size > 0 {
                    let why = format!(
                        "its object has {} bytes of content, which a directory can't have: they \
                            stay in S3 (version {})",
                        version.size, version.version_id
                    );
                    self.not_restorable.add(&format!("{path}/"), &why);
                }
                self.write(&Candidate::new(path, true, version), out)
            }
            Err(NotRestorable::Temporary) => Ok(()),
            Err(NotRestorable::NoPath) => {
                let shown = version.key.strip_prefix(below).unwrap_or(&version.key);
                self.not_restorable
                    .add(shown, "no file can have this path: `//`, `.` or `..` is in it");
                Ok(())
            }
        }
    }

    fn write(&mut self, candidate: &Candidate, out: &mut impl Write) -> Result<()> {
        serde_json::to_writer(&mut *out, candidate).context("writing the versions")?;
        out.write_all(b"\n").context("writing the versions")?;
        self.unproven.insert(id(&candidate.key, &candidate.version_id));
        Ok(())
    }

    /// Strikes out what a proof lists. `null` names no one version: it can be written over.
    async fn ask_proofs(&mut self, place: &Place) -> Result<()> {
        let (unproven, directories) = (&mut self.unproven, &mut self.proven_directories);
        if unproven.is_empty() {
            return Ok(());
        }
        let runs = Runs::read(place).await?;
        runs.each_proven(place, |object| {
            let id = id(&object.key, &object.version_id);
            if object.version_id != "null" && unproven.remove(&id) && object.key.ends_with('/') {
                directories.insert(id, object);
            }
            !unproven.is_empty()
        })
        .await
    }

    pub(super) fn is_proven(&self, candidate: &Candidate) -> bool {
        !self.unproven.contains(&id(&candidate.key, &candidate.version_id))
    }

    pub(super) fn proof_of_directory(&self, candidate: &Candidate) -> Option<&ProvenObject> {
        self.proven_directories.get(&id(&candidate.key, &candidate.version_id))
    }

    /// The versions, in the order of the listing.
    pub(super) fn candidates(&self) -> Result<impl Iterator<Item = Result<Candidate>> + use<>> {
        let file = self.file.reopen().context("opening the file of the versions")?;
        Ok(BufReader::new(file).lines().map(|line| {
            let line = line.context("reading the versions")?;
            serde_json::from_str(&line).context("reading the versions")
        }))
    }
}

async fn note_all(
    s3: &Client,
    bucket: &str,
    prefix: &str,
    below: &str,
    changes: &mut TreeHistoryBuilder,
) -> Result<()> {
    let mut pages = Pages::of(s3, bucket, prefix);
    while let Some(page) = pages.next().await? {
        page.iter()
            .filter(|listed| is_item(&listed.key, below))
            .for_each(|listed| changes.add_version(listed));
    }
    Ok(())
}

/// Whether the key can be that of a file or a directory.
fn is_item(key: &str, below: &str) -> bool {
    matches!(manifest_path(key, below), Ok(_) | Err(NotRestorable::Directory(_)))
}

/// 64 bits of a version, so that millions fit.
fn id(key: &str, version_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, version_id).hash(&mut hasher);
    hasher.finish()
}

/// The directories above what begins with the prefix, which its listing lacks: of `a/b/c` the top,
/// `a/` and `a/b/`.
fn ancestors(prefix: &str) -> impl Iterator<Item = &str> {
    let ends = prefix.match_indices('/').map(|(at, _)| at + 1).filter(|end| *end < prefix.len());
    let top = (!prefix.is_empty()).then_some(0);
    top.into_iter().chain(ends).map(|end| &prefix[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_directories_above_it() {
        for (prefix, expected) in [
            ("", vec![]),
            ("a", vec![""]),
            ("a/", vec![""]),
            ("a/b/c", vec!["", "a/", "a/b/"]),
            ("ä/b/", vec!["", "ä/"]),
        ] {
            assert_eq!(ancestors(prefix).collect::<Vec<_>>(), expected, "{prefix}");
        }
    }
}
