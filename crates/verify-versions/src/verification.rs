//! A row of the Verified report: what DataSync itself found when it compared both sides. Pure.

use domain::records::proof::Defect;
use domain::records::run::Counters;
use domain::report::{Comparison, VerifiedRow};
use serde::{Deserialize, Serialize};

/// A row of the Verified report, as far as judging needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedItem {
    pub(crate) verification: Verification,
    pub(crate) is_directory: bool,
    /// The side that alone has it, where it is one.
    pub(crate) only_at: Option<Side>,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Source,
    Destination,
}

impl VerifiedItem {
    pub(crate) fn of(row: &VerifiedRow) -> Self {
        let described = [&row.src_metadata, &row.dst_metadata];
        let is_directory = described.into_iter().flatten().any(|metadata| metadata.is_directory());
        let only_at = match row.compare_sides() {
            Comparison::OnlyAtSource => Some(Side::Source),
            Comparison::OnlyAtDestination => Some(Side::Destination),
            _ => None,
        };
        Self { verification: Verification::of(row), is_directory, only_at }
    }

    /// Whether two rows of one path are the two sides of it: a directory that took a file's place
    /// has another key than the file, and so a row of its own.
    pub(crate) fn is_other_side_of(&self, other: &Self) -> bool {
        self.only_at.is_some() && other.only_at.is_some() && self.only_at != other.only_at
    }
}

/// What DataSync found for one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verification {
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

impl Verification {
    pub(crate) fn of(row: &VerifiedRow) -> Self {
        let (source, destination) = (row.src_checksum.as_deref(), row.dst_checksum.as_deref());
        if let Some(moved) = moved(row.compare_sides()) {
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
            return Self::Equal { sha256: source.and_then(sha256) };
        }
        let reason = row.failure().unwrap_or_else(|| "DataSync gives no reason".to_owned());
        Self::Failed { detail: format!("{}: {reason}", String::from(row.verify_status.clone())) }
    }

    /// The finding this verification calls for, whatever the object.
    pub(crate) fn defect(&self) -> Option<(Defect, String)> {
        match self {
            Self::Equal { .. } => None,
            Self::ChecksumDiffers { detail } => Some((Defect::ChecksumDiffers, detail.clone())),
            Self::Failed { detail } => Some((Defect::NotVerified, detail.clone())),
        }
    }
}

/// What the row shows of a file that moved while the run was under way: unequal checksums are no
/// defect of it.
fn moved(comparison: Comparison) -> Option<&'static str> {
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

/// How many rows the Verified report has, each way that DataSync may count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VerifiedCount {
    pub(crate) rows: u64,
    /// Without directories.
    pub(crate) files: u64,
    /// Of either those that DataSync calls a success.
    pub(crate) equal_rows: u64,
    pub(crate) equal_files: u64,
}

impl VerifiedCount {
    pub(crate) fn take(&mut self, row: &VerifiedRow) {
        let one = Self::of_row(!VerifiedItem::of(row).is_directory, row.verify_status.is_success());
        self.add(one);
    }

    fn of_row(is_file: bool, is_success: bool) -> Self {
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

/// `SHA256:` and 64 hexadecimal digits; anything else is no checksum.
fn sha256(checksum: &str) -> Option<String> {
    let digits = checksum.strip_prefix("SHA256:")?;
    let whole = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{SHA256, verified};
    use domain::report::RowStatus;

    #[test]
    fn a_row_is_equal_only_when_datasync_says_so_and_both_checksums_agree() {
        let differs = |detail: &str| Verification::ChecksumDiffers { detail: detail.into() };
        let failed = |detail: &str| Verification::Failed { detail: detail.into() };
        for (status, source, destination, expected) in [
            (
                "SUCCESS",
                Some(format!("SHA256:{SHA256}")),
                Some(format!("SHA256:{SHA256}")),
                Verification::Equal { sha256: Some(SHA256.into()) },
            ),
            ("SUCCESS", None, None, Verification::Equal { sha256: None }),
            (
                "SUCCESS",
                Some("SHA256:a".into()),
                Some("SHA256:b".into()),
                differs("source SHA256:a, object SHA256:b"),
            ),
            (
                "FAILED",
                Some("SHA256:a".into()),
                Some("SHA256:b".into()),
                differs("source SHA256:a, object SHA256:b"),
            ),
            (
                "SUCCESS",
                Some("SHA256:a".into()),
                None,
                differs("source SHA256:a, object no checksum"),
            ),
            ("FAILED", None, None, failed("FAILED: DataSync gives no reason")),
            ("SKIPPED", None, None, failed("SKIPPED: DataSync gives no reason")),
        ] {
            let (src_checksum, dst_checksum) = (source, destination);
            let row = VerifiedRow {
                verify_status: RowStatus::from(status.to_owned()),
                src_checksum,
                dst_checksum,
                ..verified("/a")
            };
            assert_eq!(Verification::of(&row), expected, "{row:?}");
        }
    }

    #[test]
    fn a_file_that_moved_is_not_verified_and_its_checksums_are_no_finding() {
        let kept = || verified("/a");
        let sum = Some(format!("SHA256:{}", SHA256.replace('d', "0")));
        let older = || {
            let mut row = VerifiedRow { src_checksum: sum.clone(), ..kept() };
            row.src_metadata.as_mut().unwrap().mtime = Some("2022-01-07T17:00:00Z".into());
            row
        };
        let gone = || VerifiedRow { src_metadata: None, src_checksum: None, ..kept() };
        let created = || VerifiedRow { dst_metadata: None, dst_checksum: None, ..kept() };
        for (row, only_at, expected) in [
            (older(), None, "its file was another when the run verified: no (1)"),
            (
                gone(),
                Some(Side::Destination),
                "it was at the destination only when the run verified: no (1)",
            ),
            (
                created(),
                Some(Side::Source),
                "it was at the source only when the run verified: no (1)",
            ),
        ] {
            let row =
                VerifiedRow { failure_reason: Some("no".into()), failure_code: Some(1), ..row };
            let item = VerifiedItem::of(&VerifiedRow { verify_status: RowStatus::Failed, ..row });
            assert_eq!(
                (item.only_at, &item.verification),
                (only_at, &Verification::Failed { detail: expected.into() })
            );
        }
        let [gone, created] = [gone(), created()].map(|row| VerifiedItem::of(&row));
        assert!(
            gone.is_other_side_of(&created)
                && created.is_other_side_of(&gone)
                && !gone.is_other_side_of(&gone)
        );
        assert!(!gone.is_other_side_of(&VerifiedItem::of(&kept())));
    }

    #[test]
    fn a_report_is_whole_when_it_has_as_many_rows_as_datasync_counts() {
        let mut count = VerifiedCount::default();
        let directory = |mut row: VerifiedRow| {
            row.src_metadata.as_mut().unwrap().kind = Some("Directory".into());
            row
        };
        let failed = VerifiedRow { verify_status: RowStatus::Failed, ..verified("/b") };
        [verified("/a"), failed, directory(verified("/d"))].iter().for_each(|row| count.take(row));
        assert_eq!(count, VerifiedCount { rows: 3, files: 2, equal_rows: 2, equal_files: 1 });
        for (files_verified, basic, enhanced) in [
            (0, false, false),
            (1, false, true),
            (2, true, true),
            (3, true, false),
            (4, false, false),
        ] {
            let counters = Counters { files_verified, ..Counters::default() };
            let of_enhanced = Counters { files_listed: Some(9), ..counters };
            assert_eq!(
                (count.is_whole(&counters), count.is_whole(&of_enhanced)),
                (basic, enhanced),
                "{files_verified}"
            );
        }
    }
}
