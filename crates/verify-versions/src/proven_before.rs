//! What the first proof of an execution has shown already. A version does not change: one whose
//! metadata was proven once need not show it again, and that it is still there is told by a
//! listing.

use std::collections::VecDeque;

use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::records::hash_chain::sha256_hex;
use domain::records::keys;
use domain::records::proof::{Depth, Proof, ProvenObject};

/// The proven versions of one slice, in the order of their paths. Memory: one part of the list.
#[derive(Debug)]
pub(crate) struct ProvenBefore<'a> {
    records: &'a RecordsBucket,
    /// Keys and digests of the parts that are still to be read.
    parts: VecDeque<(&'a str, &'a str)>,
    /// Path and version id.
    open: VecDeque<(String, String)>,
}

impl<'a> ProvenBefore<'a> {
    pub(crate) fn of(records: &'a RecordsBucket, proof: &'a Proof, slice: u64) -> Self {
        let prefix = format!("{}{slice:04}-", keys::proven_objects(proof.execution.id()));
        let shown = proof.object_parts.iter().filter(|link| {
            // A proof from listings has not seen the metadata.
            proof.depth == Depth::Metadata && link.key.starts_with(&prefix)
        });
        let parts = shown.map(|link| (link.key.as_str(), link.sha256.as_str())).collect();
        Self { records, parts, open: VecDeque::new() }
    }

    /// Whether this version of this path is among them. Paths have to come in order.
    pub(crate) async fn has(&mut self, path: &str, version_id: &str) -> Result<bool, RecordsError> {
        loop {
            while self.open.front().is_some_and(|(before, _)| before.as_str() < path) {
                self.open.pop_front();
            }
            if let Some((found, id)) = self.open.front() {
                return Ok(found == path && id == version_id);
            }
            if !self.read_on().await? {
                return Ok(false);
            }
        }
    }

    /// A part that is gone or not as it was written proves nothing.
    async fn read_on(&mut self) -> Result<bool, RecordsError> {
        let Some((key, digest)) = self.parts.pop_front() else { return Ok(false) };
        let bytes = self
            .records
            .read_bytes(key)
            .await?
            .filter(|bytes| sha256_hex(bytes) == digest)
            .unwrap_or_default();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let objects = lines.filter_map(|line| serde_json::from_slice::<ProvenObject>(line).ok());
        self.open.extend(objects.map(|object| (object.path, object.version_id)));
        Ok(true)
    }
}
