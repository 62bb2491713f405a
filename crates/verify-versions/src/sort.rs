//! The rows of a large report, sorted into slices, so that each slice is small enough to be looked
//! at on its own.
//!
//! A slice is a range of paths; where it ends follows from the paths of some parts, which all
//! sorters read alike. Each sorter reads some parts of the report and writes the rows of each slice
//! as objects of their own; whoever looks at a slice reads what all sorters wrote of it. So nearly
//! every part of the report is read once, and every row written once.
//!
//! Memory: two parts of the report (10 MB), and [`BUFFERED`] rows.

use aws::records_bucket::{RecordsBucket, RecordsError};
use futures::future::try_join_all;

use crate::check::CheckError;
use crate::report::Report;
use crate::scratch::{Rows, Scratch, Sorted};
use crate::spill;

/// Of the sampled paths so many make one.
const EVERY: usize = 16;
/// Then all of them are written, side by side.
const BUFFERED: usize = 8 << 20;

/// One slice's rows of some parts, as they are written.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    rows: Rows,
}

/// Does the job of one sorter.
pub(crate) async fn sort(
    records: &RecordsBucket,
    scratch: &Scratch,
    report: &Report,
    sorter: u64,
) -> Result<Sorted, CheckError> {
    let slices = report.slices();
    let mut buffers: Vec<Buffer> = (0..slices).map(|_| Buffer::default()).collect();
    let bounds = bounds(records, report).await?;
    let mut parts = report.reader(records, sorter);
    while let Some(rows) = parts.next().await? {
        for record in rows {
            let slice = slice_of(&record.path, &bounds);
            spill::write(&mut buffers[slice].bytes, &record).map_err(CheckError::Spill)?;
            buffers[slice].rows.rows += 1;
        }
        if buffers.iter().map(|buffer| buffer.bytes.len()).sum::<usize>() >= BUFFERED {
            write_out(records, scratch, sorter, &mut buffers).await?;
        }
    }
    write_out(records, scratch, sorter, &mut buffers).await?;
    Ok(Sorted { read: parts.read, slices: buffers.into_iter().map(|buffer| buffer.rows).collect() })
}

async fn write_out(
    records: &RecordsBucket,
    scratch: &Scratch,
    sorter: u64,
    buffers: &mut [Buffer],
) -> Result<(), RecordsError> {
    let full = (0..).zip(buffers).filter(|(_, buffer)| !buffer.bytes.is_empty());
    let writes = full.map(|(slice, buffer)| {
        let key = scratch.rows(slice, sorter, buffer.rows.chunks);
        buffer.rows.chunks += 1;
        let bytes = std::mem::take(&mut buffer.bytes);
        async move { records.write_bytes(&key, bytes, "application/octet-stream").await }
    });
    try_join_all(writes).await?;
    Ok(())
}

/// The first path of each slice but the first, from the paths of some parts.
async fn bounds(records: &RecordsBucket, report: &Report) -> Result<Vec<Vec<u8>>, CheckError> {
    let mut sample = Vec::new();
    let mut parts = report.sampler(records);
    while let Some(rows) = parts.next().await? {
        sample.extend(rows.into_iter().step_by(EVERY).map(|record| record.path));
    }
    Ok(bounds_of(sample, report.slices()))
}

fn bounds_of(mut sample: Vec<Vec<u8>>, slices: u64) -> Vec<Vec<u8>> {
    sample.sort_unstable();
    let slices = usize::try_from(slices).unwrap_or(1);
    (1..slices).filter_map(|slice| sample.get(slice * sample.len() / slices).cloned()).collect()
}

/// Neighbours stay together, so that listings show many of a slice at a time.
fn slice_of(path: &[u8], bounds: &[Vec<u8>]) -> usize {
    bounds.partition_point(|bound| bound.as_slice() <= path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_ranges_of_paths_and_nearly_even() {
        let path = |n: usize| format!("/folder-{}/file-{n}", n * 7_919 % 100).into_bytes();
        let bounds = bounds_of((0..8_000).step_by(EVERY).map(path).collect(), 8);
        let mut sizes = [0; 8];
        (0..8_000).for_each(|n| sizes[slice_of(&path(n), &bounds)] += 1);
        assert!(sizes.iter().all(|size| (700..1_300).contains(size)), "{sizes:?}");
        let mut sorted: Vec<_> = (0..8_000).map(path).collect();
        sorted.sort();
        assert!(sorted.is_sorted_by_key(|path| slice_of(path, &bounds)));
    }

    #[test]
    fn few_paths_make_few_slices() {
        assert_eq!(bounds_of(Vec::new(), 4), Vec::<Vec<u8>>::new());
        let bounds = bounds_of(vec![b"/a".to_vec()], 4);
        assert!(slice_of(b"/a", &bounds) < 4 && slice_of(b"/b", &bounds) < 4);
    }
}
