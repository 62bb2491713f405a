//! The report of one execution, read into a spill; what is wrong with the report itself.
//!
//! A report whose rows would not fit the function's temporary files is read in slices: each time all of it, keeping the
//! rows whose path hashes into the slice.

use std::collections::BTreeMap;
use std::io;

use aws_edge::failure::chain;
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use aws_edge::report_parts::ReportParts;
use pipeline::arn::ExecutionArn;
use pipeline::records::proof::{Defect, ReportPart};
use pipeline::records::seal::sha256;
use pipeline::report::{ReportKey, ReportKind, read_part};

use crate::check::CheckError;
use crate::codec;
use crate::spill::{Sorted, Spill};

/// A part has at most 5 MB (DataSync User Guide, "Task reports"), of which some 2 MB are spilled; Lambda gives a function
/// 512 MB of temporary files unless told otherwise.
const PARTS_A_SLICE: usize = 200;

/// The parts of the Transferred and Verified reports.
#[derive(Debug)]
pub(crate) struct Report {
    parts: Vec<(ReportKind, String)>,
}

/// The rows of one slice, and what reading them showed.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) rows: Sorted,
    pub(crate) parts: Vec<ReportPart>,
    pub(crate) defects: Vec<(Defect, String)>,
}

impl Report {
    pub(crate) async fn list(records: &RecordsBucket, execution: &ExecutionArn) -> Result<Self, RecordsError> {
        let found = ReportParts::list(records, execution).await?;
        let of = |kind| found.of(kind).map(move |key| (kind, key.to_owned()));
        Ok(Self { parts: of(ReportKind::Transferred).chain(of(ReportKind::Verified)).collect() })
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.parts.iter().map(|(_, key)| key.clone()).collect()
    }

    pub(crate) fn slices(&self) -> u64 {
        self.parts.len().div_ceil(PARTS_A_SLICE).max(1) as u64
    }

    /// Parts are numbered from 1, without a gap, each number once.
    pub(crate) fn numbering(&self) -> Vec<(Defect, String)> {
        let mut numbers: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        for (kind, key) in &self.parts {
            let number = ReportKey::parse(key).and_then(|key| key.part).unwrap_or_default();
            *numbers.entry((kind.field(), number)).or_default() += 1;
        }
        let mut defects = Vec::new();
        for kind in [ReportKind::Transferred, ReportKind::Verified] {
            let of_kind = || numbers.iter().filter(|((field, _), _)| *field == kind.field());
            let missing = (1..).zip(of_kind()).find(|(expected, ((_, number), _))| number != expected);
            if let Some((expected, _)) = missing {
                defects.push((Defect::ReportMissing, format!("part {expected} of the {kind} report is missing")));
            }
            for ((_, number), count) in of_kind().filter(|(_, count)| **count > 1) {
                defects
                    .push((Defect::Duplicated, format!("part {number} of the {kind} report is there {count} times")));
            }
        }
        defects
    }

    /// Reads all parts and keeps the rows of one slice.
    pub(crate) async fn slice(
        &self,
        records: &RecordsBucket,
        execution: &ExecutionArn,
        slice: u64,
    ) -> Result<Slice, CheckError> {
        let slices = self.slices();
        let mut spill = Spill::default();
        let (mut parts, mut defects) = (Vec::new(), Vec::new());
        for (kind, key) in &self.parts {
            let Some(bytes) = records.read_bytes(key).await? else {
                defects.push((Defect::ReportMissing, format!("`{key}` vanished")));
                continue;
            };
            parts.push(ReportPart { key: key.clone(), bytes: bytes.len() as u64, sha256: sha256(&bytes) });
            let mut failed: io::Result<()> = Ok(());
            let read = read_part(*kind, bytes.as_slice(), |row| {
                let record = codec::record(&row);
                let ours = slices == 1 || slice_of(&record.path, slices) == slice;
                if ours && let Err(error) = spill.add(record) {
                    failed = Err(error);
                }
            });
            failed.map_err(CheckError::Spill)?;
            match read {
                Ok(id) if id == execution.id() => {}
                Ok(id) => defects.push((Defect::ForeignReport, format!("`{key}` is of the execution `{id}`"))),
                Err(error) => defects.push((Defect::ReportMissing, format!("`{key}`: {}", chain(&error)))),
            }
        }
        Ok(Slice { rows: spill.sorted().map_err(CheckError::Spill)?, parts, defects })
    }
}

/// FNV-1a: the same in every build, for a later invocation goes on with the slices of an earlier one.
fn slice_of(path: &[u8], slices: u64) -> u64 {
    let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    path.iter().fold(0xcbf2_9ce4_8422_2325, hash) % slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(names: &[&str]) -> Report {
        let part = |name: &&str| {
            let key = format!("reports/Detailed-Reports/task-1/exec-1/exec-1.files-{name}-0a123abc12d3b0e4f.json");
            (ReportKey::parse(&key).unwrap().kind, key)
        };
        Report { parts: names.iter().map(part).collect() }
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
            let found: Vec<Defect> = report(&names).numbering().into_iter().map(|(defect, _)| defect).collect();
            assert_eq!(found, expected, "{names:?}");
        }
    }

    #[test]
    fn each_path_is_in_one_slice_and_slices_are_even() {
        let mut sizes = [0; 8];
        for n in 0..8_000 {
            sizes[usize::try_from(slice_of(format!("/folder/file-{n}").as_bytes(), 8)).unwrap()] += 1;
        }
        assert!(sizes.iter().all(|size| (800..1_200).contains(size)), "{sizes:?}");
    }
}
