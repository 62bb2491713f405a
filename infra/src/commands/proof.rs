//! `proof`: shows the proof of an execution. With `--check` it also checks that the proof was not
//! altered.

use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::records::hash_chain::{ChainLink, sha256_hex};
use domain::records::keys;
use domain::records::proof::Proof;
use serde::Serialize;

use crate::cli::Global;
use crate::context::StackContext;
use crate::runs::find_execution::find_execution;
use crate::runs::text::proof_text;
use crate::ui::output;

#[derive(Debug, Serialize)]
struct ProofView {
    #[serde(flatten)]
    proof: Proof,
    /// The parts that changed since the proof was written, with `--check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    altered: Option<Vec<String>>,
}

pub(super) async fn run(global: &Global, execution: &str, check: bool) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let execution = find_execution(&context, &outputs, execution).await?;
    let found: Option<Proof> = context.records.read(&keys::proof_document(execution.id())).await?;
    let Some(proof) = found else {
        bail!("there is no proof of {0} yet; `efs-s3 verify {0}` creates one", execution.id())
    };
    let altered = if check { Some(find_alterations(&context, &proof).await?) } else { None };
    let good = altered.as_ref().map_or(proof.verdict.is_proven(), Vec::is_empty);
    let shown = ProofView { proof, altered };
    output::print_data(global.output, &shown, view_text(&shown))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Recomputes the hash chain, and compares each part of the report with its digest.
async fn find_alterations(context: &StackContext, proof: &Proof) -> Result<Vec<String>> {
    let mut altered = altered_objects(context, proof).await?;
    for part in &proof.report_parts {
        match context.records.read_bytes(&part.key).await? {
            None => altered.push(format!("{} is missing", part.key)),
            Some(bytes) if sha256_hex(&bytes) != part.sha256 => {
                altered.push(format!("{} was altered", part.key))
            }
            Some(_) => {}
        }
    }
    Ok(altered)
}

/// Recomputes the hash chain of the list of objects.
async fn altered_objects(context: &StackContext, proof: &Proof) -> Result<Vec<String>> {
    let mut altered = Vec::new();
    let mut before: Option<&ChainLink> = None;
    let mut objects = 0;
    for link in &proof.object_parts {
        match context.records.read_bytes(&link.key).await? {
            None => altered.push(format!("{} is missing", link.key)),
            Some(bytes) if !link.is_valid_for(before, &bytes) => {
                altered.push(format!("{} was altered", link.key))
            }
            Some(bytes) => objects += bytes.iter().filter(|byte| **byte == b'\n').count() as u64,
        }
        before = Some(link);
    }
    let proven = proof.counts.proven;
    if altered.is_empty() && objects != proven {
        altered.push(format!("the parts list {objects} objects, but the proof counts {proven}"));
    }
    Ok(altered)
}

fn view_text(shown: &ProofView) -> String {
    let ProofView { proof, altered } = shown;
    let mut text = proof_text(proof);
    text.push_str(&format_facts(proof));
    match altered.as_deref() {
        None => {}
        Some([]) => text.push_str("  chain    valid: no part was altered\n"),
        Some(altered) => altered.iter().for_each(|what| text.extend(["  ALTERED  ", what, "\n"])),
    }
    text
}

fn format_facts(proof: &Proof) -> String {
    let chain = proof.object_parts.last().map_or("none", |link| link.chain.as_str());
    format!(
        "  checked  {} by build {}\n  parts    {} of the report, {} of the list of \
            objects\n  hash     {chain}\n",
        proof.checked_at,
        proof.code_version,
        proof.report_parts.len(),
        proof.object_parts.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/\
        task-0806c70094b09457b/execution/exec-0fcddf3728817690d";

    fn example_proof() -> Proof {
        serde_json::from_value(json!({
            "execution": EXECUTION,
            "verdict": "VERIFIED_WITH_WARNINGS", "checked_at": "2026-11-23T10:00:00Z",
                "bucket": "data",
            "counts": {"transferred": 2, "proven": 2, "proven_bytes": 12, "skipped": 0,
                "deleted": 0, "findings": 0, "warnings": 1},
            "findings": [],
            "warnings": [{"path": "/a", "version_id": "v", "notice": "superseded",
                "detail": "a later version lies on top of it"}],
            "code_version": "c0de", "object_parts": [{"key": "k", "objects": 2, "sha256": "s",
                "chain": "cafe"}],
        }))
        .unwrap()
    }

    #[test]
    fn a_proof_is_shown_with_its_hash_and_the_altered_parts() {
        let proof = example_proof();
        let shown = ProofView { proof, altered: Some(vec!["k is missing".into()]) };
        insta::assert_snapshot!(view_text(&shown), @r"
        VERIFIED_WITH_WARNINGS: 2 of 2 object versions proven in s3://data (12 B)
          (/a: a later version lies on top of it)
          checked  2026-11-23 10:00:00 UTC by build c0de
          parts    0 of the report, 1 of the list of objects
          hash     cafe
          ALTERED  k is missing
        ");
    }
}
