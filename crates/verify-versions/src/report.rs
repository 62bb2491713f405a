//! The detailed report of one execution: its parts, their rows, and the defects of the report
//! itself.

use std::collections::BTreeMap;

use aws::failure::chain;
use aws::records_bucket::{RecordsBucket, RecordsError};
use aws::report_parts::ReportParts;
use domain::arn::ExecutionArn;
use domain::records::hash_chain::sha256_hex;
use domain::records::proof::{Defect, ReportPart};
use domain::report::{PartRow, ReportKey, ReportKind, read_part};
use futures::stream::{self, BoxStream, StreamExt};

use crate::row_codec::{RowRecord, encode_row};
use crate::scratch::PartsRead;

/// A part has at most 5 MB (DataSync User Guide, "Task reports"), of which some 2 MB are written to
/// temporary files; Lambda gives a function 512 MB of these by default, so that a shard may be more
/// than twice as large as it should be.
pub(crate) const PARTS_PER_SHARD: usize = 100;
/// The number of parts that show how the paths are distributed.
const SAMPLED_PARTS: usize = 12;
/// The number of parts that are read ahead: S3 takes its time to begin an answer.
const READ_AHEAD: usize = 2;

/// The parts of the Transferred and Verified reports.
#[derive(Debug)]
pub(crate) struct TransferReport {
    execution: ExecutionArn,
    parts: Vec<(ReportKind, String)>,
    parts_per_shard: usize,
}

impl TransferReport {
    pub(crate) async fn list(
        records: &RecordsBucket,
        execution: &ExecutionArn,
        parts_per_shard: usize,
    ) -> Result<Self, RecordsError> {
        let found = ReportParts::list(records, execution).await?;
        let of = |kind| found.of(kind).map(move |key| (kind, key.to_owned()));
        let parts = of(ReportKind::Transferred).chain(of(ReportKind::Verified)).collect();
        Ok(Self { execution: execution.clone(), parts, parts_per_shard })
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.parts.iter().map(|(_, key)| key.clone()).collect()
    }

    /// Returns the number of shards, and of the partitions that are read for them.
    pub(crate) fn shard_count(&self) -> u64 {
        self.parts.len().div_ceil(self.parts_per_shard).max(1) as u64
    }

    /// Reads the parts of one partition: all, where it is the only one.
    pub(crate) fn reader_of_partition<'a>(
        &'a self,
        records: &'a RecordsBucket,
        partition: u64,
    ) -> PartReader<'a> {
        let before =
            usize::try_from(partition).unwrap_or(usize::MAX).saturating_mul(self.parts_per_shard);
        self.reader_of_parts(records, self.parts.iter().skip(before).take(self.parts_per_shard))
    }

    /// Reads some parts from all over the report: the same each time.
    pub(crate) fn reader_of_sample<'a>(&'a self, records: &'a RecordsBucket) -> PartReader<'a> {
        self.reader_of_parts(
            records,
            self.parts.iter().step_by(self.parts.len().div_ceil(SAMPLED_PARTS).max(1)),
        )
    }

    fn reader_of_parts<'a>(
        &'a self,
        records: &'a RecordsBucket,
        parts: impl Iterator<Item = &'a (ReportKind, String)> + Send + 'a,
    ) -> PartReader<'a> {
        let answers = parts.map(move |(kind, key)| async move {
            LoadedPart { kind: *kind, key, bytes: records.read_bytes(key).await }
        });
        let parts = stream::iter(answers).buffered(READ_AHEAD).boxed();
        PartReader { parts, execution_id: self.execution.id(), read: PartsRead::default() }
    }

    /// Finds gaps and repetitions: parts are numbered from 1, without a gap, each number once.
    pub(crate) fn numbering_defects(&self) -> Vec<(Defect, String)> {
        let mut numbers: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        for (kind, key) in &self.parts {
            let number = ReportKey::parse(key).and_then(|key| key.part).unwrap_or_default();
            *numbers.entry((kind.json_field(), number)).or_default() += 1;
        }
        [ReportKind::Transferred, ReportKind::Verified]
            .into_iter()
            .flat_map(|kind| {
                let of_kind = |(field, _): &(&str, u32)| *field == kind.json_field();
                let counts = numbers.iter().filter(|(part, _)| of_kind(part));
                let counts = counts.map(|((_, number), count)| (*number, *count)).collect();
                defects_of_numbers(kind, counts)
            })
            .collect()
    }
}

/// Finds the first gap and each repetition among the numbers of one kind, which are in order.
fn defects_of_numbers(kind: ReportKind, counts: Vec<(u32, usize)>) -> Vec<(Defect, String)> {
    let gap = (1..).zip(&counts).find(|(expected, (number, _))| number != expected);
    let gap = gap.map(|(expected, _)| {
        (Defect::ReportMissing, format!("part {expected} of the {kind} report is missing"))
    });
    let repeated = counts.iter().filter(|(_, count)| *count > 1).map(|(number, count)| {
        let detail = format!("part {number} of the {kind} report is there {count} times");
        (Defect::Duplicated, detail)
    });
    gap.into_iter().chain(repeated).collect()
}

struct LoadedPart<'a> {
    kind: ReportKind,
    key: &'a str,
    bytes: Result<Option<Vec<u8>>, RecordsError>,
}

/// Reads parts one after another.
pub(crate) struct PartReader<'a> {
    parts: BoxStream<'a, LoadedPart<'a>>,
    execution_id: &'a str,
    /// The parts that were read so far.
    pub(crate) read: PartsRead,
}

impl PartReader<'_> {
    /// Reads the rows of the next part, of a broken one those before the fault; `None` at the end.
    pub(crate) async fn read_part(&mut self) -> Result<Option<Vec<RowRecord>>, RecordsError> {
        let Some(LoadedPart { kind, key, bytes }) = self.parts.next().await else {
            return Ok(None);
        };
        Ok(Some(match bytes? {
            Some(bytes) => self.parse_part(kind, key, &bytes),
            None => {
                self.add_defect(Defect::ReportMissing, format!("`{key}` vanished"));
                Vec::new()
            }
        }))
    }

    fn parse_part(&mut self, kind: ReportKind, key: &str, bytes: &[u8]) -> Vec<RowRecord> {
        self.read.parts.push(describe_part(key, bytes));
        let mut rows = Vec::new();
        let verified = &mut self.read.verified;
        let result = read_part(kind, bytes, |row| {
            if let PartRow::Verified(row) = &row {
                verified.add_row(row);
            }
            rows.push(encode_row(&row));
        });
        match result {
            Ok(id) if id == self.execution_id => {}
            Ok(id) => {
                let detail = format!("`{key}` is of the execution `{id}`");
                self.add_defect(Defect::ForeignReport, detail);
            }
            Err(error) => {
                self.add_defect(Defect::ReportMissing, format!("`{key}`: {}", chain(&error)));
            }
        }
        rows
    }

    fn add_defect(&mut self, defect: Defect, detail: String) {
        self.read.defects.push((defect, detail));
    }
}

fn describe_part(key: &str, bytes: &[u8]) -> ReportPart {
    let (length, sha256) = (bytes.len() as u64, sha256_hex(bytes));
    ReportPart { key: key.to_owned(), bytes: length, sha256 }
}

#[cfg(test)]
mod tests;
