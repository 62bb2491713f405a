//! Twenty schedules that fire at the same second, where three executions may run at once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::parallel::ParallelExecutions;
use domain::records::start::StartRecord;
use domain::sync_name::SyncName;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;
use e2e::part_syncs;
use e2e::three_syncs::create_files_of;
use futures::future::try_join_all;
use serde_json::json;

use crate::duplicates::{invoke_function, read_event};

const SYNCS: usize = 20;
const LIMIT: usize = 3;
const A_WHILE: Duration = Duration::from_secs(300);

/// One execution for each slot and sync, never more at once than the limit, all of them in the end.
pub(crate) async fn twenty_schedules_at_once_keep_the_limit(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "twenty", false).await?;
    deployment.edit_config(|text| add_entries(&text))?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    for sync in part_syncs::names(SYNCS) {
        create_files_of(&root, &sync, "content")?;
    }
    let tasks = read_tasks(&deployment).await?;
    set_all(&deployment, &tasks, Some("hold-at-preparing")).await?;
    let fired = part_syncs::names(SYNCS).map(|sync| fire_schedule(&deployment, sync));
    try_join_all(fired).await?;
    // Each once more, as EventBridge may.
    try_join_all(part_syncs::names(SYNCS).map(|sync| fire_schedule(&deployment, sync))).await?;
    let started = read_spans(&deployment, &tasks).await?.len();
    ensure!(started == LIMIT, "{started} executions run at once, not {LIMIT}");
    let waiting = read_waiting(&deployment).await?;
    set_all(&deployment, &tasks, None).await?;
    wait_for_all(&deployment).await?;

    let spans = read_spans(&deployment, &tasks).await?;
    ensure!(spans.len() == SYNCS, "{} executions of {SYNCS} slots", spans.len());
    let most = count_at_once(&spans);
    ensure!(most == LIMIT, "{most} executions ran at once, not {LIMIT}");
    require_one_start_each(&deployment).await?;
    require_order(&deployment, &waiting).await?;
    measurements::proven("schedules at once whose executions keep a limit of 3", SYNCS, "syncs");
    Ok(())
}

fn add_entries(text: &str) -> String {
    let limit = format!("[limits]\nmax_parallel_executions = {LIMIT}");
    format!("{}\n{}", text.replacen("[limits]", &limit, 1), part_syncs::sync_entries(SYNCS))
}

async fn read_tasks(deployment: &Deployment) -> Result<Vec<TaskArn>> {
    let outputs = deployment.read_outputs().await?;
    let tasks: Vec<_> = outputs.each_sync().map(|outputs| outputs.task_arn.clone()).collect();
    ensure!(tasks.len() == SYNCS, "{} syncs are deployed", tasks.len());
    Ok(tasks)
}

async fn set_all(deployment: &Deployment, tasks: &[TaskArn], fault: Option<&str>) -> Result<()> {
    for task in tasks {
        faults::set_fault_of_task(deployment, task, fault).await?;
    }
    Ok(())
}

/// Sends the event of EventBridge for the schedule of a sync; all of them have the same time.
async fn fire_schedule(deployment: &Deployment, sync: String) -> Result<()> {
    let mut event = read_event(FunctionName::StartExecution, "schedule.json")?;
    let rule = deployment.names.within_stack(&format!("schedule.{sync}"));
    event["resources"] = json!([deployment.names.regional_arn("events", &format!("rule/{rule}"))]);
    let said = invoke_function(deployment, FunctionName::StartExecution, &event).await?;
    ensure!(!said["outcome"].is_null(), "{sync}: {said}");
    Ok(())
}

/// The begin and the end of each execution, as DataSync tells them.
async fn read_spans(deployment: &Deployment, tasks: &[TaskArn]) -> Result<Vec<(f64, f64)>> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let mut spans = Vec::new();
    for task in tasks {
        let listed = datasync.list_task_executions().task_arn(task.as_str()).send().await?;
        for one in listed.task_executions() {
            let arn = one.task_execution_arn().context("an execution without an ARN")?;
            let told = datasync.describe_task_execution().task_execution_arn(arn).send().await?;
            let begin = told.start_time().context("an execution without a begin")?.as_secs_f64();
            let end = told.end_time().map_or(f64::INFINITY, |end| end.as_secs_f64());
            spans.push((begin, end));
        }
    }
    Ok(spans)
}

/// The most executions of which one had not ended when another began.
fn count_at_once(spans: &[(f64, f64)]) -> usize {
    let at =
        |moment: f64| spans.iter().filter(move |(begin, end)| *begin <= moment && moment < *end);
    spans.iter().map(|(begin, _)| at(*begin).count()).max().unwrap_or_default()
}

async fn wait_for_all(deployment: &Deployment) -> Result<()> {
    let good = async || {
        let runs = deployment.read_runs().await?;
        ensure!(runs.iter().all(|run| run.is_good()), "{runs:?}");
        Ok((runs.len() == SYNCS).then_some(()))
    };
    wait_until_some("a good run of each sync", A_WHILE, good).await
}

/// The syncs that wait for a place, in the order of their turns.
async fn read_waiting(deployment: &Deployment) -> Result<Vec<SyncName>> {
    let state = deployment.records.read::<ParallelExecutions>(keys::PARALLEL_EXECUTIONS).await?;
    let waiting = state.context("there is no document of the places")?.waiting;
    let mut waiting: Vec<_> =
        waiting.into_iter().map(|(sync, start)| (start.since, sync)).collect();
    ensure!(waiting.len() == SYNCS - LIMIT, "{} starts wait", waiting.len());
    waiting.sort();
    Ok(waiting.into_iter().map(|(_, sync)| sync).collect())
}

/// Each sync has one slot, which was started once.
async fn require_one_start_each(deployment: &Deployment) -> Result<()> {
    let mut started = BTreeSet::new();
    let slots = deployment.records.list("starts/").await?;
    for key in &slots {
        let slot: StartRecord = deployment.records.read(key).await?.context("a slot is gone")?;
        let execution = slot.execution.with_context(|| format!("{} was not started", slot.slot))?;
        started.insert((slot.sync, execution));
    }
    let (count, distinct) = (slots.len(), started.len());
    ensure!(count == SYNCS && distinct == SYNCS, "{count} slots, {distinct} executions");
    Ok(())
}

/// Those that waited got their places in the order of their turns. One whose invocation is slow
/// between its place and its begin keeps that place, while others pass it with the places that are
/// left: fewer than there are places may be passed so.
async fn require_order(deployment: &Deployment, waiting: &[SyncName]) -> Result<()> {
    let runs = deployment.read_runs().await?;
    let begin = |sync: &SyncName| runs.iter().find(|run| run.sync == *sync)?.started_at;
    let begins: Vec<_> = waiting.iter().map(begin).collect();
    ensure!(begins.iter().all(Option::is_some), "an execution has no begin: {begins:?}");
    let is_passed = |(turn, own): &(usize, &Option<_>)| {
        begins.iter().skip(turn + LIMIT).any(|later| later < *own)
    };
    let passed = begins.iter().enumerate().filter(is_passed).count();
    ensure!(passed < LIMIT, "{passed} executions were passed: {begins:?}");
    Ok(())
}
