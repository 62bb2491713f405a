//! The rows of one shard, sorted by path outside of memory.

use external_sort::{Record, SortedRecords, Sorter};
use futures::stream::{self, StreamExt};

use super::ShardVerifier;
use crate::error::ShardError;
use crate::proof_parts::ProofPartWriter;
use crate::row_codec::RowRecord;
use crate::scratch::{PartitionResult, PartsRead, ScratchKeys, ShardProgress};
use crate::verified_row::VerifiedCount;

/// The memory of the sorter.
const SORT_BYTES: usize = 8 << 20;
/// The number of objects with rows that are read ahead.
const READ_AHEAD: usize = 2;

/// The rows of a shard, and the report as it was read for them.
pub(super) struct ShardInput {
    pub(super) sorted: SortedRecords<RowRecord>,
    pub(super) read: PartsRead,
    /// The count of the whole report.
    pub(super) verified: VerifiedCount,
}

impl ShardVerifier<'_> {
    /// Reads the rows of a shard: from the report itself where the shard is the only one.
    pub(super) async fn read_rows(
        &self,
        keys: &ScratchKeys,
        shard: u64,
    ) -> Result<ShardInput, ShardError> {
        let mut sorter = Sorter::new(SORT_BYTES);
        let mut verified = VerifiedCount::default();
        let read = if self.report.shard_count() == 1 {
            let read = self.read_report(&mut sorter).await?;
            verified.add(read.verified);
            read
        } else {
            for partition in 0..self.report.shard_count() {
                verified.add(self.read_partition(keys, shard, partition, &mut sorter).await?);
            }
            PartsRead::default()
        };
        Ok(ShardInput { sorted: sorter.into_sorted().map_err(ShardError::Sort)?, read, verified })
    }

    async fn read_report(&self, sorter: &mut Sorter<RowRecord>) -> Result<PartsRead, ShardError> {
        let mut parts = self.report.reader_of_partition(self.records, 0);
        while let Some(rows) = parts.read_part().await? {
            rows.into_iter().try_for_each(|record| sorter.add(record)).map_err(ShardError::Sort)?;
        }
        Ok(parts.read)
    }

    /// Adds the rows that one partition wrote for the shard; returns the count of verified rows
    /// that the partition read for all shards.
    async fn read_partition(
        &self,
        keys: &ScratchKeys,
        shard: u64,
        partition: u64,
        sorter: &mut Sorter<RowRecord>,
    ) -> Result<VerifiedCount, ShardError> {
        let rows_lost = || ShardError::RowsLost { shard, partition };
        let job = keys.job_key("partition", partition);
        let result: PartitionResult = self.records.read(&job).await?.ok_or_else(rows_lost)?;
        let expected = usize::try_from(shard)
            .ok()
            .and_then(|shard| result.shards.get(shard))
            .ok_or_else(rows_lost)?;
        let chunk_keys = (0..expected.chunks).map(|chunk| keys.rows_key(shard, partition, chunk));
        let rows = self.read_chunks(chunk_keys, sorter).await?;
        if rows == Some(expected.rows) { Ok(result.read.verified) } else { Err(rows_lost()) }
    }

    /// Reads where an earlier invocation stopped, and the list of objects it wrote.
    pub(super) async fn resume_shard(
        &self,
        keys: &ScratchKeys,
        shard: u64,
    ) -> Result<(ShardProgress, ProofPartWriter<'_>), ShardError> {
        let mut progress: ShardProgress =
            self.records.read(&keys.checkpoint_key(shard)).await?.unwrap_or_default();
        let links = std::mem::take(&mut progress.links);
        let execution_id = self.execution.arn.id();
        let objects = ProofPartWriter::resume(links, self.records, execution_id, shard);
        Ok((progress, objects))
    }

    /// Returns the number of rows; `None` when a chunk does not exist.
    async fn read_chunks(
        &self,
        keys: impl Iterator<Item = String>,
        sorter: &mut Sorter<RowRecord>,
    ) -> Result<Option<u64>, ShardError> {
        let reads = keys.map(|key| async move { self.records.read_bytes(&key).await });
        let mut chunks = stream::iter(reads).buffered(READ_AHEAD);
        let mut rows = 0;
        while let Some(chunk) = chunks.next().await.transpose()? {
            let Some(bytes) = chunk else { return Ok(None) };
            let mut rest = bytes.as_slice();
            while let Some(record) = RowRecord::read_from(&mut rest).map_err(ShardError::Sort)? {
                sorter.add(record).map_err(ShardError::Sort)?;
                rows += 1;
            }
        }
        Ok(Some(rows))
    }
}
