//! EventBridge and S3 deliver at least once: every event again changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_lambda::primitives::Blob;
use domain::function::FunctionName;
use domain::records::keys;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::project;
use e2e::subscriber::Subscriber;
use serde_json::{Value, json};

pub(crate) async fn every_event_twice_changes_nothing(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "duplicates", false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let subscriber = Subscriber::subscribe(&deployment).await?;
    fs::write(deployment.efs_directory().await?.join("file"), "content")?;

    let scheduled = read_event(FunctionName::StartExecution, "schedule.json")?;
    let first = invoke_function(&deployment, FunctionName::StartExecution, &scheduled).await?;
    ensure!(first["outcome"] == "started", "the first event starts an execution: {first}");
    wait_for_proof(&deployment).await?;
    let run = deployment.last_run().await?;
    let before = read_records(&deployment).await?;

    let mut state_change = read_event(FunctionName::OnExecutionComplete, "success.json")?;
    state_change["resources"] = json!([run.execution]);
    let mut report_created = read_event(FunctionName::VerifyVersions, "report-created.json")?;
    let summaries = keys::summary_reports(run.execution.task().id(), run.execution.id());
    let summary =
        deployment.records.list(&summaries).await?.pop().context("there is no summary report")?;
    report_created["detail"]["bucket"]["name"] = json!(deployment.names.records_bucket());
    report_created["detail"]["object"]["key"] = json!(summary);
    for _ in 0..2 {
        let again = invoke_function(&deployment, FunctionName::StartExecution, &scheduled).await?;
        ensure!(again["outcome"] == "already-started", "the same slot again: {again}");
        invoke_function(&deployment, FunctionName::OnExecutionComplete, &state_change).await?;
        invoke_function(&deployment, FunctionName::VerifyVersions, &report_created).await?;
        invoke_function(
            &deployment,
            FunctionName::BootstrapStack,
            &read_event(FunctionName::BootstrapStack, "apply.json")?,
        )
        .await?;
        let daily = read_event(FunctionName::BootstrapStack, "daily.json")?;
        invoke_function(&deployment, FunctionName::BootstrapStack, &daily).await?;
    }
    ensure!(deployment.read_runs().await?.len() == 1, "one execution has one run record");
    ensure!(read_records(&deployment).await? == before, "a repeated event changed a record");
    ensure!(subscriber.receive_one().await?.is_none(), "a repeated event sent an alert");
    Ok(())
}

async fn wait_for_proof(deployment: &Deployment) -> Result<()> {
    e2e::deployment::wait_until_some("a run with its proof", Duration::from_secs(60), || async {
        let Some(run) = deployment.read_runs().await?.pop() else { return Ok(None) };
        Ok(deployment
            .records
            .read::<Value>(&keys::proof_document(run.execution.id()))
            .await?
            .map(drop))
    })
    .await
}

/// Everything the functions wrote, by key, but for what an apply may write again.
async fn read_records(deployment: &Deployment) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for prefix in ["starts/", keys::RUNS_PREFIX, "proofs/", "reports/", "state/"] {
        for key in deployment.records.list(prefix).await? {
            let bytes = deployment.records.read_bytes(&key).await?;
            found.insert(key, bytes.unwrap_or_default());
        }
    }
    Ok(found)
}

/// An example of an event, as `events/` has it.
pub(crate) fn read_event(function: FunctionName, file: &str) -> Result<Value> {
    let path = project::root_folder().join("events").join(function.name()).join(file);
    let text =
        fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Invokes a function with a payload and returns its response.
pub(crate) async fn invoke_function(
    deployment: &Deployment,
    function: FunctionName,
    payload: &Value,
) -> Result<Value> {
    let lambda = aws_sdk_lambda::Client::new(&deployment.sdk);
    let invoke = lambda.invoke().function_name(deployment.names.function_name(function));
    let answer = invoke.payload(Blob::new(serde_json::to_vec(payload)?)).send().await?;
    let said: Value = serde_json::from_slice(answer.payload.unwrap_or(Blob::new("null")).as_ref())?;
    ensure!(answer.function_error.is_none(), "{function} failed: {said}");
    Ok(said)
}
