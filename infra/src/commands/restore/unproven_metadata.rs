//! The metadata of versions that no proof lists: anyone with write access to the bucket can state
//! any owner and mode, and DataSync applies both.
//!
//! Rule: a file with setuid or setgid needs a proof, or it stays in S3. Another owner is shown
//! before anything starts.

use anyhow::Result;
use domain::posix::Posix;

use super::version_listing::Candidate;
use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::object_metadata::read_metadata;

/// The owner that DataSync gives to files without one (DataSync User Guide, "Default POSIX
/// metadata").
pub(super) const DEFAULT_OWNER: u32 = 65_534;
const SET_IDS: u32 = 0o6_000;

/// The metadata of a version without a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UnprovenMetadata {
    /// Nothing beyond the defaults.
    Nothing,
    Owner(String),
    SetIds(String),
}

pub(super) async fn read_unproven(
    bucket: &DestinationBucket,
    candidate: &Candidate,
) -> Result<UnprovenMetadata> {
    let Candidate { key, version_id, .. } = candidate;
    Ok(classify_metadata(&read_metadata(bucket, key, version_id).await?, version_id))
}

pub(super) fn classify_metadata(posix: &Posix, version_id: &str) -> UnprovenMetadata {
    let mode = posix.permissions().unwrap_or_default();
    let owner = |id: Option<u32>| id.filter(|id| *id != DEFAULT_OWNER);
    if mode & SET_IDS != 0 {
        return UnprovenMetadata::SetIds(format!(
            "no proof lists version {version_id}, whose metadata states mode {mode:04o}"
        ));
    }
    if owner(posix.uid).is_none() && owner(posix.gid).is_none() {
        return UnprovenMetadata::Nothing;
    }
    let shown = |id: Option<u32>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    UnprovenMetadata::Owner(format!(
        "no proof lists version {version_id}, whose metadata states owner {}:{}",
        shown(posix.uid),
        shown(posix.gid)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason_of(found: UnprovenMetadata) -> String {
        match found {
            UnprovenMetadata::Nothing => String::new(),
            UnprovenMetadata::Owner(reason) | UnprovenMetadata::SetIds(reason) => reason,
        }
    }

    #[test]
    fn planted_owners_and_modes_are_detected() {
        let posix = |mode, uid, gid| Posix { mode, uid, gid, ..Posix::default() };
        for (posix, expected) in [
            (Posix::default(), ""),
            (posix(Some(0o100_777), None, None), ""),
            (posix(Some(0o101_777), Some(65_534), Some(65_534)), ""),
            (posix(Some(0o104_755), None, None), "states mode 4755"),
            (posix(Some(0o102_755), Some(0), Some(0)), "states mode 2755"),
            (posix(Some(0o6_000), Some(65_534), None), "states mode 6000"),
            (posix(None, Some(0), None), "states owner 0:-"),
            (posix(Some(0o644), Some(65_534), Some(7)), "states owner 65534:7"),
        ] {
            let reason = reason_of(classify_metadata(&posix, "v1"));
            assert!(
                reason.ends_with(expected) && reason.is_empty() == expected.is_empty(),
                "{posix:?}: {reason}"
            );
        }
    }
}
