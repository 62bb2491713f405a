//! From what was found in each slice to the one proof. Pure.

use chrono::{DateTime, Utc};
use domain::execution::Execution;
use domain::records::hash_chain::ChainLink;
use domain::records::proof::Proof;

use crate::aim::Aim;
use crate::code;
use crate::decide;
use crate::report::Report;
use crate::scratch::{Looked, PartsRead};
use crate::tally::Tally;

/// What all slices together prove.
pub(crate) fn proof(
    report: &Report,
    aim: &Aim,
    execution: &Execution,
    bucket: &str,
    (read, looked): (Vec<PartsRead>, Vec<Looked>),
    now: DateTime<Utc>,
) -> Proof {
    let mut tally = Tally::default();
    let mut object_parts: Vec<ChainLink> = Vec::new();
    for slice in looked {
        tally.add(slice.tally);
        for link in slice.links {
            object_parts.push(link.moved_after(object_parts.last()));
        }
    }
    let defects = report
        .numbering()
        .into_iter()
        .chain(read.iter().flat_map(|read| read.defects.iter().cloned()));
    defects.for_each(|(defect, detail)| tally.find_in_report(defect, detail));
    decide::complete(&mut tally, execution);
    let report_parts = read.into_iter().flat_map(|read| read.parts).collect();
    let code_version = code::version().to_owned();
    let proof = decide::proof(tally, execution, bucket, now);
    Proof { depth: aim.depth, code_version, report_parts, object_parts, ..proof }
}
