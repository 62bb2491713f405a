//! Goes through all proofs and asks whether what they prove is still there.
//!
//! Memory: one part of a list of objects at a time. Versions don't change, so a listing tells
//! enough.

use std::time::SystemTime;

use aws::SdkFailure;
use aws::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, Utc};
use domain::records::audit::{Audit, AuditCounts, Fate, Loss};
use domain::records::keys;
use domain::records::proof::{Proof, ProvenObject};
use domain::request::AuditRequest;
use futures::{StreamExt, TryStreamExt, stream};

use crate::judge::{FoundVersion, OnTop};
use crate::look::{Listed, Looker, among};

/// How many keys are listed together: a page shows 1,000 versions, and of its last key perhaps not
/// all.
const WINDOW: usize = 999;

/// Where one audit looks.
#[derive(Clone, Debug)]
pub(crate) struct Auditor<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) until: Option<SystemTime>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) expiry: Expiry,
}

impl Auditor<'_> {
    /// Goes on behind `request.after`, as far as time allows and one part of a proof at least.
    pub(crate) async fn run(&self, request: &AuditRequest) -> Result<Audit, AuditError> {
        let prefix = format!("/{}", request.prefix.trim_start_matches('/'));
        let mut audit = Audit {
            audited_at: self.now,
            prefix,
            counts: AuditCounts::default(),
            losses: Vec::new(),
            next: None,
        };
        let (after, within) = position(&request.after);
        let mut proofs = self.records.list_after(keys::PROOFS_PREFIX, after).await?;
        if within.is_some() {
            proofs.insert(0, after.to_owned());
        }
        let mut from = within.unwrap_or_default();
        for key in proofs.iter().filter(|key| key.ends_with("/proof.json")) {
            if let Some(proof) = self.records.read::<Proof>(key).await? {
                for part in from..proof.object_parts.len() {
                    if self.is_late() && audit.counts.versions + audit.counts.broken_parts > 0 {
                        return Ok(Audit { next: Some(format!("{key}#{part}")), ..audit });
                    }
                    self.part(&proof, part, &mut audit).await?;
                }
            }
            audit.counts.proofs += 1;
            from = 0;
        }
        Ok(audit)
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| SystemTime::now() >= until)
    }

    async fn part(&self, proof: &Proof, part: usize, audit: &mut Audit) -> Result<(), AuditError> {
        let looker = Looker::new(self.records.client(), &proof.bucket);
        let link = &proof.object_parts[part];
        let before = part.checked_sub(1).and_then(|before| proof.object_parts.get(before));
        let bytes = self.records.read_bytes(&link.key).await?.unwrap_or_default();
        if !link.is_valid_for(before, &bytes) {
            audit.counts.broken_parts += 1;
            let detail = format!("`{}` is gone or not as it was written", link.key);
            lose(audit, proof, ("/", ""), Fate::ProofBroken, detail);
        }
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let objects = lines.filter_map(|line| serde_json::from_slice::<ProvenObject>(line).ok());
        let objects: Vec<_> =
            objects.filter(|object| object.path.starts_with(&audit.prefix)).collect();
        for window in objects.chunks(WINDOW) {
            for (object, found) in window.iter().zip(look(&looker, window).await?) {
                let expired = found.is_none() && self.expired(&looker, proof, object).await?;
                judge(audit, proof, object, found.as_ref(), expired);
            }
        }
        Ok(())
    }

    /// Whether the lifecycle explains that a version is gone.
    async fn expired(
        &self,
        looker: &Looker,
        proof: &Proof,
        object: &ProvenObject,
    ) -> Result<bool, AuditError> {
        if self.expiry.bucket != proof.bucket || self.expiry.days.is_none() {
            return Ok(false);
        }
        let left = looker.versions_of(&object.key).await.map_err(AuditError::Look)?;
        Ok(self.expiry.explains(proof.checked_at, &left, self.now))
    }
}

/// When versions that are no longer current go, by the lifecycle of the bucket that is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub(crate) bucket: String,
    pub(crate) days: Option<i32>,
    /// Whether a file that is deleted puts a delete marker on its object: that goes too, once
    /// nothing lies below it.
    pub(crate) deletes: bool,
}

impl Expiry {
    /// Whether a version that was there at `proven_at` may have gone by now, given what is left of
    /// its key. Pure.
    ///
    /// A version is no longer current from when the next one was made. Of those that are left the
    /// oldest was made at that time, or later, when there was another between the two: then that
    /// one has gone before it for the same reason.
    fn explains(&self, proven_at: DateTime<Utc>, left: &[Listed], now: DateTime<Utc>) -> bool {
        let Some(days) = self.days else { return false };
        let expires = |noncurrent_since: i64| {
            noncurrent_since + i64::from(days) * 24 * 60 * 60 <= now.timestamp()
        };
        let later = left.iter().filter_map(|listed| listed.made_at).min();
        match later {
            Some(made_at) => expires(made_at),
            None => left.is_empty() && self.deletes && expires(proven_at.timestamp()),
        }
    }
}

/// The proof that an audit has come to, and how many of its parts are done,
/// `proofs/exec-…/proof.json#3`; without a number the proof is done.
fn position(after: &str) -> (&str, Option<usize>) {
    let within =
        after.split_once('#').and_then(|(key, part)| Some((key, Some(part.parse().ok()?))));
    within.unwrap_or((after, None))
}

/// Each object's version, from a listing or by a request of its own.
async fn look(
    looker: &Looker,
    window: &[ProvenObject],
) -> Result<Vec<Option<FoundVersion>>, AuditError> {
    let mut keys: Vec<String> = window.iter().map(|object| object.key.clone()).collect();
    keys.sort_unstable();
    let listing = looker.listed(&keys).await.map_err(AuditError::Look)?;
    let found = window.iter().map(async |object| match listing.get(&object.key) {
        Some(versions) => Ok(among(versions, &object.version_id)),
        None => looker.version(&object.key, &object.version_id).await,
    });
    stream::iter(found).buffered(looker.pace.limit()).try_collect().await.map_err(AuditError::Look)
}

fn judge(
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

fn lose(
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

/// Why an audit came to no result.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("looking at proven versions")]
    Look(#[source] SdkFailure),
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    fn left(made_at: &[i64]) -> Vec<Listed> {
        let listed = |made_at: &i64| Listed {
            version_id: "later".into(),
            size: Some(1),
            is_latest: true,
            storage_class: None,
            made_at: Some(*made_at),
        };
        made_at.iter().map(listed).collect()
    }

    #[test]
    fn only_what_the_lifecycle_takes_is_expired() {
        let at = |day: i64| DateTime::from_timestamp(day * DAY, 0).unwrap();
        let of = |days, deletes| Expiry { bucket: "data".into(), days, deletes };
        for (expiry, left, today, expected, case) in [
            (of(Some(30), false), left(&[10 * DAY]), 40, true, "superseded thirty days ago"),
            (
                of(Some(30), false),
                left(&[10 * DAY]),
                39,
                false,
                "superseded less than thirty days ago",
            ),
            (
                of(Some(30), false),
                left(&[35 * DAY, 10 * DAY]),
                40,
                true,
                "the oldest that is left counts",
            ),
            (of(None, false), left(&[10 * DAY]), 400, false, "nothing expires"),
            (of(Some(30), false), left(&[]), 400, false, "a current version does not expire"),
            (of(Some(30), true), left(&[]), 400, true, "its file was deleted, and then its marker"),
            (of(Some(30), true), left(&[]), 30, false, "not so soon after it was proven"),
        ] {
            assert_eq!(expiry.explains(at(1), &left, at(today)), expected, "{case}");
        }
    }

    #[test]
    fn an_audit_goes_on_within_a_proof() {
        assert_eq!(position("proofs/exec-1/proof.json#3"), ("proofs/exec-1/proof.json", Some(3)));
        assert_eq!(position("proofs/exec-1/proof.json"), ("proofs/exec-1/proof.json", None));
    }
}
