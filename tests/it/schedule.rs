//! The schedule really fires.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};

/// The rule fires once a minute, and the emulator looks every few seconds.
const ONE_TICK: Duration = Duration::from_secs(150);

pub(crate) async fn a_rate_rule_starts_an_execution(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "schedule", false).await?;
    deployment.set_key("expression", "\"rate(1 minute)\"")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    let proof =
        wait_until_some("a scheduled run with its proof", ONE_TICK, || first_proof(&deployment))
            .await?;
    assert_eq!(proof.verdict, Verdict::Verified, "{:?}", proof.findings);
    let starts = deployment.records.list("starts/schedule-").await?;
    assert!(!starts.is_empty(), "a scheduled start leaves a record under its slot");
    Ok(())
}

async fn first_proof(deployment: &Deployment) -> Result<Option<Proof>> {
    match deployment.read_runs().await?.first() {
        Some(run) => Ok(deployment.records.read(&keys::proof_document(run.execution.id())).await?),
        None => Ok(None),
    }
}
