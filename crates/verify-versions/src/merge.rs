//! The merge of all shards into the one proof. Pure.

use chrono::{DateTime, Utc};
use domain::execution::Execution;
use domain::records::hash_chain::ChainLink;
use domain::records::outputs::Outputs;
use domain::records::proof::Proof;

use crate::build_id::read_build_id;
use crate::decide;
use crate::proof_target::ProofTarget;
use crate::report::TransferReport;
use crate::scratch::{PartsRead, ShardProgress};
use crate::summary::VerifySummary;

pub(crate) fn merge_shards(
    report: &TransferReport,
    target: &ProofTarget,
    execution: &Execution,
    outputs: &Outputs,
    (read, shards): (Vec<PartsRead>, Vec<ShardProgress>),
    now: DateTime<Utc>,
) -> Proof {
    let (mut summary, object_parts) = chain_shards(shards);
    let defects_of_parts = read.iter().flat_map(|read| read.defects.iter().cloned());
    for (defect, detail) in report.numbering_defects().into_iter().chain(defects_of_parts) {
        summary.add_report_finding(defect, detail);
    }
    decide::complete_summary(&mut summary, execution);
    let report_parts = read.into_iter().flat_map(|read| read.parts).collect();
    let code_version = read_build_id().to_owned();
    let proof = decide::build_proof(summary, execution, outputs, now);
    Proof { depth: target.depth, code_version, report_parts, object_parts, ..proof }
}

/// Sums up all shards and chains the parts of their lists anew.
fn chain_shards(shards: Vec<ShardProgress>) -> (VerifySummary, Vec<ChainLink>) {
    let mut summary = VerifySummary::default();
    let mut links: Vec<ChainLink> = Vec::new();
    for shard in shards {
        summary.merge(shard.summary);
        for link in shard.links {
            links.push(link.moved_after(links.last()));
        }
    }
    (summary, links)
}
