//! Versions that `get` refuses: altered after their proof, or archived.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::StorageClass;
use domain::records::hash_chain::ChainLink;
use domain::records::keys;
use domain::records::proof::Proof;
use e2e::deployment::Deployment;
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::NEXT_SECOND;

/// The line of an object, with another digest if it is that of the version.
fn forge_digest(line: &str, version: &str) -> Result<String> {
    let mut object: Value = serde_json::from_str(line)?;
    if object["version_id"] == version {
        object["sha256"] = "0".repeat(64).into();
    }
    Ok(object.to_string() + "\n")
}

/// A digest in the list that is not that of the content: sealed anew, as only its forger could.
pub(super) async fn altered_proof_is_noticed(
    deployment: &Deployment,
    execution: &str,
    version: &str,
    file: &str,
) -> Result<()> {
    let (records, document) = (&deployment.records, keys::proof_document(execution));
    let mut proof: Proof = records.read(&document).await?.context("no proof")?;
    let link = proof.object_parts.first().context("no parts")?.clone();
    let text = String::from_utf8(records.read_bytes(&link.key).await?.context("no part")?)?;
    let forge = |line| forge_digest(line, version);
    let forged: String = text.lines().map(forge).collect::<Result<_>>()?;
    proof.object_parts =
        vec![ChainLink::new_after(None, link.key.clone(), link.objects, forged.as_bytes())];
    records.write_bytes(&link.key, forged.into_bytes(), "application/x-ndjson").await?;
    records.write(&document, &proof).await?;
    let to = format!("{file} altered");
    let get = ["get", "a/one.txt", "--version", version, "--to", &to];
    let said = deployment.command_line.fail(&get).await?.stderr;
    ensure!(said.contains("was proven"), "{said}");
    ensure!(!Path::new(&to).exists(), "what is not as it was proven was put in place");
    Ok(())
}

pub(super) async fn archived_is_refused(deployment: &Deployment, root: &Path) -> Result<()> {
    let (line, bucket) =
        (&deployment.command_line, deployment.read_outputs().await?.destination_bucket);
    put_archived(&deployment.s3, &bucket).await?;
    let now = chrono::Utc::now().to_rfc3339();
    let refused =
        line.fail(&["restore", "--at", &now, "--prefix", "cold/", "--to", "cold"]).await?;
    ensure!(refused.stderr.contains("2 of 2 files are archived"), "{}", refused.stderr);
    ensure!(!root.join("cold").exists(), "a refused restore has begun");
    let dry_run = ["restore", "--at", &now, "--prefix", "cold/", "--dry-run"];
    let planned = line.succeed_with_json::<Value>(&dry_run).await?;
    ensure!(planned["archived"] == 2, "{planned}");
    let history = line.succeed_with_json::<Value>(&["versions", "cold/GLACIER"]).await?;
    let newest = &history[0];
    ensure!(newest["archived"] == true && newest["storage_class"] == "GLACIER", "{history}");
    let to = root.join("cold file").display().to_string();
    let said = line.fail(&["get", "cold/GLACIER", "--to", &to]).await?.stderr;
    ensure!(said.contains("is archived") && said.contains("restore-object"), "{said}");
    Ok(())
}

/// Puts objects into archives, in a second of their own.
async fn put_archived(s3: &Client, bucket: &str) -> Result<()> {
    sleep(NEXT_SECOND).await;
    for class in [StorageClass::Glacier, StorageClass::DeepArchive] {
        let put = s3.put_object().bucket(bucket).key(format!("cold/{class}"));
        put.storage_class(class).body(Vec::from("cold").into()).send().await?;
    }
    sleep(NEXT_SECOND).await;
    Ok(())
}
