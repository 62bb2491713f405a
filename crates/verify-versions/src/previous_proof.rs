//! The versions that the first proof of an execution has proven. A version does not change: its
//! metadata need not be compared again, and a listing shows whether it still exists.

use std::collections::VecDeque;

use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::records::hash_chain::sha256_hex;
use domain::records::keys;
use domain::records::proof::{Depth, Proof, ProvenObject};

/// The proven versions of one shard, in the order of their paths. Memory: one part of the list.
#[derive(Debug)]
pub(crate) struct PreviousProof<'a> {
    records: &'a RecordsBucket,
    /// The keys and digests of the parts that are not read yet.
    parts: VecDeque<(&'a str, &'a str)>,
    /// The path and version id of each object of the part that was read last.
    open: VecDeque<(String, String)>,
}

impl<'a> PreviousProof<'a> {
    pub(crate) fn new(records: &'a RecordsBucket, proof: &'a Proof, shard: u64) -> Self {
        let prefix = format!("{}{shard:04}-", keys::proven_objects(proof.execution.id()));
        let usable = proof.object_parts.iter().filter(|link| {
            // A proof from listings has not compared the metadata.
            proof.depth == Depth::Metadata && link.key.starts_with(&prefix)
        });
        let parts = usable.map(|link| (link.key.as_str(), link.sha256.as_str())).collect();
        Self { records, parts, open: VecDeque::new() }
    }

    /// Returns whether this version of this path is proven. Paths have to come in order.
    pub(crate) async fn has_version(
        &mut self,
        path: &str,
        version_id: &str,
    ) -> Result<bool, RecordsError> {
        loop {
            while self.open.front().is_some_and(|(before, _)| before.as_str() < path) {
                self.open.pop_front();
            }
            if let Some((found, id)) = self.open.front() {
                return Ok(found == path && id == version_id);
            }
            if !self.read_next_part().await? {
                return Ok(false);
            }
        }
    }

    /// Returns whether there was another part. One that is gone or not as it was written proves
    /// nothing.
    async fn read_next_part(&mut self) -> Result<bool, RecordsError> {
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
