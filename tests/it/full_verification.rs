//! The defaults compare what was transferred; the rule of full verifications compares everything,
//! among other executions.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_datasync::types::VerifyMode;
use aws_sdk_lambda::primitives::Blob;
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::names::FULL_VERIFICATION_RULE;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::RunRecord;
use domain::records::start::{full_verification_slot, scheduled_slot};
use domain::sync_name::SyncName;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;
use e2e::project;
use e2e::subscriber::Subscriber;
use serde_json::{Value, json};

/// Enough for percentages to be judged.
const FILES: usize = 30;
const A_MOMENT: Duration = Duration::from_secs(60);
const TIME: &str = "2026-11-23T10:00:00Z";

pub(crate) async fn a_separate_execution_compares_everything(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "verified", false).await?;
    let plan = deployment.command_line.succeed(&["plan"]).await?.stdout;
    ensure!(
        plan.contains("each execution verifies the files it transferred")
            && plan.contains("rate(7 days)"),
        "{plan}"
    );
    deployment.command_line.succeed(&["deploy"]).await?;
    let subscriber = Subscriber::subscribe(&deployment).await?;
    let root = deployment.efs_directory().await?;
    for number in 0..FILES {
        fs::write(root.join(format!("file-{number}")), "content")?;
    }
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    require_comparison(&deployment, VerifyMode::OnlyFilesTransferred, FILES).await?;
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    require_comparison(&deployment, VerifyMode::OnlyFilesTransferred, 0).await?;

    let run = ticks_at_the_same_time(&deployment).await?;
    require_comparison(&deployment, VerifyMode::PointInTimeConsistent, FILES).await?;
    ensure!(run.is_good() && run.listed == Some(FILES as i64), "{run:?}");
    for class in [Class::Cancelled, Class::Recovered] {
        let alert = subscriber.next(A_MOMENT).await?;
        ensure!(alert.message.contains(class.as_str()), "not told as {class:?}: {}", alert.message);
    }
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    require_comparison(&deployment, VerifyMode::OnlyFilesTransferred, 0).await?;
    ensure!(
        subscriber.receive_one().await?.is_none(),
        "a full verification beside other executions alerts somebody"
    );

    shown_and_paused(&deployment).await?;
    an_emptied_source_fails(&deployment, &subscriber, &root).await?;
    taken_away(&deployment).await
}

/// While an execution is under way: the tick of the schedule passes, the full verification follows.
async fn ticks_at_the_same_time(deployment: &Deployment) -> Result<RunRecord> {
    faults::set_fault(deployment, Some("stay-launching")).await?;
    let under_way = invoke_with_file(deployment, "manual.json").await?;
    ensure!(under_way["outcome"] == "started", "{under_way}");
    faults::set_fault(deployment, None).await?;
    let scheduled = invoke_with_file(deployment, "schedule.json").await?;
    ensure!(scheduled["outcome"] == "skipped", "{scheduled}");
    let full = invoke_with_file(deployment, "full-verification.json").await?;
    ensure!(full["outcome"] == "started", "{full}");
    let again = invoke_with_file(deployment, "full-verification.json").await?;
    let is_same = again["execution"] == full["execution"];
    ensure!(again["outcome"] == "already-started" && is_same, "{again}");
    let time = chrono::DateTime::parse_from_rfc3339(TIME)?.to_utc();
    let slot = full_verification_slot(time);
    ensure!(full["slot"] == slot && scheduled["slot"] == scheduled_slot(time), "{full}");
    let under_way = under_way["execution"].as_str().context("an execution has an ARN")?;
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    datasync.cancel_task_execution().task_execution_arn(under_way).send().await?;
    let proven = async || read_proven_run(deployment, &slot).await;
    wait_until_some("the full verification with its proof", A_MOMENT, proven).await
}

/// The run of a slot, once it has a proof.
async fn read_proven_run(deployment: &Deployment, slot: &str) -> Result<Option<RunRecord>> {
    let runs = deployment.read_runs().await?;
    let run = runs.into_iter().find(|run| run.slot.as_deref() == Some(slot));
    let Some(run) = run else { return Ok(None) };
    let proof: Option<Proof> =
        deployment.records.read(&keys::proof_document(run.execution.id())).await?;
    Ok(proof.map(|_| run))
}

async fn require_mode(
    deployment: &Deployment,
    execution: &ExecutionArn,
    mode: VerifyMode,
) -> Result<()> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let described = datasync.describe_task_execution().task_execution_arn(execution.as_str());
    let options = described.send().await?.options.context("an execution without options")?;
    ensure!(options.verify_mode == Some(mode.clone()), "{:?}, not {mode:?}", options.verify_mode);
    let log_level = options.log_level.context("the options are not whole")?;
    ensure!(log_level.as_str() == "TRANSFER", "the task's other options hold: {log_level:?}");
    Ok(())
}

/// The latest execution: what it was told to compare, what its report says it did, and that its
/// proof is good.
async fn require_comparison(
    deployment: &Deployment,
    mode: VerifyMode,
    verified: usize,
) -> Result<()> {
    let run = deployment.last_run().await?;
    require_mode(deployment, &run.execution, mode).await?;
    let proof: Option<Proof> =
        deployment.records.read(&keys::proof_document(run.execution.id())).await?;
    let proof = proof.context("there is no proof")?;
    ensure!(proof.verdict == Verdict::Verified, "{proof:?}");
    let parts = list_report_parts(deployment, &run.execution).await?;
    ensure!(
        (verified == 0) == parts.is_empty(),
        "{verified} files were compared, and the report has {parts:?}"
    );
    ensure!(run.counters.files_verified == verified as i64, "{verified}: {:?}", run.counters);
    Ok(())
}

/// The parts of the detailed report.
async fn list_report_parts(
    deployment: &Deployment,
    execution: &ExecutionArn,
) -> Result<Vec<String>> {
    Ok(deployment
        .records
        .list(&keys::detailed_reports(execution.task().id(), execution.id()))
        .await?)
}

async fn shown_and_paused(deployment: &Deployment) -> Result<()> {
    let status = read_status(deployment).await?;
    let full = &status["full_verification"];
    let is_enabled = full["expression"] == "rate(7 days)" && full["enabled"] == true;
    ensure!(is_enabled && !full["next_run"].is_null(), "{full}");
    let mut runs = status["runs"].as_array().into_iter().flatten();
    ensure!(runs.any(|run| run["started_by"] == "full-verification"), "{status}");
    deployment.command_line.succeed(&["pause"]).await?;
    let state = rule_state(deployment).await?;
    ensure!(state.as_deref() == Some("DISABLED"), "a pause holds for both rules");
    let paused = read_status(deployment).await?["full_verification"].clone();
    ensure!(paused["enabled"] == false && !paused["paused"].is_null(), "{paused}");
    let plan = deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "a pause is no change: {plan:?}");
    deployment.command_line.succeed(&["resume"]).await?;
    let state = rule_state(deployment).await?;
    ensure!(state.as_deref() == Some("ENABLED"), "the rule is enabled again");
    Ok(())
}

/// In the defaults, too, a source that was emptied is no success, and no new baseline.
async fn an_emptied_source_fails(
    deployment: &Deployment,
    subscriber: &Subscriber,
    root: &Path,
) -> Result<()> {
    for number in 0..FILES {
        fs::remove_file(root.join(format!("file-{number}")))?;
    }
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    let run = deployment.last_run().await?;
    ensure!(run.class == Some(Class::NothingListed), "{run:?}");
    let alert = subscriber.next(A_MOMENT).await?;
    ensure!(alert.message.contains(Class::NothingListed.as_str()), "{}", alert.message);
    let last: Option<LastRun> =
        deployment.records.read(&keys::last_run(&SyncName::default())).await?;
    let baseline = last.context("there is no last run")?.baseline;
    let is_same = baseline.is_some_and(|baseline| baseline.listed == Some(FILES as i64));
    ensure!(is_same, "the baseline moved on");
    Ok(())
}

/// The rule is removed where each execution compares everything, and with the stack.
async fn taken_away(deployment: &Deployment) -> Result<()> {
    deployment.set_key("verify_mode", "\"POINT_IN_TIME_CONSISTENT\"")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    ensure!(rule_state(deployment).await?.is_none(), "the rule is still there");
    ensure!(
        read_status(deployment).await?["full_verification"].is_null(),
        "status shows a rule that is gone"
    );
    deployment.command_line.succeed(&["pause"]).await?;
    deployment.command_line.succeed(&["resume"]).await?;
    deployment.set_key("verify_mode", "\"ONLY_FILES_TRANSFERRED\"")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    ensure!(rule_state(deployment).await?.as_deref() == Some("ENABLED"), "the rule is back");
    deployment.command_line.succeed(&["destroy", "--yes", &deployment.names.stack]).await?;
    ensure!(rule_state(deployment).await?.is_none(), "the rule outlives the stack");
    Ok(())
}

async fn read_status(deployment: &Deployment) -> Result<Value> {
    let said = deployment.command_line.succeed(&["status", "--output", "json"]).await?.stdout;
    serde_json::from_str(&said).with_context(|| format!("status printed {said}"))
}

/// `None` where there is no such rule.
async fn rule_state(deployment: &Deployment) -> Result<Option<String>> {
    let events = aws_sdk_eventbridge::Client::new(&deployment.sdk);
    let name = deployment.names.within_stack(FULL_VERIFICATION_RULE);
    let rules = events.list_rules().name_prefix(&name).send().await?;
    let rule = rules.rules().iter().find(|rule| rule.name() == Some(name.as_str()));
    Ok(rule.and_then(|rule| rule.state()).map(|state| state.as_str().to_owned()))
}

/// Invokes `start-execution` with an example of an event, changed to name this stack.
async fn invoke_with_file(deployment: &Deployment, file: &str) -> Result<Value> {
    let path = project::root_folder().join("events/start-execution").join(file);
    let mut payload: Value = serde_json::from_slice(&fs::read(path)?)?;
    if payload.get("resources").is_some() {
        let rule = file.trim_end_matches(".json");
        payload["resources"] = json!([deployment.names.rule_arn(rule)]);
        payload["time"] = json!(TIME);
    }
    let lambda = aws_sdk_lambda::Client::new(&deployment.sdk);
    let invoke =
        lambda.invoke().function_name(deployment.names.function_name(FunctionName::StartExecution));
    let answer = invoke.payload(Blob::new(serde_json::to_vec(&payload)?)).send().await?;
    let said: Value = serde_json::from_slice(answer.payload.unwrap_or(Blob::new("null")).as_ref())?;
    ensure!(answer.function_error.is_none(), "start-execution failed: {said}");
    Ok(said)
}
