//! The proven item of a row and its version.

use domain::records::proof::{ProvenObject, Warning};

use super::notices::find_notices;
use super::{Evidence, FoundVersion, ProvenItem};
use crate::verified_row::RowVerification;

pub(super) fn proven_item(
    evidence: &Evidence<'_>,
    found: &FoundVersion,
    path: String,
    version_id: &str,
) -> ProvenItem {
    let warnings = find_notices(evidence, found).map(|(notice, detail)| Warning {
        path: path.clone(),
        version_id: version_id.to_owned(),
        notice,
        detail,
    });
    let warnings = warnings.collect();
    ProvenItem { object: Some(proven_object(evidence, found, path, version_id)), warnings }
}

fn proven_object(
    evidence: &Evidence<'_>,
    found: &FoundVersion,
    path: String,
    version_id: &str,
) -> ProvenObject {
    let source = evidence.row.src_metadata.clone().unwrap_or_default();
    ProvenObject {
        path,
        key: evidence.key.to_owned(),
        version_id: version_id.to_owned(),
        size: found.size,
        sha256: sha256_of(evidence.verification),
        mode: source.mode,
        uid: source.uid,
        gid: source.gid,
        mtime: source.mtime,
    }
}

fn sha256_of(verification: Option<&RowVerification>) -> Option<String> {
    match verification {
        Some(RowVerification::Equal { sha256 }) => sha256.clone(),
        _ => None,
    }
}
