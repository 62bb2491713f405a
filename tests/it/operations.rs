//! The everyday commands: current and recorded executions, logs, and dead letters.

mod dead_letters;

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::records::run::RunRecord;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;
use serde_json::Value;

pub(crate) use dead_letters::dead_letters_are_replayed;

const A_MOMENT: Duration = Duration::from_secs(60);

async fn deploy_stack(cloud: &Cloud, account: &str, stack: &str) -> Result<Deployment> {
    let deployment = Deployment::prepare(cloud, account, stack, false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    Ok(deployment)
}

async fn json_of(deployment: &Deployment, arguments: &[&str]) -> Result<Value> {
    let said =
        deployment.command_line.succeed(&[arguments, &["--output", "json"]].concat()).await?.stdout;
    serde_json::from_str(&said).with_context(|| format!("`{arguments:?}` printed {said}"))
}

async fn pause_twice(deployment: &Deployment) -> Result<()> {
    let line = &deployment.command_line;
    let said = line.succeed(&["pause", "--reason", "the servers move"]).await?.stdout;
    ensure!(said.contains("paused since") && said.contains("the servers move"), "{said}");
    let first = json_of(deployment, &["status"]).await?["schedule"].clone();
    let reason = &first["paused"]["reason"];
    ensure!(first["enabled"] == false && reason == "the servers move", "{first}");
    ensure!(rule_state(deployment).await? == "DISABLED", "the rule is disabled");
    line.succeed(&["pause", "--reason", "another"]).await?;
    let again = json_of(deployment, &["status"]).await?["schedule"].clone();
    let (before, after) = (&first["paused"], &again["paused"]);
    let is_kept =
        after["since"] == before["since"] && after["reason"] == "the servers move; another";
    ensure!(is_kept && !after["by"].is_null(), "the first pause stays on record: {again}");
    Ok(())
}

pub(crate) async fn the_schedule_is_paused_until_it_is_resumed(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = deploy_stack(cloud, account, "paused").await?;
    pause_twice(&deployment).await?;
    let plan = deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
    let is_unchanged = plan.code == 0 && plan.stdout.contains("paused since");
    ensure!(is_unchanged, "a paused schedule is no change: {plan:?}");
    deployment.command_line.succeed(&["drift"]).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    ensure!(rule_state(&deployment).await? == "DISABLED", "a deploy leaves it paused");

    deployment.command_line.succeed(&["resume"]).await?;
    ensure!(rule_state(&deployment).await? == "ENABLED", "the rule is enabled again");
    deployment.command_line.succeed(&["drift"]).await?;
    let resumed = json_of(&deployment, &["status"]).await?["schedule"].clone();
    ensure!(resumed["enabled"] == true && resumed["paused"].is_null(), "{resumed}");
    Ok(())
}

async fn rule_state(deployment: &Deployment) -> Result<String> {
    let events = aws_sdk_eventbridge::Client::new(&deployment.sdk);
    let rule =
        events.describe_rule().name(deployment.names.within_stack("schedule")).send().await?;
    Ok(rule.state().map(|state| state.as_str().to_owned()).unwrap_or_default())
}

pub(crate) async fn runs_are_shown_and_cancelled(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = deploy_stack(cloud, account, "shown").await?;
    let root = deployment.efs_directory().await?;
    for name in ["a", "b", "c"] {
        fs::write(root.join(name), name)?;
    }
    deployment
        .command_line
        .succeed(&["sync", "--wait", "--include", "/a", "--verify-mode", "NONE"])
        .await?;
    let included = deployment.last_run().await?;
    ensure!(included.filters.includes.as_deref() == Some("/a"), "{:?}", included.filters);
    let listed = sync_by_list(&deployment).await?;
    require_listing(&deployment, &listed, &included).await?;
    require_queue_and_cancel(&deployment).await
}

/// Syncs what a list names, and lists that cannot be copied. Returns the good run.
async fn sync_by_list(deployment: &Deployment) -> Result<RunRecord> {
    let list = deployment.config_path().with_file_name("list");
    fs::write(&list, "/b\n")?;
    let list = list.display().to_string();
    let line = &deployment.command_line;
    line.succeed(&["sync", "--wait", "--manifest", &list]).await?;
    let listed = deployment.last_run().await?;
    let copied = list_objects(deployment).await?;
    ensure!(copied == ["a", "b"], "neither more nor less than was asked for: {copied:?}");
    fs::write(&list, "a\n/none\n")?;
    let failed = line.fail(&["sync", "--wait", "--manifest", &list]).await?.stdout;
    ensure!(failed.contains("not-at-source") && failed.contains("/none"), "{failed}");
    fs::write(&list, "b/\n")?;
    let said = line.fail(&["sync", "--manifest", &list]).await?.stderr;
    ensure!(said.contains("line 1, `b/`, names a directory"), "{said}");
    let said = line.fail(&["sync", "--include", "*.txt"]).await?.stderr;
    ensure!(said.contains("nothing was started"), "{said}");
    Ok(listed)
}

async fn end_quietly_without_reader(deployment: &Deployment) -> Result<()> {
    for arguments in
        [&["runs"][..], &["runs", "--output", "json"], &["logs", "--since", "1 hour ago"]]
    {
        let unread = deployment.command_line.run_without_reader(arguments).await?;
        let is_quiet = unread.code == 141 && unread.stderr.is_empty();
        ensure!(is_quiet, "a closed pipe ends it quietly: {unread:?}");
    }
    Ok(())
}

/// `runs`, `run` and `logs` show both executions.
async fn require_listing(
    deployment: &Deployment,
    listed: &RunRecord,
    included: &RunRecord,
) -> Result<()> {
    let runs = json_of(deployment, &["runs", "--since", "1 hour ago"]).await?;
    let all = runs.as_array().into_iter().flatten();
    let ids: Vec<&str> = all.filter_map(|run| run["execution"].as_str()).collect();
    let expected = [listed.execution.id(), included.execution.id()];
    ensure!(ids[1..] == expected, "the latest first: {runs}");
    let said = deployment.command_line.succeed(&["run", listed.execution.id()]).await?.stdout;
    for expected in ["succeeded: 1 files transferred", "by hand", "manifests/manual-", "VERIFIED"] {
        ensure!(said.contains(expected), "`{expected}` is missing:\n{said}");
    }
    end_quietly_without_reader(deployment).await?;
    require_names(deployment, listed).await?;
    let said = deployment.command_line.fail(&["run", "exec-00000000000000000"]).await?.stderr;
    ensure!(said.contains("there is no execution exec-00000000000000000"), "{said}");

    let said = deployment.command_line.succeed(&["logs", "--since", "1 hour ago"]).await?.stdout;
    ensure!(said.contains("  datasync  "), "what DataSync logged is there:\n{said}");
    Ok(())
}

/// An execution is found by the beginning of its id and as the latest one, and a part of the source
/// is shown as such.
async fn require_names(deployment: &Deployment, listed: &RunRecord) -> Result<()> {
    let line = &deployment.command_line;
    let id = listed.execution.id();
    let said = line.succeed(&["run", &id[..id.len() - 1]]).await?.stdout;
    ensure!(said.contains(id) && said.contains("PARTIAL"), "{said}");
    let latest = line.fail(&["wait"]).await?;
    ensure!(latest.stdout.contains("not-at-source"), "the last one failed: {latest:?}");
    let again = line.succeed(&["wait", id]).await?.stdout;
    ensure!(again.contains("VERIFIED"), "an ended execution is shown with its verdict: {again}");
    let wrong = line.fail(&["run", "nope"]).await?.stderr;
    ensure!(wrong.contains("`nope` is no execution id") && wrong.contains(id), "{wrong}");
    let runs = json_of(deployment, &["runs"]).await?;
    let kinds = runs.as_array().into_iter().flatten().map(|run| &run["kind"]);
    ensure!(kinds.into_iter().all(|kind| kind == "partial"), "{runs}");
    let fresh = json_of(deployment, &["status"]).await?["freshness"]["last_proven"].clone();
    ensure!(fresh.is_null(), "a part of the source is no proven copy: {fresh}");
    let empty = line.run(&["sync", "--wait", "--include", "/zzz"]).await?.stdout;
    ensure!(empty.contains("no file at the source matched"), "{empty}");
    Ok(())
}

/// One execution under way is adopted, another is queued behind it, and runs when it is cancelled.
async fn require_queue_and_cancel(deployment: &Deployment) -> Result<()> {
    faults::set_fault(deployment, Some("stay-launching")).await?;
    let started = json_of(deployment, &["sync"]).await?;
    let under_way = json_of(deployment, &["status"]).await?["under_way"].clone();
    ensure!(under_way["status"] == "LAUNCHING", "{under_way}");
    let adopted = json_of(deployment, &["sync", "--when-busy", "adopt"]).await?;
    ensure!(adopted["execution"] == started["execution"], "{adopted}");
    faults::set_fault(deployment, None).await?;
    let queued = json_of(deployment, &["sync", "--when-busy", "queue"]).await?;
    ensure!(queued["execution"] != started["execution"], "{queued}");
    let id = started["execution"].as_str().context("no execution was started")?;
    deployment.command_line.succeed(&["cancel", id]).await?;
    let queued = queued["execution"].as_str().context("no execution was queued")?.to_owned();
    let ended = async || {
        Ok(deployment.read_runs().await?.into_iter().find(|run| run.execution.as_str() == queued))
    };
    let run = wait_until_some("the end of the queued run", A_MOMENT, ended).await?;
    ensure!(run.is_good(), "it went on when the other was cancelled: {run:?}");
    Ok(())
}

async fn list_objects(deployment: &Deployment) -> Result<Vec<String>> {
    let bucket = deployment.read_outputs().await?.destination_bucket;
    let listed = deployment.s3.list_objects_v2().bucket(bucket).send().await?;
    let keys = listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
    Ok(keys.filter(|key| !key.ends_with('/')).collect())
}
