//! The list of proven objects, written part by part: one part is held at a time.

use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use pipeline::records::keys;
use pipeline::records::proof::ProvenObject;
use pipeline::records::seal::Link;

use crate::check::CheckError;

/// Some 6 MB.
const OBJECTS_A_PART: u64 = 20_000;

/// Writes the parts, or only computes what they would be.
#[derive(Debug)]
pub(crate) struct ObjectParts<'a> {
    execution_id: &'a str,
    /// `None` where an earlier proof stands, which only its first author may write.
    records: Option<&'a RecordsBucket>,
    pub(crate) links: Vec<Link>,
    open: Vec<u8>,
    objects: u64,
}

impl<'a> ObjectParts<'a> {
    pub(crate) fn after(links: Vec<Link>, execution_id: &'a str, records: Option<&'a RecordsBucket>) -> Self {
        Self { execution_id, records, links, open: Vec::new(), objects: 0 }
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
        let key = keys::proven_objects_part(self.execution_id, self.links.len() + 1);
        let (bytes, objects) = (std::mem::take(&mut self.open), std::mem::take(&mut self.objects));
        let link = Link::after(self.links.last(), key, objects, &bytes);
        if let Some(records) = self.records {
            records.write_bytes(&link.key, bytes, "application/x-ndjson").await?;
        }
        self.links.push(link);
        Ok(())
    }
}
