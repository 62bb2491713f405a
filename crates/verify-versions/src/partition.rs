//! The partition of a large report's rows into shards, so that each shard is small enough to be
//! verified on its own.
//!
//! A shard is a range of paths; its bounds follow from the paths of some parts, which all workers
//! read alike. Each job reads some parts of the report and writes the rows of each shard as objects
//! of their own; the verification of a shard reads what all jobs wrote for it. So nearly every part
//! of the report is read once, and every row written once.
//!
//! Memory: two parts of the report (10 MB), and [`MAX_BUFFERED`] bytes of rows.

use aws::records_bucket::{RecordsBucket, RecordsError};
use external_sort::Record;
use futures::future::try_join_all;

use crate::error::ShardError;
use crate::report::TransferReport;
use crate::row_codec::RowRecord;
use crate::scratch::{PartitionResult, ScratchKeys, ShardRows};

/// One path of this number is kept of the sampled ones.
const SAMPLE_STEP: usize = 16;
/// With this many bytes all buffers are written, side by side.
const MAX_BUFFERED: usize = 8 << 20;

/// The rows for one shard that are not written yet.
#[derive(Debug, Default)]
struct ShardBuffer {
    bytes: Vec<u8>,
    rows: ShardRows,
}

impl ShardBuffer {
    fn add_row(&mut self, record: &RowRecord) -> Result<(), ShardError> {
        record.write_to(&mut self.bytes).map_err(ShardError::Sort)?;
        self.rows.rows += 1;
        Ok(())
    }
}

/// Does one job: the parts of one partition.
pub(crate) async fn partition_rows(
    records: &RecordsBucket,
    keys: &ScratchKeys,
    report: &TransferReport,
    partition: u64,
) -> Result<PartitionResult, ShardError> {
    let mut buffers = empty_buffers(report.shard_count());
    let bounds = read_bounds(records, report).await?;
    let mut parts = report.reader_of_partition(records, partition);
    while let Some(rows) = parts.read_part().await? {
        for record in rows {
            buffers[shard_of(&record.path, &bounds)].add_row(&record)?;
        }
        if buffered_bytes(&buffers) >= MAX_BUFFERED {
            write_buffers(records, keys, partition, &mut buffers).await?;
        }
    }
    write_buffers(records, keys, partition, &mut buffers).await?;
    let shards = buffers.into_iter().map(|buffer| buffer.rows).collect();
    Ok(PartitionResult { read: parts.read, shards })
}

fn empty_buffers(shards: u64) -> Vec<ShardBuffer> {
    (0..shards).map(|_| ShardBuffer::default()).collect()
}

fn buffered_bytes(buffers: &[ShardBuffer]) -> usize {
    buffers.iter().map(|buffer| buffer.bytes.len()).sum()
}

async fn write_buffers(
    records: &RecordsBucket,
    keys: &ScratchKeys,
    partition: u64,
    buffers: &mut [ShardBuffer],
) -> Result<(), RecordsError> {
    let filled = (0..).zip(buffers).filter(|(_, buffer)| !buffer.bytes.is_empty());
    let writes = filled.map(|(shard, buffer)| {
        let key = keys.rows_key(shard, partition, buffer.rows.chunks);
        buffer.rows.chunks += 1;
        let bytes = std::mem::take(&mut buffer.bytes);
        async move { records.write_bytes(&key, bytes, "application/octet-stream").await }
    });
    try_join_all(writes).await?;
    Ok(())
}

/// Reads the first path of each shard but the first, from the paths of some parts.
async fn read_bounds(
    records: &RecordsBucket,
    report: &TransferReport,
) -> Result<Vec<Vec<u8>>, ShardError> {
    let mut sample = Vec::new();
    let mut parts = report.reader_of_sample(records);
    while let Some(rows) = parts.read_part().await? {
        sample.extend(rows.into_iter().step_by(SAMPLE_STEP).map(|record| record.path));
    }
    Ok(bounds_of_sample(sample, report.shard_count()))
}

fn bounds_of_sample(mut sample: Vec<Vec<u8>>, shards: u64) -> Vec<Vec<u8>> {
    sample.sort_unstable();
    let shards = usize::try_from(shards).unwrap_or(1);
    (1..shards).filter_map(|shard| sample.get(shard * sample.len() / shards).cloned()).collect()
}

/// Returns the shard of a path. Neighbours stay together, so that listings show many of a shard at
/// a time.
fn shard_of(path: &[u8], bounds: &[Vec<u8>]) -> usize {
    bounds.partition_point(|bound| bound.as_slice() <= path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_ranges_of_paths_and_nearly_even() {
        let path = |n: usize| format!("/folder-{}/file-{n}", n * 7_919 % 100).into_bytes();
        let bounds = bounds_of_sample((0..8_000).step_by(SAMPLE_STEP).map(path).collect(), 8);
        let mut sizes = [0; 8];
        (0..8_000).for_each(|n| sizes[shard_of(&path(n), &bounds)] += 1);
        assert!(sizes.iter().all(|size| (700..1_300).contains(size)), "{sizes:?}");
        let mut sorted: Vec<_> = (0..8_000).map(path).collect();
        sorted.sort();
        assert!(sorted.is_sorted_by_key(|path| shard_of(path, &bounds)));
    }

    #[test]
    fn few_paths_make_few_shards() {
        assert_eq!(bounds_of_sample(Vec::new(), 4), Vec::<Vec<u8>>::new());
        let bounds = bounds_of_sample(vec![b"/a".to_vec()], 4);
        assert!(shard_of(b"/a", &bounds) < 4 && shard_of(b"/b", &bounds) < 4);
    }
}
