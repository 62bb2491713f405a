//! The report of one execution: which parts it has, their rows, and what is wrong with the report
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

use crate::codec;
use crate::scratch::PartsRead;
use crate::spill::Record;

/// A part has at most 5 MB (DataSync User Guide, "Task reports"), of which some 2 MB are spilled;
/// Lambda gives a function 512 MB of temporary files unless told otherwise, so that a slice may be
/// more than twice as large as it should be.
pub(crate) const PARTS_A_SLICE: usize = 100;
/// How many parts say how the paths are spread.
const SAMPLED: usize = 12;
/// How many parts are under way or at hand: S3 takes its time to begin an answer.
const AHEAD: usize = 2;

/// The parts of the Transferred and Verified reports.
#[derive(Debug)]
pub(crate) struct Report {
    execution: ExecutionArn,
    parts: Vec<(ReportKind, String)>,
    parts_a_slice: usize,
}

impl Report {
    pub(crate) async fn list(
        records: &RecordsBucket,
        execution: &ExecutionArn,
        parts_a_slice: usize,
    ) -> Result<Self, RecordsError> {
        let found = ReportParts::list(records, execution).await?;
        let of = |kind| found.of(kind).map(move |key| (kind, key.to_owned()));
        let parts = of(ReportKind::Transferred).chain(of(ReportKind::Verified)).collect();
        Ok(Self { execution: execution.clone(), parts, parts_a_slice })
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.parts.iter().map(|(_, key)| key.clone()).collect()
    }

    /// Into how many slices its rows are sorted, by as many sorters.
    pub(crate) fn slices(&self) -> u64 {
        self.parts.len().div_ceil(self.parts_a_slice).max(1) as u64
    }

    /// Reads the parts that are one sorter's: all, where there is but one.
    pub(crate) fn reader<'a>(&'a self, records: &'a RecordsBucket, sorter: u64) -> Reader<'a> {
        let before =
            usize::try_from(sorter).unwrap_or(usize::MAX).saturating_mul(self.parts_a_slice);
        self.reader_of(records, self.parts.iter().skip(before).take(self.parts_a_slice))
    }

    /// Reads some parts from all over the report: the same each time.
    pub(crate) fn sampler<'a>(&'a self, records: &'a RecordsBucket) -> Reader<'a> {
        self.reader_of(
            records,
            self.parts.iter().step_by(self.parts.len().div_ceil(SAMPLED).max(1)),
        )
    }

    fn reader_of<'a>(
        &'a self,
        records: &'a RecordsBucket,
        parts: impl Iterator<Item = &'a (ReportKind, String)> + Send + 'a,
    ) -> Reader<'a> {
        let answers = parts.map(move |(kind, key)| async move {
            Part { kind: *kind, key, bytes: records.read_bytes(key).await }
        });
        let parts = stream::iter(answers).buffered(AHEAD).boxed();
        Reader { parts, execution_id: self.execution.id(), read: PartsRead::default() }
    }

    /// Parts are numbered from 1, without a gap, each number once.
    pub(crate) fn numbering(&self) -> Vec<(Defect, String)> {
        let mut numbers: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        for (kind, key) in &self.parts {
            let number = ReportKey::parse(key).and_then(|key| key.part).unwrap_or_default();
            *numbers.entry((kind.json_field(), number)).or_default() += 1;
        }
        let mut defects = Vec::new();
        for kind in [ReportKind::Transferred, ReportKind::Verified] {
            let of_kind = || numbers.iter().filter(|((field, _), _)| *field == kind.json_field());
            let missing =
                (1..).zip(of_kind()).find(|(expected, ((_, number), _))| number != expected);
            if let Some((expected, _)) = missing {
                defects.push((
                    Defect::ReportMissing,
                    format!("part {expected} of the {kind} report is missing"),
                ));
            }
            for ((_, number), count) in of_kind().filter(|(_, count)| **count > 1) {
                defects.push((
                    Defect::Duplicated,
                    format!("part {number} of the {kind} report is there {count} times"),
                ));
            }
        }
        defects
    }
}

struct Part<'a> {
    kind: ReportKind,
    key: &'a str,
    bytes: Result<Option<Vec<u8>>, RecordsError>,
}

/// Reads parts one after another.
pub(crate) struct Reader<'a> {
    parts: BoxStream<'a, Part<'a>>,
    execution_id: &'a str,
    /// What has been read so far.
    pub(crate) read: PartsRead,
}

impl Reader<'_> {
    /// The rows of the next part: of a broken one those before the fault; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Record>>, RecordsError> {
        let Some(Part { kind, key, bytes }) = self.parts.next().await else { return Ok(None) };
        let mut rows = Vec::new();
        let Some(bytes) = bytes? else {
            self.read.defects.push((Defect::ReportMissing, format!("`{key}` vanished")));
            return Ok(Some(rows));
        };
        let part = ReportPart {
            key: key.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
        };
        self.read.parts.push(part);
        let verified = &mut self.read.verified;
        let read = read_part(kind, &bytes, |row| {
            if let PartRow::Verified(row) = &row {
                verified.take(row);
            }
            rows.push(codec::record(&row));
        });
        match read {
            Ok(id) if id == self.execution_id => {}
            Ok(id) => {
                let detail = format!("`{key}` is of the execution `{id}`");
                self.read.defects.push((Defect::ForeignReport, detail));
            }
            Err(error) => {
                self.read
                    .defects
                    .push((Defect::ReportMissing, format!("`{key}`: {}", chain(&error))));
            }
        }
        Ok(Some(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(names: &[&str]) -> Report {
        let part = |name: &&str| {
            let key = format!(
                "reports/Detailed-Reports/task-1/exec-1/exec-1.files-{name}-0a123abc12d3b0e4f.json"
            );
            (ReportKey::parse(&key).unwrap().kind, key)
        };
        let execution = crate::fixtures::execution().arn;
        Report { execution, parts: names.iter().map(part).collect(), parts_a_slice: PARTS_A_SLICE }
    }

    #[test]
    fn a_gap_and_a_part_that_is_there_twice_are_found() {
        for (names, expected) in [
            (vec![], vec![]),
            (vec!["transferred-v1-00001", "transferred-v1-00002", "verified-v1-00001"], vec![]),
            (vec!["transferred-v1-00001", "transferred-v1-00003"], vec![Defect::ReportMissing]),
            (vec!["verified-v1-00002"], vec![Defect::ReportMissing]),
            (vec!["verified-v1-00001", "verified-v1-00001"], vec![Defect::Duplicated]),
        ] {
            let found: Vec<Defect> =
                report(&names).numbering().into_iter().map(|(defect, _)| defect).collect();
            assert_eq!(found, expected, "{names:?}");
        }
    }
}
