//! What to bring back: the listing of versions as of a moment, written to a manifest on disk as it
//! streams by.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::config::PreserveDeletedFiles;
use domain::printable::escape_unprintable;
use domain::records::outputs::Outputs;
use domain::records::proof::ProvenObject;
use domain::restore::{Existence, ListedVersion, ReportReconciler, manifest_line};
use futures::{StreamExt, stream};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::SHOWN;
use super::draft::{Candidate, Draft};
use super::told::Told;
use super::unproven::{Claim, claim};
use crate::follow;
use crate::place::Place;

/// How many versions without a proof are asked for their metadata at a time.
const AT_A_TIME: usize = 32;

/// The versions chosen.
#[derive(Debug, Serialize)]
pub(super) struct Chosen {
    pub as_of: DateTime<Utc>,
    pub files: u64,
    pub bytes: u64,
    /// Directories, those above the prefix among them.
    pub directories: u64,
    /// Objects, or their content, that can't be in a file system.
    pub not_restorable: Told,
    /// A part of their path was of another kind at that moment.
    pub did_not_stand: Told,
    /// The versions do not tell whether they stood.
    pub undecided: Told,
    /// They ask for setuid or setgid, and no proof lists them: they stay in S3.
    pub refused: Told,
    /// They ask for an owner, and no proof lists them.
    pub unproven: Told,
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
    pub settlement: ReportReconciler,
    /// In the order of their paths: each after those above it.
    #[serde(skip)]
    pub tree: Vec<Directory>,
}

/// The object that stands for a directory.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// Below the prefix of the location, without a slash at either end; empty for the prefix
    /// itself.
    pub path: String,
    pub key: String,
    pub version_id: String,
    pub at: DateTime<Utc>,
    /// What a proof says of it.
    pub proof: Option<ProvenObject>,
}

impl Chosen {
    pub(super) async fn look(
        place: &Place,
        outputs: &Outputs,
        prefix: &str,
        moment: DateTime<Utc>,
    ) -> Result<Self> {
        let mut chosen = Self::nothing_yet(moment)?;
        let draft = Draft::list(place, outputs, prefix.trim_start_matches('/'), moment).await?;
        let (s3, bucket) = (&place.aws.s3, &outputs.destination_bucket);
        let asked = stream::iter(draft.candidates()?).map(|candidate| async {
            let candidate = candidate?;
            let standing = draft.tree.existence_of(&candidate.key, candidate.at);
            let is_file =
                !candidate.is_directory && !matches!(standing, Existence::DidNotExist { .. });
            let claim = if is_file && !draft.is_proven(&candidate) {
                claim(s3, bucket, &candidate).await?
            } else {
                Claim::Nothing
            };
            anyhow::Ok((candidate, standing, claim))
        });
        let mut out = BufWriter::new(chosen.manifest.reopen().context("opening the manifest")?);
        let mut asked = std::pin::pin!(asked.buffered(AT_A_TIME));
        while let Some(asked) = asked.next().await {
            let (candidate, standing, claim) = asked?;
            chosen.take(
                &draft,
                &candidate,
                standing,
                claim,
                &outputs.destination_prefix,
                &mut out,
            )?;
        }
        out.flush().context("writing the manifest")?;
        chosen.first_version = draft.first_version;
        chosen.not_restorable = draft.not_restorable.clone();
        Ok(chosen)
    }

    fn take(
        &mut self,
        draft: &Draft,
        candidate: &Candidate,
        standing: Existence,
        claim: Claim,
        below: &str,
        out: &mut impl Write,
    ) -> Result<()> {
        let path = if candidate.is_directory {
            format!("{}/", candidate.path)
        } else {
            candidate.path.clone()
        };
        let shown = |key: &str| format!("/{}", key.strip_prefix(below).unwrap_or(key));
        match standing {
            Existence::Existed => {}
            Existence::DidNotExist { key, since } => {
                let kind = if key == candidate.key { "directory" } else { "file" };
                let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
                self.did_not_stand
                    .add(&path, &format!("{} is a {kind} since {since}", shown(&key)));
                return Ok(());
            }
            Existence::Undecided { key, restored } => {
                let comes = if restored { "it comes back" } else { "it stays in S3" };
                let why = format!(
                    "{} was both a file and a directory, and no version tells which last: {comes}",
                    shown(&key)
                );
                self.undecided.add(&path, &why);
                if !restored {
                    return Ok(());
                }
            }
        }
        if candidate.is_directory {
            self.add_directory(candidate, draft.proof_of_directory(candidate));
            return Ok(());
        }
        match claim {
            Claim::Nothing => {}
            Claim::Owner(why) => self.unproven.add(&path, &why),
            Claim::SetIds(why) => {
                self.refused.add(&path, &why);
                return Ok(());
            }
        }
        let version = candidate.listed();
        out.write_all(manifest_line(&candidate.path, &version).as_bytes())
            .context("writing the manifest")?;
        self.add(&candidate.path, &version);
        Ok(())
    }

    fn nothing_yet(moment: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            as_of: moment,
            files: 0,
            bytes: 0,
            directories: 0,
            not_restorable: Told::default(),
            did_not_stand: Told::default(),
            undecided: Told::default(),
            refused: Told::default(),
            unproven: Told::default(),
            archived: 0,
            first: Vec::new(),
            first_archived: Vec::new(),
            first_version: None,
            manifest: NamedTempFile::new().context("making a file for the manifest")?,
            settlement: ReportReconciler::default(),
            tree: Vec::new(),
        })
    }

    fn add(&mut self, path: &str, version: &ListedVersion) {
        self.files += 1;
        self.bytes += version.size;
        if self.first.len() < SHOWN {
            self.first.push(path.to_owned());
        }
        if version.is_archived() {
            self.archived += 1;
            if self.first_archived.len() < SHOWN {
                self.first_archived.push(format!(
                    "{path} ({}, version {})",
                    version.storage_class, version.version_id
                ));
            }
        }
        self.settlement.expect_path(path);
    }

    fn add_directory(&mut self, candidate: &Candidate, proof: Option<&ProvenObject>) {
        self.directories += 1;
        self.tree.push(Directory {
            path: candidate.path.clone(),
            key: candidate.key.clone(),
            version_id: candidate.version_id.clone(),
            at: candidate.at,
            proof: proof.cloned(),
        });
    }

    /// What people have to know besides the numbers.
    pub(super) fn told(&self) -> Vec<String> {
        [
            self.not_restorable.lines("objects can't be in a file system as they are"),
            self.did_not_stand.lines("versions did not stand then, and stay in S3"),
            self.undecided.lines("versions may not have stood then"),
            self.refused.lines(
                "files stay in S3, as setuid and setgid need a proof (`efs-s3 verify \
                    <execution>` makes one)",
            ),
            self.unproven.lines("files get an owner that no proof knows"),
        ]
        .concat()
    }

    pub(super) fn text(&self, directory: &str, deleted: PreserveDeletedFiles) -> String {
        let size = follow::bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        let place = if directory.is_empty() { "the source's folder" } else { directory };
        let (files, directories) = (self.files, self.directories);
        let mut lines = vec![format!(
            "Would restore {files} files ({size}) and {directories} directories as of {at} into \
                {place}:"
        )];
        lines.extend(self.first.iter().map(|path| format!("  {}", escape_unprintable(path))));
        let more = self.files.saturating_sub(self.first.len() as u64);
        if more > 0 {
            lines.push(format!("  … and {more} more"));
        }
        lines.extend(self.told());
        if self.archived > 0 {
            lines.push(format!(
                "{} of them lie in an archive and have to be copied out of it before:",
                self.archived
            ));
            lines.extend(
                self.first_archived.iter().map(|path| format!("  {}", escape_unprintable(path))),
            );
        }
        if deleted == PreserveDeletedFiles::Preserve {
            let kept = "task.preserve_deleted_files is PRESERVE, so S3 keeps files that were \
                deleted: those come back too.";
            lines.push(kept.to_owned());
        }
        lines.push("Nothing was changed.\n".to_owned());
        lines.join("\n")
    }
}
