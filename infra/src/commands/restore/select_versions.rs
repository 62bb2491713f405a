//! Selects the versions to restore from the listing as of a time, and writes them to a manifest on
//! disk.

mod text;

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;
use domain::records::proof::ProvenObject;
use domain::restore::{Existence, ListedVersion, ReportReconciler, manifest_line};
use futures::{StreamExt, stream};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::path_list::PathList;
use super::scope::ScopePart;
use super::unproven_metadata::{UnprovenMetadata, read_unproven};
use super::version_listing::{Candidate, VersionListing};
use crate::sync_view::SyncView;

/// The number of versions without a proof whose metadata is read concurrently.
const CONCURRENCY: usize = 32;

/// The selected versions.
#[derive(Debug, Serialize)]
pub(super) struct SelectedVersions {
    pub as_of: DateTime<Utc>,
    pub files: u64,
    pub bytes: u64,
    /// The number of directories, including those above the prefix.
    pub directories: u64,
    /// Objects, or their content, that cannot exist in a file system.
    pub not_restorable: PathList,
    /// Versions of which a part of the path was of another kind at that time.
    pub did_not_stand: PathList,
    /// Versions that may not have existed at that time.
    pub undecided: PathList,
    /// Versions whose metadata states setuid or setgid and that no proof lists: they stay in S3.
    pub refused: PathList,
    /// Versions whose metadata states an owner and that no proof lists.
    pub unproven: PathList,
    /// The number of archived files, which must be copied by `RestoreObject` first.
    pub archived: u64,
    /// The first paths.
    pub first: Vec<String>,
    pub first_archived: Vec<String>,
    /// The requested paths without a version.
    #[serde(skip)]
    pub unmatched: Vec<String>,
    /// The number of paths of each kind that are kept to be shown.
    #[serde(skip)]
    pub shown: usize,
    #[serde(skip)]
    pub first_version: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub manifest: NamedTempFile,
    #[serde(skip)]
    pub reconciliation: ReportReconciler,
    /// The directories in the order of their paths: parents first.
    #[serde(skip)]
    pub tree: Vec<DirectoryVersion>,
}

/// The object version of a directory.
#[derive(Clone, Debug)]
pub(super) struct DirectoryVersion {
    /// The path below the prefix of the location, without a slash at either end; empty for the
    /// prefix itself.
    pub path: String,
    pub key: String,
    pub version_id: String,
    pub at: DateTime<Utc>,
    /// The object in a proof.
    pub proof: Option<ProvenObject>,
}

impl SelectedVersions {
    pub(super) async fn select_versions(
        view: &SyncView,
        parts: &[ScopePart],
        moment: DateTime<Utc>,
        shown: usize,
    ) -> Result<Self> {
        let mut chosen = Self::new_empty(moment, shown)?;
        let bucket = view.destination_bucket();
        let listing = VersionListing::read_versions(view, &bucket, parts, moment, shown).await?;
        let asked = stream::iter(listing.read_candidates()?).map(|candidate| async {
            let candidate = candidate?;
            let existence = listing.tree.existence_of(&candidate.key, candidate.at);
            let is_file =
                !candidate.is_directory && !matches!(existence, Existence::DidNotExist { .. });
            let metadata = if is_file && !listing.is_proven(&candidate) {
                read_unproven(&bucket, &candidate).await?
            } else {
                UnprovenMetadata::Nothing
            };
            anyhow::Ok((candidate, existence, metadata))
        });
        let mut out = BufWriter::new(chosen.manifest.reopen().context("opening the manifest")?);
        let mut asked = std::pin::pin!(asked.buffered(CONCURRENCY));
        while let Some(asked) = asked.next().await {
            let (candidate, existence, metadata) = asked?;
            chosen.add_candidate(
                &listing,
                &candidate,
                existence,
                metadata,
                &bucket.prefix,
                &mut out,
            )?;
        }
        out.flush().context("writing the manifest")?;
        // The parts are listed one after the other.
        chosen.tree.sort_by(|left, right| left.path.cmp(&right.path));
        chosen.unmatched.clone_from(&listing.unmatched);
        chosen.first_version = listing.first_version;
        chosen.not_restorable = listing.not_restorable.clone();
        Ok(chosen)
    }

    fn add_candidate(
        &mut self,
        listing: &VersionListing,
        candidate: &Candidate,
        existence: Existence,
        metadata: UnprovenMetadata,
        below: &str,
        out: &mut impl Write,
    ) -> Result<()> {
        let path = if candidate.is_directory {
            format!("{}/", candidate.path)
        } else {
            candidate.path.clone()
        };
        if !self.note_existence(&path, &candidate.key, existence, below) {
            return Ok(());
        }
        if candidate.is_directory {
            self.add_directory(candidate, listing.proof_of_directory(candidate));
            return Ok(());
        }
        match metadata {
            UnprovenMetadata::Nothing => {}
            UnprovenMetadata::Owner(why) => self.unproven.add_path(&path, &why),
            UnprovenMetadata::SetIds(why) => {
                self.refused.add_path(&path, &why);
                return Ok(());
            }
        }
        let version = candidate.to_listed();
        out.write_all(manifest_line(&candidate.path, &version).as_bytes())
            .context("writing the manifest")?;
        self.add_file(&candidate.path, &version);
        Ok(())
    }

    /// Notes a version that did not exist then or may not have existed. Returns whether it is
    /// restored.
    fn note_existence(
        &mut self,
        path: &str,
        candidate: &str,
        existence: Existence,
        below: &str,
    ) -> bool {
        let shown = |key: &str| format!("/{}", key.strip_prefix(below).unwrap_or(key));
        match existence {
            Existence::Existed => true,
            Existence::DidNotExist { key, since } => {
                self.did_not_stand
                    .add_path(path, &kind_note(&shown(&key), key == candidate, since));
                false
            }
            Existence::Undecided { key, restored } => {
                self.undecided.add_path(path, &undecided_note(&shown(&key), restored));
                restored
            }
        }
    }

    fn new_empty(moment: DateTime<Utc>, shown: usize) -> Result<Self> {
        Ok(Self {
            as_of: moment,
            files: 0,
            bytes: 0,
            directories: 0,
            not_restorable: PathList::with_limit(shown),
            did_not_stand: PathList::with_limit(shown),
            undecided: PathList::with_limit(shown),
            refused: PathList::with_limit(shown),
            unproven: PathList::with_limit(shown),
            archived: 0,
            first: Vec::new(),
            first_archived: Vec::new(),
            unmatched: Vec::new(),
            shown,
            first_version: None,
            manifest: NamedTempFile::new().context("creating the manifest file")?,
            reconciliation: ReportReconciler::default(),
            tree: Vec::new(),
        })
    }

    fn add_file(&mut self, path: &str, version: &ListedVersion) {
        self.files += 1;
        self.bytes += version.size;
        if self.first.len() < self.shown {
            self.first.push(path.to_owned());
        }
        if version.is_archived() {
            self.archived += 1;
            if self.first_archived.len() < self.shown {
                self.first_archived.push(format!(
                    "{path} ({}, version {})",
                    version.storage_class, version.version_id
                ));
            }
        }
        self.reconciliation.expect_path(path);
    }

    fn add_directory(&mut self, candidate: &Candidate, proof: Option<&ProvenObject>) {
        self.directories += 1;
        self.tree.push(DirectoryVersion {
            path: candidate.path.clone(),
            key: candidate.key.clone(),
            version_id: candidate.version_id.clone(),
            at: candidate.at,
            proof: proof.cloned(),
        });
    }
}

fn kind_note(shown: &str, is_directory: bool, since: DateTime<Utc>) -> String {
    let kind = if is_directory { "directory" } else { "file" };
    format!("{shown} is a {kind} since {}", format_time(since))
}

fn undecided_note(shown: &str, restored: bool) -> String {
    let consequence = if restored { "it is restored" } else { "it stays in S3" };
    format!(
        "{shown} was both a file and a directory, and no version shows which was the last: \
         {consequence}"
    )
}
