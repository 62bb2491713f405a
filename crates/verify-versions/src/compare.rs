//! The comparison of one row of the Transferred report with the object version it names. Pure.

mod defects;
mod notices;
mod proven;

use defects::find_defects;
use domain::posix::Posix;
use domain::records::proof::{Defect, Finding, Notice, ProvenObject, Warning};
use domain::report::TransferredRow;
use proven::proven_item;

use crate::verified_row::RowVerification;

/// All that is known of one transferred item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) row: &'a TransferredRow,
    pub(crate) key: &'a str,
    /// The version in S3; `None` when S3 has none, or when [`version_to_find`] returned no id.
    pub(crate) found: Option<&'a FoundVersion>,
    pub(crate) verification: Option<&'a RowVerification>,
    /// Whether the task verifies what it transfers.
    pub(crate) verifies: bool,
    /// Whether the Verified report has all that DataSync verified: an item that is not in it was
    /// then not verified.
    pub(crate) report_is_whole: bool,
    /// The storage class that the task writes, where it is known.
    pub(crate) storage_class: Option<&'a str>,
    /// Whether it may have been written before the versioning of the bucket held everywhere.
    pub(crate) may_be_null: bool,
}

/// A proven object and its warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProvenItem {
    /// Absent for a directory of which no version is known.
    pub(crate) object: Option<ProvenObject>,
    pub(crate) warnings: Vec<Warning>,
}

/// An object version as S3 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundVersion {
    pub(crate) size: u64,
    /// `None` when it was listed only.
    pub(crate) posix: Option<Posix>,
    /// Absent for `STANDARD`.
    pub(crate) storage_class: Option<String>,
    pub(crate) on_top: VersionOnTop,
}

/// The version or marker that hides a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionOnTop {
    Nothing,
    LaterVersion,
    DeleteMarker,
}

/// The id of a version that was written without versioning (S3 User Guide, "How S3 Versioning
/// works").
pub(crate) const NULL_VERSION: &str = "null";

/// The root of the source.
const ROOT: &str = "/";

/// Returns the version id to find in S3: none for a row that failed, which may have an id all the
/// same, and none for the root of the source, which has no object.
pub(crate) fn version_to_find(row: &TransferredRow, may_be_null: bool) -> Option<&str> {
    let version_id = row.dst_s3_version_id.as_deref().filter(|id| !id.is_empty());
    let version_id = version_id.or(may_be_null.then_some(NULL_VERSION));
    let is_root = is_directory(row) && path_of(&row.relative_path) == ROOT;
    version_id.filter(|_| row.transfer_status.is_success() && !is_root)
}

pub(crate) fn is_directory(row: &TransferredRow) -> bool {
    row.src_metadata.as_ref().is_some_and(|source| source.is_directory())
}

/// Returns the path with its leading `/`, which Enhanced mode leaves out.
pub(crate) fn path_of(relative_path: &str) -> String {
    format!("/{}", relative_path.trim_start_matches('/'))
}

/// The proven item, or all its defects.
pub(crate) type ComparisonResult = Result<ProvenItem, Vec<Finding>>;

/// Compares a row with its version.
pub(crate) fn compare_item(evidence: &Evidence<'_>) -> ComparisonResult {
    let row = evidence.row;
    let path = path_of(&row.relative_path);
    let version_id = version_to_find(row, evidence.may_be_null);
    if version_id.is_none() && row.transfer_status.is_success() && is_directory(row) {
        return compare_without_version(evidence, &path);
    }
    match find_item_defects(evidence, version_id) {
        Ok((version_id, found)) => Ok(proven_item(evidence, found, path, version_id)),
        Err(defects) => {
            Err(defects.into_iter().map(|defect| finding_of(row, &path, defect)).collect())
        }
    }
}

fn finding_of(row: &TransferredRow, path: &str, (defect, detail): (Defect, String)) -> Finding {
    let version_id = row.dst_s3_version_id.clone();
    Finding { path: path.to_owned(), version_id, defect, detail }
}

/// Returns the version that proves the row, or the defects.
fn find_item_defects<'a>(
    evidence: &Evidence<'a>,
    version_id: Option<&'a str>,
) -> Result<(&'a str, &'a FoundVersion), Vec<(Defect, String)>> {
    let row = evidence.row;
    if !row.transfer_status.is_success() {
        let reason = row.failure().unwrap_or_else(|| String::from(row.transfer_status.clone()));
        return Err(vec![(Defect::TransferFailed, reason)]);
    }
    let Some(version_id) = version_id else {
        let detail = "the report has no version id: is the bucket versioned?".to_owned();
        return Err(vec![(Defect::NoVersionId, detail)]);
    };
    let Some(found) = evidence.found else {
        let detail = format!("no version {version_id} of `{}`", evidence.key);
        return Err(vec![(Defect::VersionMissing, detail)]);
    };
    let defects = find_defects(evidence, found);
    if defects.is_empty() { Ok((version_id, found)) } else { Err(defects) }
}

/// Compares a directory whose row has no version id: that each has one is not documented, nor
/// whether the root of the source, `/`, has an object at all. DataSync's own verification of it
/// still counts.
fn compare_without_version(evidence: &Evidence<'_>, path: &str) -> ComparisonResult {
    if let Some(defect) = evidence.verification.and_then(RowVerification::defect) {
        return Err(vec![finding_of(evidence.row, path, defect)]);
    }
    let warning = Warning {
        path: path.to_owned(),
        version_id: String::new(),
        notice: Notice::DirectoryWithoutVersion,
        detail: "the report has no version id of this directory, so its object was not compared"
            .to_owned(),
    };
    Ok(ProvenItem { object: None, warnings: if path == ROOT { Vec::new() } else { vec![warning] } })
}

/// Whether DataSync must have verified an item: `ONLY_FILES_TRANSFERRED` may leave out directories,
/// so only a regular file.
fn must_be_verified(evidence: &Evidence<'_>) -> bool {
    let is_object = evidence
        .row
        .src_metadata
        .as_ref()
        .is_some_and(|source| source.kind.as_deref() == Some("Object"));
    evidence.verifies && (is_object || is_regular(evidence.row))
}

/// Whether a row is of a regular file; a row without a type is compared most strictly.
fn is_regular(row: &TransferredRow) -> bool {
    row.src_metadata.as_ref().is_none_or(|source| source.kind.as_deref() == Some("Regular"))
}

#[cfg(test)]
mod tests;
