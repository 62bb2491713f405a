//! The notices of a proven item.

use domain::records::proof::Notice;

use super::{
    Evidence, FoundVersion, NULL_VERSION, VersionOnTop, must_be_verified, version_to_find,
};

/// Objects below these sizes are written as `STANDARD` (DataSync User Guide, "Storage class
/// considerations").
const SMALLEST_INFREQUENT: u64 = 128 << 10;

const NOT_COMPARED_DETAIL: &str = "DataSync did not compare it: its file was gone or another when \
    the execution verified, and its checksum is not known";

const NULL_VERSION_DETAIL: &str = "written before the versioning of the bucket held everywhere: \
    it has no version id, and the next write replaces it";

/// Finds what is worth a warning in a proven item.
pub(super) fn find_notices(
    evidence: &Evidence<'_>,
    found: &FoundVersion,
) -> impl Iterator<Item = (Notice, String)> {
    let is_null = version_to_find(evidence.row, evidence.may_be_null) == Some(NULL_VERSION);
    let not_compared = must_be_verified(evidence) && evidence.verification.is_none();
    let notices = [
        version_on_top(found),
        other_storage_class(evidence, found),
        is_null.then(|| (Notice::NullVersion, NULL_VERSION_DETAIL.to_owned())),
        not_compared.then(|| (Notice::NotCompared, NOT_COMPARED_DETAIL.to_owned())),
    ];
    notices.into_iter().flatten()
}

fn version_on_top(found: &FoundVersion) -> Option<(Notice, String)> {
    match found.on_top {
        VersionOnTop::Nothing => None,
        VersionOnTop::LaterVersion => {
            Some((Notice::Superseded, "a later version lies on top of it".to_owned()))
        }
        VersionOnTop::DeleteMarker => {
            Some((Notice::HiddenByDeleteMarker, "a delete marker lies on top of it".to_owned()))
        }
    }
}

fn other_storage_class(evidence: &Evidence<'_>, found: &FoundVersion) -> Option<(Notice, String)> {
    let class = found.storage_class.as_deref().unwrap_or("STANDARD");
    let is_small = class == "STANDARD" && found.size < SMALLEST_INFREQUENT;
    let expected = evidence.storage_class.filter(|expected| *expected != class && !is_small)?;
    Some((Notice::StorageClassDiffers, format!("task {expected}, object {class}")))
}
