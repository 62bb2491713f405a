//! A row of the Verified report: what DataSync itself found when it compared both sides. Pure.

use pipeline::records::proof::Defect;
use pipeline::report::VerifiedRow;

/// A row of the Verified report, as far as judging needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedItem {
    pub(crate) verification: Verification,
    pub(crate) is_directory: bool,
}

impl VerifiedItem {
    pub(crate) fn of(row: &VerifiedRow) -> Self {
        let described = [&row.src_metadata, &row.dst_metadata];
        let is_directory = described.into_iter().flatten().any(|metadata| metadata.is_directory());
        Self { verification: Verification::of(row), is_directory }
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
}
