//! The counts and losses of an audit. Pure.

use domain::records::audit::{Audit, Fate, Loss};
use domain::records::proof::{Proof, ProvenObject};

use crate::compare::{FoundVersion, VersionOnTop};

pub(super) fn count_version(
    audit: &mut Audit,
    proof: &Proof,
    object: &ProvenObject,
    found: Option<&FoundVersion>,
    expired: bool,
) {
    audit.counts.versions += 1;
    let named = (object.path.as_str(), object.version_id.as_str());
    match found {
        None if expired => audit.counts.expired += 1,
        None => {
            audit.counts.gone += 1;
            let detail = "there is no such version any more".to_owned();
            add_loss(audit, proof, named, Fate::Gone, detail);
        }
        Some(found) => count_found(audit, proof, object, found),
    }
}

fn count_found(audit: &mut Audit, proof: &Proof, object: &ProvenObject, found: &FoundVersion) {
    let named = (object.path.as_str(), object.version_id.as_str());
    if found.size != object.size {
        audit.counts.altered += 1;
        let detail = format!("proven {} bytes, found {}", object.size, found.size);
        return add_loss(audit, proof, named, Fate::Altered, detail);
    }
    match found.on_top {
        VersionOnTop::Nothing => audit.counts.current += 1,
        VersionOnTop::LaterVersion => audit.counts.superseded += 1,
        VersionOnTop::DeleteMarker => {
            audit.counts.hidden += 1;
            let detail = "a delete marker lies on top of it".to_owned();
            add_loss(audit, proof, named, Fate::HiddenByDeleteMarker, detail);
        }
    }
}

pub(super) fn add_loss(
    audit: &mut Audit,
    proof: &Proof,
    (path, version_id): (&str, &str),
    fate: Fate,
    detail: String,
) {
    if audit.losses.len() < Audit::MAX_LOSSES {
        let (path, version_id) = (path.to_owned(), version_id.to_owned());
        audit.losses.push(Loss {
            execution: proof.execution.clone(),
            path,
            version_id,
            fate,
            detail,
        });
    }
}
