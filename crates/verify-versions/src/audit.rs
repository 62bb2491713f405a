//! The audit: whether the versions of all proofs, or of those of one sync, still exist.
//!
//! A proof whose bucket belongs to no sync any more is verified too, as long as the bucket can be
//! read; otherwise it is counted, and the audit goes on.
//!
//! Memory: one part of a list of objects at a time. Versions don't change, so a listing shows
//! enough.

mod expiry;
mod losses;

use std::time::SystemTime;

use aws::failure::chain;
use aws::records_bucket::RecordsBucket;
use chrono::{DateTime, Utc};
use domain::records::audit::{Audit, AuditCounts, Fate};
use domain::records::keys;
use domain::records::proof::{Proof, ProvenObject};
use domain::request::AuditRequest;
use futures::{StreamExt, TryStreamExt, stream};

use crate::compare::FoundVersion;
use crate::destination_bucket::BucketAccess;
use crate::error::AuditError;
use crate::version_lookup::{MAX_LISTED_KEYS, VersionLookup, find_listed_version};
pub(crate) use expiry::VersionExpiry;
use losses::{add_loss, count_version};

/// The inputs of one audit.
#[derive(Clone, Debug)]
pub(crate) struct Auditor<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) until: Option<SystemTime>,
    pub(crate) now: DateTime<Utc>,
    /// Of each sync.
    pub(crate) expiries: Vec<VersionExpiry>,
    /// The buckets of all syncs.
    pub(crate) buckets: Vec<BucketAccess>,
}

impl Auditor<'_> {
    fn begin_audit(&self, request: &AuditRequest) -> Audit {
        Audit {
            audited_at: self.now,
            prefix: format!("/{}", request.prefix.trim_start_matches('/')),
            counts: AuditCounts::default(),
            losses: Vec::new(),
            next: None,
        }
    }

    /// Continues behind `request.after`, as far as time allows and for at least one part of a
    /// proof.
    pub(crate) async fn run(&self, request: &AuditRequest) -> Result<Audit, AuditError> {
        let mut audit = self.begin_audit(request);
        let (after, within) = parse_position(&request.after);
        let mut proofs = self.records.list_after(keys::PROOFS_PREFIX, after).await?;
        if within.is_some() {
            proofs.insert(0, after.to_owned());
        }
        let mut from = within.unwrap_or_default();
        for key in proofs.iter().filter(|key| key.ends_with("/proof.json")) {
            let from = std::mem::take(&mut from);
            let Some(proof) = self.records.read::<Proof>(key).await? else { continue };
            if request.sync.as_ref().is_some_and(|sync| *sync != proof.sync) {
                continue;
            }
            audit.next = self.audit_proof(key, &proof, from, &mut audit).await?;
            if audit.next.is_some() {
                break;
            }
            audit.counts.proofs += 1;
        }
        Ok(audit)
    }

    /// Audits the parts of one proof; returns the position of the next part when time runs out.
    async fn audit_proof(
        &self,
        key: &str,
        proof: &Proof,
        from: usize,
        audit: &mut Audit,
    ) -> Result<Option<String>, AuditError> {
        for part in from..proof.object_parts.len() {
            if self.is_late() && audit.counts.versions + audit.counts.broken_parts > 0 {
                return Ok(Some(format!("{key}#{part}")));
            }
            match self.audit_part(proof, part, audit).await {
                Err(AuditError::Lookup(failure)) if !self.is_of_a_sync(proof) => {
                    tracing::warn!(proof = key, error = %chain(&failure), "an unreachable bucket");
                    audit.counts.unreachable += 1;
                    break;
                }
                audited => audited?,
            }
        }
        Ok(None)
    }

    fn is_of_a_sync(&self, proof: &Proof) -> bool {
        self.buckets.iter().any(|bucket| bucket.name == proof.bucket)
    }

    /// The bucket of a proof. Older proofs do not say where it is, and then a sync does.
    fn bucket_of(&self, proof: &Proof) -> BucketAccess {
        let of_sync = self.buckets.iter().find(|bucket| bucket.name == proof.bucket);
        of_sync.cloned().unwrap_or_else(|| BucketAccess::from(proof))
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| SystemTime::now() >= until)
    }

    async fn audit_part(
        &self,
        proof: &Proof,
        part: usize,
        audit: &mut Audit,
    ) -> Result<(), AuditError> {
        let lookup = VersionLookup::new(self.records.client(), &self.bucket_of(proof));
        let bytes =
            self.records.read_bytes(&proof.object_parts[part].key).await?.unwrap_or_default();
        check_link(proof, part, &bytes, audit);
        let objects = objects_below(&audit.prefix, &bytes);
        for window in objects.chunks(MAX_LISTED_KEYS) {
            for (object, found) in window.iter().zip(find_versions(&lookup, window).await?) {
                let expired = found.is_none() && self.is_expired(&lookup, proof, object).await?;
                count_version(audit, proof, object, found.as_ref(), expired);
            }
        }
        Ok(())
    }

    /// Returns whether the lifecycle explains that a version is gone.
    async fn is_expired(
        &self,
        lookup: &VersionLookup,
        proof: &Proof,
        object: &ProvenObject,
    ) -> Result<bool, AuditError> {
        let of_sync = |expiry: &&VersionExpiry| {
            expiry.bucket == proof.bucket && expiry.sync == proof.sync && expiry.days.is_some()
        };
        let Some(expiry) = self.expiries.iter().find(of_sync) else { return Ok(false) };
        let left = lookup.list_key(&object.key).await.map_err(AuditError::Lookup)?;
        Ok(expiry.explains_loss(proof.checked_at, &left, self.now))
    }
}

fn check_link(proof: &Proof, part: usize, bytes: &[u8], audit: &mut Audit) {
    let link = &proof.object_parts[part];
    let before = part.checked_sub(1).and_then(|before| proof.object_parts.get(before));
    if !link.is_valid_for(before, bytes) {
        audit.counts.broken_parts += 1;
        let detail = format!("`{}` is gone or not as it was written", link.key);
        add_loss(audit, proof, ("/", ""), Fate::ProofBroken, detail);
    }
}

/// Reads the objects of a part whose paths begin with a prefix.
fn objects_below(prefix: &str, part: &[u8]) -> Vec<ProvenObject> {
    let lines = part.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let objects = lines.filter_map(|line| serde_json::from_slice::<ProvenObject>(line).ok());
    objects.filter(|object| object.path.starts_with(prefix)).collect()
}

/// Parses the position of an audit: the key of a proof and the number of its parts that are done,
/// `proofs/exec-…/proof.json#3`; without a number the proof is done.
fn parse_position(after: &str) -> (&str, Option<usize>) {
    let within =
        after.split_once('#').and_then(|(key, part)| Some((key, Some(part.parse().ok()?))));
    within.unwrap_or((after, None))
}

/// Finds each object's version, by a listing or by a request of its own.
async fn find_versions(
    lookup: &VersionLookup,
    window: &[ProvenObject],
) -> Result<Vec<Option<FoundVersion>>, AuditError> {
    let mut keys: Vec<String> = window.iter().map(|object| object.key.clone()).collect();
    keys.sort_unstable();
    let listing = lookup.list_dense(&keys).await.map_err(AuditError::Lookup)?;
    let found = window.iter().map(async |object| match listing.get(&object.key) {
        Some(versions) => Ok(find_listed_version(versions, &object.version_id)),
        None => lookup.find_version(&object.key, &object.version_id).await,
    });
    stream::iter(found)
        .buffered(lookup.concurrency.limit())
        .try_collect()
        .await
        .map_err(AuditError::Lookup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_resumes_within_a_proof() {
        assert_eq!(
            parse_position("proofs/exec-1/proof.json#3"),
            ("proofs/exec-1/proof.json", Some(3))
        );
        assert_eq!(parse_position("proofs/exec-1/proof.json"), ("proofs/exec-1/proof.json", None));
    }
}
