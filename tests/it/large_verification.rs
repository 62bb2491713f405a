//! A report of more parts than one invocation looks at: lanes share it, in invocations of their
//! own, and the proof is locked.

use std::fs;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ObjectLockMode, ObjectVersion};
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::faults;

/// Some four hundred parts of 2 KB, which are five slices.
const FILES: usize = 1_000;

/// Syncs so many files that the report has hundreds of parts, and requires that they are proven.
async fn sync_many_files(deployment: &Deployment) -> Result<ExecutionArn> {
    let directory = deployment.efs_directory().await?;
    for number in 0..FILES {
        fs::write(directory.join(format!("file-{number:04}")), number.to_string())?;
    }
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    let execution = deployment.last_run().await?.execution;
    let proof: Option<Proof> =
        deployment.records.read(&keys::proof_document(execution.id())).await?;
    let proof = proof.context("there is no proof")?;
    let is_proven = proof.verdict == Verdict::Verified;
    ensure!(is_proven && proof.counts.transferred >= FILES as u64, "{proof:?}");
    ensure!(proof.report_parts.len() > 300, "the report has {} parts", proof.report_parts.len());
    Ok(execution)
}

pub(crate) async fn workers_share_it_and_its_proof_is_locked(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "large", false).await?;
    deployment.set_key("object_lock_mode", "\"GOVERNANCE\"\nobject_lock_days = 1")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let again = deployment.command_line.succeed(&["plan"]).await?;
    ensure!(again.stdout.contains("No changes"), "{}", again.stdout);

    faults::set_fault(&deployment, Some("small-report-parts")).await?;
    let execution = sync_many_files(&deployment).await?;
    require_four_workers(&deployment, &execution).await?;
    deployment.command_line.succeed(&["proof", execution.id(), "--check"]).await?;
    require_locked(&deployment, &execution).await
}

/// Four lanes have sorted, and four have looked.
async fn require_four_workers(deployment: &Deployment, execution: &ExecutionArn) -> Result<()> {
    let scratch = format!("{}{}/", keys::SCRATCH_PREFIX, execution.id());
    let left = deployment.records.list(&scratch).await?;
    for step in ["partition", "compare"] {
        let workers = left.iter().filter(|key| key.contains(&format!("/leases/{step}-"))).count();
        ensure!(workers == 4, "{workers} workers have done `{step}`: {left:#?}");
    }
    Ok(())
}

async fn require_undeletable(s3: &Client, bucket: &str, version: &ObjectVersion) -> Result<()> {
    let key = version.key().context("a version without a key")?;
    let head = s3.head_object().bucket(bucket).key(key).send().await?;
    ensure!(head.object_lock_mode == Some(ObjectLockMode::Governance), "`{key}` is not locked");
    let delete =
        s3.delete_object().bucket(bucket).key(key).set_version_id(version.version_id.clone());
    ensure!(delete.send().await.is_err(), "`{key}` could be deleted");
    Ok(())
}

/// Requires that no document of the proof can be deleted, and that `destroy` says why.
async fn require_locked(deployment: &Deployment, execution: &ExecutionArn) -> Result<()> {
    let (s3, bucket) = (&deployment.s3, deployment.names.records_bucket());
    let of_proof = format!("{}{}/", keys::PROOFS_PREFIX, execution.id());
    let listed = s3.list_object_versions().bucket(&bucket).prefix(of_proof).send().await?;
    let versions = listed.versions();
    ensure!(versions.len() > 1, "a proof and its list of objects: {versions:?}");
    for version in versions {
        require_undeletable(s3, &bucket, version).await?;
    }
    let name = deployment.names.stack.as_str();
    let destroy = ["destroy", "--yes", name, "--delete-data", "--yes-delete-data", name];
    let said = deployment.command_line.fail(&destroy).await?.stderr;
    ensure!(said.contains("s3:BypassGovernanceRetention"), "{said}");
    Ok(())
}
