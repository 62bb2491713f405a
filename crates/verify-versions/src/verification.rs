//! The Verified report as an index by path: what DataSync itself found when it compared both sides. Pure.

use std::collections::HashMap;

use pipeline::records::proof::{Defect, Finding};
use pipeline::report::VerifiedRow;

use crate::judge::path_of;

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

/// All of them, and which have been asked for.
#[derive(Debug, Default)]
pub(crate) struct Verifications {
    by_path: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    verification: Verification,
    is_directory: bool,
    transferred: bool,
}

impl Verification {
    pub(crate) fn of(row: &VerifiedRow) -> Self {
        let (source, destination) = (row.src_checksum.as_deref(), row.dst_checksum.as_deref());
        if source != destination {
            let (source, destination) = (source.unwrap_or("no checksum"), destination.unwrap_or("no checksum"));
            return Self::ChecksumDiffers { detail: format!("source {source}, object {destination}") };
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

/// `SHA256:` and lower-case hexadecimal digits.
fn sha256(checksum: &str) -> Option<String> {
    checksum.strip_prefix("SHA256:").map(str::to_lowercase)
}

impl Verifications {
    pub(crate) fn add(&mut self, row: &VerifiedRow) {
        let described = [&row.src_metadata, &row.dst_metadata];
        let is_directory = described.into_iter().flatten().any(|metadata| metadata.is_directory());
        let entry = Entry { verification: Verification::of(row), is_directory, transferred: false };
        self.by_path.insert(path_of(&row.relative_path), entry);
    }

    /// Notes that the Transferred report has this path.
    pub(crate) fn note_transferred(&mut self, path: &str) {
        if let Some(entry) = self.by_path.get_mut(&path_of(path)) {
            entry.transferred = true;
        }
    }

    pub(crate) fn of(&self, path: &str) -> Option<&Verification> {
        self.by_path.get(&path_of(path)).map(|entry| &entry.verification)
    }

    /// What is wrong with paths that were not transferred: `POINT_IN_TIME_CONSISTENT` verifies those too.
    pub(crate) fn elsewhere(&self) -> Vec<Finding> {
        let others = self.by_path.iter().filter(|(_, entry)| !entry.transferred);
        let wrong = others.filter_map(|(path, entry)| {
            let (defect, detail) = entry.verification.defect()?;
            Some(Finding { path: path.clone(), version_id: None, defect, detail })
        });
        let mut findings: Vec<Finding> = wrong.collect();
        findings.sort_by(|one, other| one.path.cmp(&other.path));
        findings
    }

    /// How many files were verified though the Transferred report doesn't have them.
    pub(crate) fn files_not_transferred(&self) -> usize {
        self.by_path.values().filter(|entry| !entry.transferred && !entry.is_directory).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{SHA256, verified};
    use pipeline::report::RowStatus;

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
            ("SUCCESS", Some("SHA256:a".into()), Some("SHA256:b".into()), differs("source SHA256:a, object SHA256:b")),
            ("FAILED", Some("SHA256:a".into()), Some("SHA256:b".into()), differs("source SHA256:a, object SHA256:b")),
            ("SUCCESS", Some("SHA256:a".into()), None, differs("source SHA256:a, object no checksum")),
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
    fn what_was_verified_without_being_transferred_is_known() {
        let mut verifications = Verifications::default();
        let wrong = |path| VerifiedRow { dst_checksum: Some("SHA256:b".into()), ..verified(path) };
        for row in [
            verified("/transferred"),
            wrong("/transferred and wrong"),
            verified("/only verified"),
            wrong("/b"),
            wrong("/a"),
        ] {
            verifications.add(&row);
        }
        verifications.note_transferred("transferred");
        verifications.note_transferred("/transferred and wrong");
        verifications.note_transferred("/unknown");
        let elsewhere: Vec<_> = verifications.elsewhere().into_iter().map(|found| (found.path, found.defect)).collect();
        assert_eq!(elsewhere, [("/a".to_owned(), Defect::ChecksumDiffers), ("/b".to_owned(), Defect::ChecksumDiffers)]);
        assert_eq!(verifications.files_not_transferred(), 3);
    }
}
