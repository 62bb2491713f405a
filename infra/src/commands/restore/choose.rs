//! What to bring back: the listing of versions as of a moment, written to a manifest on disk as it streams by.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use pipeline::config::PreserveDeletedFiles;
use pipeline::records::outputs::Outputs;
use pipeline::restore::{AsOf, Listed, NotRestorable, Settlement, line, path_of};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::SHOWN;
use crate::follow;
use crate::object_versions::{self, Pages};
use crate::place::Place;

/// The versions chosen.
#[derive(Debug, Serialize)]
pub(super) struct Chosen {
    pub as_of: DateTime<Utc>,
    pub files: u64,
    pub bytes: u64,
    /// Directories, those above the prefix among them.
    pub directories: u64,
    /// Objects that can't be files.
    pub not_restorable: u64,
    /// Files that nobody can read before `RestoreObject` has made a copy of each.
    pub archived: u64,
    /// The first paths.
    pub first: Vec<String>,
    pub first_archived: Vec<String>,
    #[serde(skip)]
    pub first_version: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub manifest: NamedTempFile,
    #[serde(skip)]
    pub settlement: Settlement,
    /// In the order of their paths: each after those above it.
    #[serde(skip)]
    pub tree: Vec<Directory>,
}

/// The object that stands for a directory.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// Below the prefix of the location, without a slash at either end; empty for the prefix itself.
    pub path: String,
    pub key: String,
    pub version_id: String,
}

impl Chosen {
    pub(super) async fn look(place: &Place, outputs: &Outputs, prefix: &str, moment: DateTime<Utc>) -> Result<Self> {
        let mut chosen = Self::nothing_yet(moment)?;
        let (s3, bucket, below) = (&place.aws.s3, &outputs.destination_bucket, &outputs.destination_prefix);
        let prefix = prefix.trim_start_matches('/');
        for ancestor in ancestors(prefix) {
            let key = format!("{below}{ancestor}");
            let mut as_of = AsOf::new(moment);
            let versions = if key.is_empty() { Vec::new() } else { object_versions::of_key(s3, bucket, &key).await? };
            if let Some(standing) = versions.into_iter().find_map(|listed| as_of.take(listed)) {
                chosen.add_directory(ancestor.trim_end_matches('/'), &standing);
            }
        }
        let mut out = BufWriter::new(chosen.manifest.reopen().context("opening the manifest")?);
        let mut pages = Pages::of(s3, bucket, &format!("{below}{prefix}"));
        let mut as_of = AsOf::new(moment);
        while let Some(page) = pages.next().await? {
            for listed in page {
                let at = listed.last_modified;
                chosen.first_version = Some(chosen.first_version.map_or(at, |first| first.min(at)));
                let Some(version) = as_of.take(listed) else { continue };
                match path_of(&version.key, below) {
                    Ok(path) => {
                        out.write_all(line(path, &version).as_bytes()).context("writing the manifest")?;
                        chosen.add(path, &version);
                    }
                    Err(NotRestorable::Directory(path)) => chosen.add_directory(path, &version),
                    Err(NotRestorable::Temporary) => {}
                    Err(NotRestorable::NoPath) => chosen.not_restorable += 1,
                }
            }
        }
        out.flush().context("writing the manifest")?;
        Ok(chosen)
    }

    fn nothing_yet(moment: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            as_of: moment,
            files: 0,
            bytes: 0,
            directories: 0,
            not_restorable: 0,
            archived: 0,
            first: Vec::new(),
            first_archived: Vec::new(),
            first_version: None,
            manifest: NamedTempFile::new().context("making a file for the manifest")?,
            settlement: Settlement::default(),
            tree: Vec::new(),
        })
    }

    fn add(&mut self, path: &str, version: &Listed) {
        self.files += 1;
        self.bytes += version.size;
        if self.first.len() < SHOWN {
            self.first.push(path.to_owned());
        }
        if version.is_archived() {
            self.archived += 1;
            if self.first_archived.len() < SHOWN {
                self.first_archived.push(format!("{path} ({}, version {})", version.storage_class, version.version_id));
            }
        }
        self.settlement.ask_for(path);
    }

    fn add_directory(&mut self, path: &str, version: &Listed) {
        self.directories += 1;
        let (key, version_id) = (version.key.clone(), version.version_id.clone());
        self.tree.push(Directory { path: path.to_owned(), key, version_id });
    }

    pub(super) fn text(&self, directory: &str, deleted: PreserveDeletedFiles) -> String {
        let size = follow::bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        let place = if directory.is_empty() { "the source's folder" } else { directory };
        let (files, directories) = (self.files, self.directories);
        let mut lines = vec![format!(
            "Would restore {files} files ({size}) and {directories} directories as of {at} into {place}:"
        )];
        lines.extend(self.first.iter().map(|path| format!("  {path}")));
        let more = self.files.saturating_sub(self.first.len() as u64);
        if more > 0 {
            lines.push(format!("  … and {more} more"));
        }
        if self.not_restorable > 0 {
            lines.push(format!("{} objects can't be files and stay in S3.", self.not_restorable));
        }
        if self.archived > 0 {
            lines.push(format!("{} of them lie in an archive and have to be copied out of it before:", self.archived));
            lines.extend(self.first_archived.iter().map(|path| format!("  {path}")));
        }
        if deleted == PreserveDeletedFiles::Preserve {
            let kept =
                "task.preserve_deleted_files is PRESERVE, so S3 keeps files that were deleted: those come back too.";
            lines.push(kept.to_owned());
        }
        lines.push("Nothing was changed.\n".to_owned());
        lines.join("\n")
    }
}

/// The directories above what begins with the prefix, which its listing lacks: of `a/b/c` the top, `a/` and `a/b/`.
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
