//! A verification that nobody starts, since the bucket sends no events any more.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use aws_sdk_s3::types::NotificationConfiguration;
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use tokio::time::sleep;

use crate::alert_inbox::AN_ALERT;

async fn stop_notifications(deployment: &Deployment) -> Result<()> {
    let none = NotificationConfiguration::builder().build();
    let off = deployment.s3.put_bucket_notification_configuration();
    let off = off.bucket(deployment.names.records_bucket());
    off.notification_configuration(none).send().await?;
    Ok(())
}

async fn deploy_unwoken(cloud: &Cloud, account: &str) -> Result<Deployment> {
    let deployment = Deployment::prepare(cloud, account, "unwoken", false).await?;
    deployment.set_key("proof_within_minutes", "1")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    stop_notifications(&deployment).await?;
    Ok(deployment)
}

/// Nobody is woken by the report: the bucket has ceased to send its events. What sweeps asks for
/// the check.
pub(crate) async fn an_unstarted_verification_is_requested_again(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = deploy_unwoken(cloud, account).await?;
    deployment.command_line.succeed(&["sync"]).await?;
    let recorded = async || Ok(deployment.read_runs().await?.pop());
    let run = wait_until_some("the run's record", AN_ALERT, recorded).await?;

    let proof = keys::proof_document(run.execution.id());
    let read_proof = async || Ok(deployment.records.read::<Proof>(&proof).await?);
    let missing = read_proof().await?;
    ensure!(missing.is_none(), "somebody was woken: {missing:?}");
    // A minute is the shortest that can be configured; the listing's seconds are whole ones.
    sleep(Duration::from_secs(62)).await;
    deployment.command_line.succeed(&["sync"]).await?;
    let proven = wait_until_some("the proof", AN_ALERT, read_proof);
    ensure!(proven.await?.verdict == Verdict::Verified, "the proof does not verify the run");
    Ok(())
}
