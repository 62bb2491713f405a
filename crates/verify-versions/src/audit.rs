//! Goes through all proofs and asks whether what they prove is still there.
//!
//! Memory: one part of a list of objects at a time. Versions don't change, so a listing tells enough.

use std::time::SystemTime;

use aws_edge::SdkFailure;
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use pipeline::records::audit::{Audit, AuditCounts, Fate, Loss};
use pipeline::records::keys;
use pipeline::records::proof::{Proof, ProvenObject};
use pipeline::request::AuditRequest;

use crate::judge::{FoundVersion, OnTop};
use crate::look::{Looker, among};

/// How many keys are listed together.
const WINDOW: usize = 1_000;

/// Where one audit looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Auditor<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) until: Option<SystemTime>,
}

impl Auditor<'_> {
    /// Goes through the proofs behind `request.after`, as far as time allows and one at least.
    pub(crate) async fn run(&self, request: &AuditRequest, now: DateTime<Utc>) -> Result<Audit, AuditError> {
        let prefix = format!("/{}", request.prefix.trim_start_matches('/'));
        let mut audit =
            Audit { audited_at: now, prefix, counts: AuditCounts::default(), losses: Vec::new(), next: None };
        let all = self.records.list_after(keys::PROOFS_PREFIX, &request.after).await?;
        for key in all.iter().filter(|key| key.ends_with("/proof.json")) {
            if audit.counts.proofs > 0 && self.until.is_some_and(|until| SystemTime::now() >= until) {
                return Ok(audit);
            }
            if let Some(proof) = self.records.read::<Proof>(key).await? {
                self.proof(&proof, &mut audit).await?;
            }
            audit.counts.proofs += 1;
            audit.next = Some(key.clone());
        }
        Ok(Audit { next: None, ..audit })
    }

    async fn proof(&self, proof: &Proof, audit: &mut Audit) -> Result<(), AuditError> {
        let looker = Looker::new(self.records.client(), &proof.bucket);
        let mut before = None;
        for link in &proof.object_parts {
            let bytes = self.records.read_bytes(&link.key).await?.unwrap_or_default();
            if !link.holds(before, &bytes) {
                audit.counts.broken_parts += 1;
                let detail = format!("`{}` is gone or not as it was written", link.key);
                lose(audit, proof, ("/", ""), Fate::ProofBroken, detail);
            }
            before = Some(link);
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let objects = lines.filter_map(|line| serde_json::from_slice::<ProvenObject>(line).ok());
            let objects: Vec<_> = objects.filter(|object| object.path.starts_with(&audit.prefix)).collect();
            for window in objects.chunks(WINDOW) {
                for (object, found) in window.iter().zip(look(&looker, window).await?) {
                    judge(audit, proof, object, found.as_ref());
                }
            }
        }
        Ok(())
    }
}

/// Each object's version, from a listing or by a request of its own.
async fn look(looker: &Looker, window: &[ProvenObject]) -> Result<Vec<Option<FoundVersion>>, AuditError> {
    let mut keys: Vec<String> = window.iter().map(|object| object.key.clone()).collect();
    keys.sort_unstable();
    let listing = looker.listed(&keys).await.map_err(AuditError::Look)?;
    let found = window.iter().map(async |object| match listing.get(&object.key) {
        Some(versions) => Ok(among(versions, &object.version_id)),
        None => looker.version(&object.key, &object.version_id).await,
    });
    stream::iter(found).buffered(looker.pace.limit()).try_collect().await.map_err(AuditError::Look)
}

fn judge(audit: &mut Audit, proof: &Proof, object: &ProvenObject, found: Option<&FoundVersion>) {
    audit.counts.versions += 1;
    let named = (object.path.as_str(), object.version_id.as_str());
    match found {
        None => {
            audit.counts.gone += 1;
            lose(audit, proof, named, Fate::Gone, "there is no such version any more".to_owned());
        }
        Some(found) if found.size != object.size => {
            audit.counts.altered += 1;
            let detail = format!("proven {} bytes, found {}", object.size, found.size);
            lose(audit, proof, named, Fate::Altered, detail);
        }
        Some(found) => match found.on_top {
            OnTop::Nothing => audit.counts.current += 1,
            OnTop::LaterVersion => audit.counts.superseded += 1,
            OnTop::DeleteMarker => {
                audit.counts.hidden += 1;
                let detail = "a delete marker lies on top of it".to_owned();
                lose(audit, proof, named, Fate::HiddenByDeleteMarker, detail);
            }
        },
    }
}

fn lose(audit: &mut Audit, proof: &Proof, (path, version_id): (&str, &str), fate: Fate, detail: String) {
    if audit.losses.len() < Audit::MAX_LOSSES {
        let (path, version_id) = (path.to_owned(), version_id.to_owned());
        audit.losses.push(Loss { execution: proof.execution.clone(), path, version_id, fate, detail });
    }
}

/// Why an audit came to no result.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("looking at proven versions")]
    Look(#[source] SdkFailure),
}
