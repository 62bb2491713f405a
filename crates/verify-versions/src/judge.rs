//! One row of the Transferred report against the object version it names. Pure.

use domain::posix::Posix;
use domain::records::proof::{Defect, Finding, Notice, ProvenObject, Warning};
use domain::report::{ItemMetadata, TransferredRow};

use crate::verification::Verification;

/// All that is known of one transferred item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) row: &'a TransferredRow,
    pub(crate) key: &'a str,
    /// The version as S3 has it, `None` when S3 doesn't, or was not asked as [`version_to_find`]
    /// found none.
    pub(crate) found: Option<&'a FoundVersion>,
    pub(crate) verification: Option<&'a Verification>,
    /// Whether the task verifies what it transfers.
    pub(crate) verifies: bool,
    /// Whether the Verified report has all that DataSync verified: then an item that it does not
    /// have was not verified.
    pub(crate) report_is_whole: bool,
    /// The storage class that the task writes, where it is known.
    pub(crate) storage_class: Option<&'a str>,
    /// Whether it may have been written before the versioning of the bucket held everywhere.
    pub(crate) may_be_null: bool,
}

/// A proven object, and what is worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// Absent for a directory of which no version is known.
    pub(crate) object: Option<ProvenObject>,
    pub(crate) warnings: Vec<Warning>,
}

/// What S3 says of one object version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundVersion {
    pub(crate) size: u64,
    /// `None` when it was listed only.
    pub(crate) posix: Option<Posix>,
    /// Absent for `STANDARD`.
    pub(crate) storage_class: Option<String>,
    pub(crate) on_top: OnTop,
}

/// What lies on top of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnTop {
    Nothing,
    LaterVersion,
    DeleteMarker,
}

/// The id of a version that was written without versioning (S3 User Guide, "How S3 Versioning
/// works").
pub(crate) const NULL_VERSION: &str = "null";

/// The root of the source.
const ROOT: &str = "/";

/// The version id to ask S3 for: none for a row that failed, which may bear an id all the same, and
/// none for the root of the source, which maps to no object.
pub(crate) fn version_to_find(row: &TransferredRow, may_be_null: bool) -> Option<&str> {
    let version_id = row.dst_s3_version_id.as_deref().filter(|id| !id.is_empty());
    let version_id = version_id.or(may_be_null.then_some(NULL_VERSION));
    let is_root = is_directory(row) && path_of(&row.relative_path) == ROOT;
    version_id.filter(|_| row.transfer_status.is_success() && !is_root)
}

pub(crate) fn is_directory(row: &TransferredRow) -> bool {
    row.src_metadata.as_ref().is_some_and(|source| source.is_directory())
}

/// The path as we name it: begins with `/`, which Enhanced mode leaves out.
pub(crate) fn path_of(relative_path: &str) -> String {
    format!("/{}", relative_path.trim_start_matches('/'))
}

/// The proven object, or everything that is wrong with it.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Result<Proven, Vec<Finding>> {
    let row = evidence.row;
    let path = path_of(&row.relative_path);
    let finding = |(defect, detail)| Finding {
        path: path.clone(),
        version_id: row.dst_s3_version_id.clone(),
        defect,
        detail,
    };
    if !row.transfer_status.is_success() {
        let reason = row.failure().unwrap_or_else(|| String::from(row.transfer_status.clone()));
        return Err(vec![finding((Defect::TransferFailed, reason))]);
    }
    let Some(version_id) = version_to_find(row, evidence.may_be_null) else {
        if is_directory(row) {
            return without_version(evidence, &path).map_err(|defect| vec![finding(defect)]);
        }
        let detail = "the report has no version id: is the bucket versioned?".to_owned();
        return Err(vec![finding((Defect::NoVersionId, detail))]);
    };
    let Some(found) = evidence.found else {
        return Err(vec![finding((
            Defect::VersionMissing,
            format!("no version {version_id} of `{}`", evidence.key),
        ))]);
    };
    let defects: Vec<(Defect, String)> =
        [wrong_size(row, found), wrong_metadata(row, found), wrong_verification(evidence)]
            .into_iter()
            .flatten()
            .collect();
    if !defects.is_empty() {
        return Err(defects.into_iter().map(finding).collect());
    }
    let source = row.src_metadata.clone().unwrap_or_default();
    let object = ProvenObject {
        path,
        key: evidence.key.to_owned(),
        version_id: version_id.to_owned(),
        size: found.size,
        sha256: sha256(evidence.verification),
        mode: source.mode,
        uid: source.uid,
        gid: source.gid,
        mtime: source.mtime,
    };
    let warnings = notices(evidence, found).into_iter().flatten().map(|(notice, detail)| Warning {
        path: object.path.clone(),
        version_id: object.version_id.clone(),
        notice,
        detail,
    });
    Ok(Proven { warnings: warnings.collect(), object: Some(object) })
}

/// A directory whose row has no version id: that each has one is not documented, nor whether the
/// root of the source, `/`, has an object at all. DataSync's own verification of it still counts.
fn without_version(evidence: &Evidence<'_>, path: &str) -> Result<Proven, (Defect, String)> {
    if let Some(defect) = evidence.verification.and_then(Verification::defect) {
        return Err(defect);
    }
    let warning = Warning {
        path: path.to_owned(),
        version_id: String::new(),
        notice: Notice::DirectoryWithoutVersion,
        detail: "the report has no version id of this directory, so its object was not looked at"
            .to_owned(),
    };
    Ok(Proven { object: None, warnings: if path == ROOT { Vec::new() } else { vec![warning] } })
}

/// Objects below these sizes are written as `STANDARD` (DataSync User Guide, "Storage class
/// considerations").
const SMALLEST_INFREQUENT: u64 = 128 << 10;

const NOT_COMPARED_DETAIL: &str = "DataSync did not compare it: its file was gone or another when \
    the run verified, and its checksum is not known";

const NULL_VERSION_DETAIL: &str = "written before the versioning of the bucket held everywhere: \
    it has no version id, and the next write replaces it";

fn notices(evidence: &Evidence<'_>, found: &FoundVersion) -> [Option<(Notice, String)>; 4] {
    let on_top = match found.on_top {
        OnTop::Nothing => None,
        OnTop::LaterVersion => {
            Some((Notice::Superseded, "a later version lies on top of it".to_owned()))
        }
        OnTop::DeleteMarker => {
            Some((Notice::HiddenByDeleteMarker, "a delete marker lies on top of it".to_owned()))
        }
    };
    let class = found.storage_class.as_deref().unwrap_or("STANDARD");
    let small = class == "STANDARD" && found.size < SMALLEST_INFREQUENT;
    let other = evidence.storage_class.filter(|expected| *expected != class && !small);
    let other = other
        .map(|expected| (Notice::StorageClassDiffers, format!("task {expected}, object {class}")));
    let is_null = version_to_find(evidence.row, evidence.may_be_null) == Some(NULL_VERSION);
    let null = is_null.then(|| (Notice::NullVersion, NULL_VERSION_DETAIL.to_owned()));
    let not_compared = must_be_verified(evidence) && evidence.verification.is_none();
    [
        on_top,
        other,
        null,
        not_compared.then(|| (Notice::NotCompared, NOT_COMPARED_DETAIL.to_owned())),
    ]
}

/// Only a regular file's size is its content's: DataSync documents none for a link.
fn wrong_size(row: &TransferredRow, found: &FoundVersion) -> Option<(Defect, String)> {
    let expected = row.src_metadata.as_ref().and_then(|source| source.content_size);
    if !is_regular(row) || expected == Some(found.size) {
        return None;
    }
    let expected =
        expected.map_or_else(|| "not reported".to_owned(), |size| format!("{size} bytes"));
    Some((Defect::SizeDiffers, format!("source {expected}, object {} bytes", found.size)))
}

fn wrong_metadata(row: &TransferredRow, found: &FoundVersion) -> Option<(Defect, String)> {
    let differences = metadata_differences(row.src_metadata.as_ref()?, found.posix.as_ref()?);
    (!differences.is_empty()).then(|| (Defect::MetadataDiffers, differences.join("; ")))
}

/// What the source states and the object doesn't have alike. The atime is best effort and not
/// compared.
fn metadata_differences(source: &ItemMetadata, object: &Posix) -> Vec<String> {
    // The unit DataSync writes the mtime in is not documented, so it is compared to the
    // millisecond.
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

/// `ONLY_FILES_TRANSFERRED` may leave out directories, so only a regular file must have been
/// verified.
fn must_be_verified(evidence: &Evidence<'_>) -> bool {
    let is_object = evidence
        .row
        .src_metadata
        .as_ref()
        .is_some_and(|source| source.kind.as_deref() == Some("Object"));
    evidence.verifies && (is_object || is_regular(evidence.row))
}

/// A file that is gone at the verification has no row (where deleted files are preserved, what only
/// the destination has is ignored), and a part of the report that is gone has none either:
/// DataSync's own count tells which it is.
fn wrong_verification(evidence: &Evidence<'_>) -> Option<(Defect, String)> {
    let must_be = must_be_verified(evidence);
    match evidence.verification {
        None if must_be && evidence.report_is_whole => None,
        None if must_be => {
            Some((Defect::VerificationMissing, "the Verified report doesn't have it".to_owned()))
        }
        None => None,
        Some(Verification::Equal { sha256: None }) if must_be => Some((
            Defect::VerificationMissing,
            "the Verified report has no SHA-256 of it".to_owned(),
        )),
        Some(verification) => verification.defect(),
    }
}

/// A row that doesn't say what it is must stand the strictest test.
fn is_regular(row: &TransferredRow) -> bool {
    row.src_metadata.as_ref().is_none_or(|source| source.kind.as_deref() == Some("Regular"))
}

fn sha256(verification: Option<&Verification>) -> Option<String> {
    match verification {
        Some(Verification::Equal { sha256 }) => sha256.clone(),
        _ => None,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
