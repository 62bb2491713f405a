//! Versions that `get` refuses: altered after their proof, or archived.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::types::StorageClass;
use domain::records::hash_chain::ChainLink;
use domain::records::keys;
use domain::records::proof::Proof;
use e2e::deployment::Deployment;
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::NEXT_SECOND;

/// A digest in the list that is not that of the content: sealed anew, as only its forger could.
pub(super) async fn altered_proof_is_noticed(
    deployment: &Deployment,
    execution: &str,
    version: &str,
    file: &str,
) -> Result<()> {
    let mut proof: Proof =
        deployment.records.read(&keys::proof_document(execution)).await?.context("no proof")?;
    let link = proof.object_parts.first().context("no parts")?.clone();
    let text =
        String::from_utf8(deployment.records.read_bytes(&link.key).await?.context("no part")?)?;
    let forge = |line: &str| {
        let mut object: Value = serde_json::from_str(line)?;
        if object["version_id"] == version {
            object["sha256"] = "0".repeat(64).into();
        }
        anyhow::Ok(object.to_string() + "\n")
    };
    let forged: String = text.lines().map(forge).collect::<Result<_>>()?;
    proof.object_parts =
        vec![ChainLink::new_after(None, link.key.clone(), link.objects, forged.as_bytes())];
    deployment.records.write_bytes(&link.key, forged.into_bytes(), "application/x-ndjson").await?;
    deployment.records.write(&keys::proof_document(execution), &proof).await?;
    let to = format!("{file} altered");
    let differs = deployment
        .command_line
        .fail(&["get", "a/one.txt", "--version", version, "--to", &to])
        .await?;
    ensure!(differs.stderr.contains("was proven"), "{}", differs.stderr);
    ensure!(!Path::new(&to).exists(), "what is not as it was proven was put in place");
    Ok(())
}

pub(super) async fn archived_is_refused(deployment: &Deployment, root: &Path) -> Result<()> {
    let (line, bucket) =
        (&deployment.command_line, deployment.read_outputs().await?.destination_bucket);
    sleep(NEXT_SECOND).await;
    for class in [StorageClass::Glacier, StorageClass::DeepArchive] {
        let put = deployment.s3.put_object().bucket(&bucket).key(format!("cold/{class}"));
        put.storage_class(class).body(Vec::from("cold").into()).send().await?;
    }
    sleep(NEXT_SECOND).await;
    let now = chrono::Utc::now().to_rfc3339();
    let refused =
        line.fail(&["restore", "--at", &now, "--prefix", "cold/", "--to", "cold"]).await?;
    ensure!(refused.stderr.contains("2 of 2 files are archived"), "{}", refused.stderr);
    ensure!(!root.join("cold").exists(), "a refused restore has begun");
    let planned = line
        .succeed_with_json::<Value>(&["restore", "--at", &now, "--prefix", "cold/", "--dry-run"])
        .await?;
    ensure!(planned["archived"] == 2, "{planned}");
    let history = line.succeed_with_json::<Value>(&["versions", "cold/GLACIER"]).await?;
    ensure!(
        history[0]["archived"] == true && history[0]["storage_class"] == "GLACIER",
        "{history}"
    );
    let to = root.join("cold file").display().to_string();
    let cold = line.fail(&["get", "cold/GLACIER", "--to", &to]).await?;
    ensure!(
        cold.stderr.contains("is archived") && cold.stderr.contains("restore-object"),
        "{}",
        cold.stderr
    );
    Ok(())
}
