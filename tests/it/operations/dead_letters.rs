//! Events that no function could work off: shown, and replayed.

use anyhow::{Context, Result, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::function::FunctionName;
use domain::records::keys;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use serde_json::{Value, json};

use super::{A_MOMENT, deploy_stack, json_of};

pub(crate) async fn dead_letters_are_replayed(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = deploy_stack(cloud, account, "dead").await?;
    ensure!(json_of(&deployment, &["failures"]).await? == json!([]), "nothing has failed yet");
    let outputs: Value =
        deployment.records.read(keys::OUTPUTS).await?.context("the stack has no outputs")?;
    deployment.records.remove(keys::OUTPUTS).await?;
    invoke_in_vain(&deployment).await?;
    let dead = async || {
        let failures = json_of(&deployment, &["failures"]).await?;
        Ok((failures != json!([])).then_some(failures))
    };
    let failures = wait_until_some("a dead letter, after two more tries", A_MOMENT, dead).await?;
    let why = failures[0]["why"].as_str().unwrap_or_default();
    let is_told = why.contains("the stack has no outputs yet");
    ensure!(is_told && failures[0]["payload"]["slot"] == "manual-dead", "{failures}");

    deployment.records.write(keys::OUTPUTS, &outputs).await?;
    require_replay(&deployment).await
}

async fn require_replay(deployment: &Deployment) -> Result<()> {
    let depth = json_of(deployment, &["status"]).await?["dead_letters"].clone();
    ensure!(depth == 1, "status tells of it: {depth}");
    deployment.command_line.succeed(&["failures", "--replay"]).await?;
    let ran = async || Ok(deployment.read_runs().await?.pop());
    let run = wait_until_some("the run that was asked for", A_MOMENT, ran).await?;
    ensure!(run.slot.as_deref() == Some("manual-dead"), "{run:?}");
    ensure!(json_of(deployment, &["failures"]).await? == json!([]), "it is out of the queue");
    Ok(())
}

/// Asks for a run of a stack whose outputs are gone.
async fn invoke_in_vain(deployment: &Deployment) -> Result<()> {
    let lambda = aws_sdk_lambda::Client::new(&deployment.sdk);
    let invoke =
        lambda.invoke().function_name(deployment.names.function_name(FunctionName::StartExecution));
    let payload = Blob::new(json!({ "slot": "manual-dead" }).to_string());
    invoke.invocation_type(InvocationType::Event).payload(payload).send().await?;
    Ok(())
}
