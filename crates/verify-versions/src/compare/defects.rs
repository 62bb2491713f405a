//! The defects of a transferred item.

use domain::posix::Posix;
use domain::records::proof::Defect;
use domain::report::{ItemMetadata, TransferredRow};

use super::{Evidence, FoundVersion, is_regular, must_be_verified};
use crate::verified_row::RowVerification;

pub(super) fn find_defects(evidence: &Evidence<'_>, found: &FoundVersion) -> Vec<(Defect, String)> {
    let row = evidence.row;
    let defects =
        [compare_size(row, found), compare_metadata(row, found), evaluate_verification(evidence)];
    defects.into_iter().flatten().collect()
}

/// Compares the size of a regular file: DataSync documents none for a link.
fn compare_size(row: &TransferredRow, found: &FoundVersion) -> Option<(Defect, String)> {
    let expected = row.src_metadata.as_ref().and_then(|source| source.content_size);
    if !is_regular(row) || expected == Some(found.size) {
        return None;
    }
    let expected =
        expected.map_or_else(|| "not reported".to_owned(), |size| format!("{size} bytes"));
    Some((Defect::SizeDiffers, format!("source {expected}, object {} bytes", found.size)))
}

fn compare_metadata(row: &TransferredRow, found: &FoundVersion) -> Option<(Defect, String)> {
    let differences = metadata_differences(row.src_metadata.as_ref()?, found.posix.as_ref()?);
    (!differences.is_empty()).then(|| (Defect::MetadataDiffers, differences.join("; ")))
}

/// Lists the metadata that differs. The atime is best effort and not compared.
fn metadata_differences(source: &ItemMetadata, object: &Posix) -> Vec<String> {
    // The unit of DataSync's mtime is not documented, so it is compared to the millisecond.
    let source_mtime = source.mtime.as_ref().map(|text| match source.mtime() {
        Some(time) => time.millis().to_string(),
        None => text.clone(),
    });
    let source_mode = source.mode.as_ref().map(|mode| format!("{mode:0>4}"));
    let fields = [
        ("mode", source_mode, object.report_mode()),
        ("uid", source.uid.map(|uid| uid.to_string()), object.uid.map(|uid| uid.to_string())),
        ("gid", source.gid.map(|gid| gid.to_string()), object.gid.map(|gid| gid.to_string())),
        ("mtime in ms", source_mtime, object.mtime.map(|time| time.millis().to_string())),
    ];
    let differing = fields.into_iter().filter_map(|(name, source, object)| {
        let source = source.filter(|source| Some(source) != object.as_ref())?;
        Some(format!("{name}: source {source}, object {}", object.as_deref().unwrap_or("none")))
    });
    differing.collect()
}

/// Evaluates the row of the Verified report.
///
/// A file that is gone at the verification has no row (where deleted files are preserved, what only
/// the destination has is ignored), and a part of the report that is gone has none either:
/// DataSync's own count shows which it is.
fn evaluate_verification(evidence: &Evidence<'_>) -> Option<(Defect, String)> {
    let must_be = must_be_verified(evidence);
    match evidence.verification {
        None if must_be && evidence.report_is_whole => None,
        None if must_be => {
            Some((Defect::VerificationMissing, "the Verified report doesn't have it".to_owned()))
        }
        None => None,
        Some(RowVerification::Equal { sha256: None }) if must_be => Some((
            Defect::VerificationMissing,
            "the Verified report has no SHA-256 of it".to_owned(),
        )),
        Some(verification) => verification.defect(),
    }
}
