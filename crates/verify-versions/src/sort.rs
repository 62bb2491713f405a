//! The rows of a large report, sorted into slices, so that each slice is small enough to be looked at on its own.
//!
//! Each sorter reads some parts of the report and writes the rows of each slice as objects of their own; whoever looks at a
//! slice reads what all sorters wrote of it. So every part of the report is read once, and every row written once.
//!
//! Memory: two parts of the report (10 MB), and [`BUFFERED`] rows.

use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use futures::future::try_join_all;

use crate::check::CheckError;
use crate::report::Report;
use crate::scratch::{Rows, Scratch, Sorted};
use crate::spill;

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
    let mut parts = report.reader(records, sorter);
    while let Some(rows) = parts.next().await? {
        for record in rows {
            let slice = usize::try_from(slice_of(&record.path, slices)).unwrap_or_default();
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

/// FNV-1a: the same in every build, for a later invocation goes on with the slices of an earlier one.
fn slice_of(path: &[u8], slices: u64) -> u64 {
    let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    path.iter().fold(0xcbf2_9ce4_8422_2325, hash) % slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_in_one_slice_and_slices_are_even() {
        let mut sizes = [0; 8];
        for n in 0..8_000 {
            sizes[usize::try_from(slice_of(format!("/folder/file-{n}").as_bytes(), 8)).unwrap()] += 1;
        }
        assert!(sizes.iter().all(|size| (800..1_200).contains(size)), "{sizes:?}");
    }
}
