//! The list of proven objects, written part by part: one part is held at a time.

use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::records::hash_chain::{ChainLink, sha256_hex};
use domain::records::keys;
use domain::records::proof::ProvenObject;

use crate::check::CheckError;

/// Some 6 MB.
const OBJECTS_A_PART: u64 = 20_000;

/// Writes the parts of one slice. A part is named by what is in it: whoever proves the same finds
/// it written.
#[derive(Debug)]
pub(crate) struct ObjectParts<'a> {
    records: &'a RecordsBucket,
    execution_id: &'a str,
    slice: u64,
    pub(crate) links: Vec<ChainLink>,
    open: Vec<u8>,
    objects: u64,
}

impl<'a> ObjectParts<'a> {
    pub(crate) fn after(
        links: Vec<ChainLink>,
        records: &'a RecordsBucket,
        execution_id: &'a str,
        slice: u64,
    ) -> Self {
        Self { records, execution_id, slice, links, open: Vec::new(), objects: 0 }
    }

    /// Whether a part is full now and wants to be closed.
    pub(crate) fn add(&mut self, object: &ProvenObject) -> Result<bool, CheckError> {
        serde_json::to_writer(&mut self.open, object).map_err(CheckError::Line)?;
        self.open.push(b'\n');
        self.objects += 1;
        Ok(self.objects >= OBJECTS_A_PART)
    }

    pub(crate) async fn close(&mut self) -> Result<(), RecordsError> {
        if self.objects == 0 {
            return Ok(());
        }
        let (bytes, objects) = (std::mem::take(&mut self.open), std::mem::take(&mut self.objects));
        let digest = sha256_hex(&bytes);
        let key =
            keys::proven_objects_part(self.execution_id, self.slice, self.links.len() + 1, &digest);
        self.records.write_bytes_once(&key, bytes, "application/x-ndjson").await?;
        let link = ChainLink { key, objects, sha256: digest, chain: String::new() };
        self.links.push(link.moved_after(self.links.last()));
        Ok(())
    }
}
