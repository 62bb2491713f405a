//! The list of proven objects, written part by part: one part is in memory at a time.

use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::records::hash_chain::{ChainLink, sha256_hex};
use domain::records::keys;
use domain::records::proof::ProvenObject;

use crate::error::ShardError;

/// The objects of a part: some 6 MB.
const OBJECTS_PER_PART: u64 = 20_000;

/// Writes the parts of one shard. The content of a part is in its name: an invocation that proves
/// the same objects finds the part written.
#[derive(Debug)]
pub(crate) struct ProofPartWriter<'a> {
    records: &'a RecordsBucket,
    execution_id: &'a str,
    shard: u64,
    pub(crate) links: Vec<ChainLink>,
    open: Vec<u8>,
    objects: u64,
}

impl<'a> ProofPartWriter<'a> {
    /// Continues behind the parts that an earlier invocation wrote.
    pub(crate) fn resume(
        links: Vec<ChainLink>,
        records: &'a RecordsBucket,
        execution_id: &'a str,
        shard: u64,
    ) -> Self {
        Self { records, execution_id, shard, links, open: Vec::new(), objects: 0 }
    }

    /// Returns whether the part is full now and must be closed.
    pub(crate) fn add_object(&mut self, object: &ProvenObject) -> Result<bool, ShardError> {
        serde_json::to_writer(&mut self.open, object).map_err(ShardError::Json)?;
        self.open.push(b'\n');
        self.objects += 1;
        Ok(self.objects >= OBJECTS_PER_PART)
    }

    pub(crate) async fn close_part(&mut self) -> Result<(), RecordsError> {
        if self.objects == 0 {
            return Ok(());
        }
        let (bytes, objects) = (std::mem::take(&mut self.open), std::mem::take(&mut self.objects));
        let digest = sha256_hex(&bytes);
        let key =
            keys::proven_objects_part(self.execution_id, self.shard, self.links.len() + 1, &digest);
        self.records.write_bytes_once(&key, bytes, "application/x-ndjson").await?;
        let link = ChainLink { key, objects, sha256: digest, chain: String::new() };
        self.links.push(link.moved_after(self.links.last()));
        Ok(())
    }
}
