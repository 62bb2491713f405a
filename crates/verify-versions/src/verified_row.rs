//! A row of the Verified report: the result of DataSync's own comparison of both sides. Pure.

use domain::records::proof::Defect;
use domain::records::run::Counters;
use domain::report::{Comparison, VerifiedRow};
use serde::{Deserialize, Serialize};

/// A row of the Verified report, with the fields that a comparison needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedItem {
    pub(crate) verification: RowVerification,
    pub(crate) is_directory: bool,
    /// The side that has it, where the other has not.
    pub(crate) only_at: Option<OnlySide>,
}

/// The one side that has a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnlySide {
    Source,
    Destination,
}

impl VerifiedItem {
    pub(crate) fn from_row(row: &VerifiedRow) -> Self {
        let described = [&row.src_metadata, &row.dst_metadata];
        let is_directory = described.into_iter().flatten().any(|metadata| metadata.is_directory());
        let only_at = match row.compare_sides() {
            Comparison::OnlyAtSource => Some(OnlySide::Source),
            Comparison::OnlyAtDestination => Some(OnlySide::Destination),
            _ => None,
        };
        Self { verification: RowVerification::from_row(row), is_directory, only_at }
    }

    /// Whether two rows of one path are the two sides of it: a directory that took a file's place
    /// has another key than the file, and so a row of its own.
    pub(crate) fn is_other_side_of(&self, other: &Self) -> bool {
        self.only_at.is_some() && other.only_at.is_some() && self.only_at != other.only_at
    }
}

/// DataSync's result for one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowVerification {
    /// Both sides are equal. No SHA-256 for what has no content.
    Equal {
        sha256: Option<String>,
    },
    ChecksumDiffers {
        detail: String,
    },
    Failed {
        detail: String,
    },
}

impl RowVerification {
    pub(crate) fn from_row(row: &VerifiedRow) -> Self {
        let (source, destination) = (row.src_checksum.as_deref(), row.dst_checksum.as_deref());
        if let Some(moved) = describe_move(row.compare_sides()) {
            let reason = row.failure().map(|reason| format!(": {reason}")).unwrap_or_default();
            return Self::Failed { detail: format!("{moved} when the run verified{reason}") };
        }
        if source != destination {
            let (source, destination) =
                (source.unwrap_or("no checksum"), destination.unwrap_or("no checksum"));
            return Self::ChecksumDiffers {
                detail: format!("source {source}, object {destination}"),
            };
        }
        if row.verify_status.is_success() {
            return Self::Equal { sha256: source.and_then(parse_sha256) };
        }
        let reason = row.failure().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        Self::Failed { detail: format!("{}: {reason}", String::from(row.verify_status.clone())) }
    }

    /// Returns the defect that this result shows, whatever the object.
    pub(crate) fn defect(&self) -> Option<(Defect, String)> {
        match self {
            Self::Equal { .. } => None,
            Self::ChecksumDiffers { detail } => Some((Defect::ChecksumDiffers, detail.clone())),
            Self::Failed { detail } => Some((Defect::NotVerified, detail.clone())),
        }
    }
}

/// Describes a file that changed or vanished while the execution ran: its unequal checksums are no
/// defect.
fn describe_move(comparison: Comparison) -> Option<&'static str> {
    match comparison {
        Comparison::Changed => Some("its file was another"),
        Comparison::OnlyAtSource => Some("it was at the source only"),
        Comparison::OnlyAtDestination => Some("it was at the destination only"),
        Comparison::Equal
        | Comparison::ContentDiffers
        | Comparison::ContentDiffersPerhapsChanged
        | Comparison::NotSaid => None,
    }
}

/// The number of rows of the Verified report, each way that DataSync may count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VerifiedCount {
    pub(crate) rows: u64,
    /// Without directories.
    pub(crate) files: u64,
    /// The rows that DataSync calls a success.
    pub(crate) equal_rows: u64,
    /// The files that DataSync calls a success.
    pub(crate) equal_files: u64,
}

impl VerifiedCount {
    pub(crate) fn add_row(&mut self, row: &VerifiedRow) {
        let one = Self::count_row(
            !VerifiedItem::from_row(row).is_directory,
            row.verify_status.is_success(),
        );
        self.add(one);
    }

    fn count_row(is_file: bool, is_success: bool) -> Self {
        let when = |condition| u64::from(condition);
        Self {
            rows: 1,
            files: when(is_file),
            equal_rows: when(is_success),
            equal_files: when(is_file && is_success),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.files += other.files;
        self.equal_rows += other.equal_rows;
        self.equal_files += other.equal_files;
    }

    /// Whether the report has all that DataSync verified, by its own count: then what it does not
    /// have was not verified, and no part of it is missing. `FilesVerified` counts directories in
    /// Basic mode alone; whether failures count is not documented.
    pub(crate) fn is_whole(&self, counters: &Counters) -> bool {
        let counts = if counters.files_listed.is_some() {
            [self.files, self.equal_files]
        } else {
            [self.rows, self.equal_rows]
        };
        let verified = u64::try_from(counters.files_verified).unwrap_or_default();
        verified > 0 && counts.contains(&verified)
    }
}

/// Parses `SHA256:` and 64 hexadecimal digits; anything else is no checksum.
fn parse_sha256(checksum: &str) -> Option<String> {
    let digits = checksum.strip_prefix("SHA256:")?;
    let whole = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
