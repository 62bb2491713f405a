//! `proof`: show what is proven of an execution; with `--check`, whether the proof itself is whole.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use domain::records::hash_chain::{ChainLink, sha256_hex};
use domain::records::keys;
use domain::records::proof::Proof;
use serde::Serialize;

use crate::cli::Global;
use crate::commands::outputs;
use crate::place::Place;
use crate::{follow, output};

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    proof: Proof,
    /// With `--check`: what is not as it was when the proof was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    altered: Option<Vec<String>>,
}

pub(super) async fn run(global: &Global, execution: &str, check: bool) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = outputs(&place).await?.context("the stack is not deployed")?;
    let execution = domain::request::named_execution(&outputs.task_arn, execution)?;
    let found: Option<Proof> = place.records.read(&keys::proof_document(execution.id())).await?;
    let Some(proof) = found else {
        bail!("there is no proof of {0} yet; `efs-s3 verify {0}` makes one", execution.id())
    };
    let altered = if check { Some(altered(&place, &proof).await?) } else { None };
    let good = altered.as_ref().map_or(proof.verdict.is_proven(), Vec::is_empty);
    let shown = Shown { proof, altered };
    output::data(global.output, &shown, text(&shown))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Recomputes the chain, and compares each part of the report with its digest.
async fn altered(place: &Place, proof: &Proof) -> Result<Vec<String>> {
    let mut altered = Vec::new();
    let mut before: Option<&ChainLink> = None;
    let mut objects = 0;
    for link in &proof.object_parts {
        match place.records.read_bytes(&link.key).await? {
            None => altered.push(format!("{} is gone", link.key)),
            Some(bytes) if !link.is_valid_for(before, &bytes) => {
                altered.push(format!("{} is not as it was written", link.key))
            }
            Some(bytes) => objects += bytes.iter().filter(|byte| **byte == b'\n').count() as u64,
        }
        before = Some(link);
    }
    if altered.is_empty() && objects != proof.counts.proven {
        altered.push(format!(
            "the parts list {objects} objects, the proof counts {}",
            proof.counts.proven
        ));
    }
    for part in &proof.report_parts {
        match place.records.read_bytes(&part.key).await? {
            None => altered.push(format!("{} is gone", part.key)),
            Some(bytes) if sha256_hex(&bytes) != part.sha256 => {
                altered.push(format!("{} was altered", part.key))
            }
            Some(_) => {}
        }
    }
    Ok(altered)
}

fn text(shown: &Shown) -> String {
    let Shown { proof, altered } = shown;
    let mut text = follow::proof_text(proof);
    text.push_str(&format_facts(proof));
    match altered.as_deref() {
        None => {}
        Some([]) => text.push_str("  chain    unbroken: every part is as it was written\n"),
        Some(altered) => altered.iter().for_each(|what| text.extend(["  ALTERED  ", what, "\n"])),
    }
    text
}

fn format_facts(proof: &Proof) -> String {
    let chain = proof.object_parts.last().map_or("none", |link| link.chain.as_str());
    format!(
        "  checked  {} by program {}\n  parts    {} of the report, {} of the list of \
            objects\n  seal     {chain}\n",
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

    #[test]
    fn a_proof_is_shown_with_its_seal_and_what_was_altered() {
        let proof: Proof = serde_json::from_value(json!({
            "execution": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
            "verdict": "VERIFIED_WITH_WARNINGS", "checked_at": "2026-11-23T10:00:00Z", "bucket": "data",
            "counts": {"transferred": 2, "proven": 2, "proven_bytes": 12, "skipped": 0, "deleted": 0, "findings": 0, "warnings": 1},
            "findings": [],
            "warnings": [{"path": "/a", "version_id": "v", "notice": "superseded", "detail": "a later version lies on top of it"}],
            "code_version": "c0de", "object_parts": [{"key": "k", "objects": 2, "sha256": "s", "chain": "cafe"}],
        }))
        .unwrap();
        let shown = Shown { proof, altered: Some(vec!["k is gone".into()]) };
        insta::assert_snapshot!(text(&shown), @r"
        VERIFIED_WITH_WARNINGS: 2 of 2 object versions proven in s3://data (12 B)
          (/a: a later version lies on top of it)
          checked  2026-11-23 10:00:00 UTC by program c0de
          parts    0 of the report, 1 of the list of objects
          seal     cafe
          ALTERED  k is gone
        ");
    }
}
