//! What to bring back: the listing of versions as of a moment, written to a manifest on disk as it streams by.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use pipeline::records::outputs::Outputs;
use pipeline::restore::{AsOf, NotRestorable, Settlement, line, path_of};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::SHOWN;
use crate::follow;
use crate::object_versions::Pages;
use crate::place::Place;

/// The versions chosen.
#[derive(Debug, Serialize)]
pub(super) struct Chosen {
    pub as_of: DateTime<Utc>,
    pub files: u64,
    pub bytes: u64,
    /// Objects that stand for directories: a manifest can't name them.
    pub directories: u64,
    /// Objects that can't be files.
    pub not_restorable: u64,
    /// The first paths.
    pub first: Vec<String>,
    #[serde(skip)]
    pub first_version: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub manifest: NamedTempFile,
    #[serde(skip)]
    pub settlement: Settlement,
}

impl Chosen {
    pub(super) async fn look(place: &Place, outputs: &Outputs, prefix: &str, moment: DateTime<Utc>) -> Result<Self> {
        let mut chosen = Self {
            as_of: moment,
            files: 0,
            bytes: 0,
            directories: 0,
            not_restorable: 0,
            first: Vec::new(),
            first_version: None,
            manifest: NamedTempFile::new().context("making a file for the manifest")?,
            settlement: Settlement::default(),
        };
        let mut out = BufWriter::new(chosen.manifest.reopen().context("opening the manifest")?);
        let below = &outputs.destination_prefix;
        let mut pages = Pages::of(
            &place.aws.s3,
            &outputs.destination_bucket,
            &format!("{below}{}", prefix.trim_start_matches('/')),
        );
        let mut as_of = AsOf::new(moment);
        while let Some(page) = pages.next().await? {
            for listed in page {
                let at = listed.last_modified;
                chosen.first_version = Some(chosen.first_version.map_or(at, |first| first.min(at)));
                let Some(version) = as_of.take(listed) else { continue };
                match path_of(&version.key, below) {
                    Ok(path) => {
                        out.write_all(line(path, &version).as_bytes()).context("writing the manifest")?;
                        chosen.add(path, version.size);
                    }
                    Err(NotRestorable::Directory) => chosen.directories += 1,
                    Err(NotRestorable::Temporary) => {}
                    Err(NotRestorable::NoPath) => chosen.not_restorable += 1,
                }
            }
        }
        out.flush().context("writing the manifest")?;
        Ok(chosen)
    }

    fn add(&mut self, path: &str, size: u64) {
        self.files += 1;
        self.bytes += size;
        if self.first.len() < SHOWN {
            self.first.push(path.to_owned());
        }
        self.settlement.ask_for(path);
    }

    pub(super) fn text(&self, directory: &str) -> String {
        let size = follow::bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        let place = if directory.is_empty() { "the source's folder" } else { directory };
        let mut text = format!("Would restore {} files ({size}) as of {at} into {place}:\n", self.files);
        text.extend(self.first.iter().map(|path| format!("  {path}\n")));
        let more = self.files.saturating_sub(self.first.len() as u64);
        if more > 0 {
            text.push_str(&format!("  … and {more} more\n"));
        }
        if self.directories > 0 {
            text.push_str(&format!(
                "{} directories come back with the files in them; empty ones, and their modes and times, don't.\n",
                self.directories
            ));
        }
        if self.not_restorable > 0 {
            text.push_str(&format!("{} objects can't be files and stay in S3.\n", self.not_restorable));
        }
        text.push_str("Nothing was changed.\n");
        text
    }
}
