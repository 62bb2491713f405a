//! Three executions end at once: their events in every order, each twice, and none at all.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_datasync::types::TaskExecutionStatus;
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::sync_name::SyncName;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;
use e2e::three_syncs::{SYNCS, ThreeSyncs};
use serde_json::json;

use super::{last_run_of, owner_of, read_proof};
use crate::duplicates::{invoke_function, read_event};

const A_MOMENT: Duration = Duration::from_secs(60);
/// Every order of three.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

pub(crate) async fn events_of_three_syncs_end_the_same_in_every_order(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let owner = owner_of(account)?;
    let syncs = ThreeSyncs::prepare(cloud, (account, &owner), "orders", false).await?;
    syncs.deploy().await?;
    for sync in SYNCS {
        let task = syncs.deployment.read_outputs_of(sync).await?.task_arn;
        faults::set_fault_of_task(&syncs.deployment, &task, Some("lose-event")).await?;
    }
    for (round, order) in ORDERS.iter().enumerate() {
        let executions = run_all(&syncs, &format!("round {round}")).await?;
        for place in order {
            for _ in 0..2 {
                deliver_end(&syncs.deployment, &executions[*place]).await?;
            }
        }
        require_records(&syncs.deployment, &executions, round + 1).await?;
    }
    let executions = run_all(&syncs, "no event").await?;
    syncs.deployment.invoke_sweep().await?;
    require_records(&syncs.deployment, &executions, ORDERS.len() + 1).await?;
    let counted = ORDERS.len() + 1;
    measurements::proven("orders of three ends with the same records", counted, "orders");
    syncs.vault.delete().await
}

/// One execution of each sync, all of which have ended.
async fn run_all(syncs: &ThreeSyncs, content: &str) -> Result<Vec<ExecutionArn>> {
    syncs.create_files(content).await?;
    syncs.deployment.command_line.succeed(&["sync", "--all"]).await?;
    let datasync = aws_sdk_datasync::Client::new(&syncs.deployment.datasync_config());
    let mut executions = Vec::new();
    for sync in SYNCS {
        let task = syncs.deployment.read_outputs_of(sync).await?.task_arn;
        let described = datasync.describe_task().task_arn(task.as_str()).send().await?;
        let arn = described.current_task_execution_arn.context("nothing was started")?;
        let ended = async || {
            let now = datasync.describe_task_execution().task_execution_arn(&arn).send().await?;
            Ok((now.status == Some(TaskExecutionStatus::Success)).then_some(()))
        };
        wait_until_some("the end of an execution", A_MOMENT, ended).await?;
        executions.push(ExecutionArn::parse(&arn)?);
    }
    Ok(executions)
}

async fn deliver_end(deployment: &Deployment, execution: &ExecutionArn) -> Result<()> {
    let mut event = read_event(FunctionName::OnExecutionComplete, "success.json")?;
    event["resources"] = json!([execution]);
    invoke_function(deployment, FunctionName::OnExecutionComplete, &event).await?;
    Ok(())
}

/// Each execution has one record, of its own sync, which is also its latest; and a proof.
async fn require_records(
    deployment: &Deployment,
    executions: &[ExecutionArn],
    rounds: usize,
) -> Result<()> {
    for (sync, execution) in SYNCS.into_iter().zip(executions) {
        let recorded = async || {
            let run = last_run_of(deployment, sync).await.ok();
            Ok(run.filter(|run| run.execution == *execution))
        };
        let run = wait_until_some("the record of an execution", A_MOMENT, recorded).await?;
        ensure!(run.is_good(), "{sync}: {run:?}");
        let proven = async || Ok(read_proof(deployment, &run).await.ok());
        let proof = wait_until_some("its proof", A_MOMENT, proven).await?;
        ensure!(proof.sync.as_str() == sync, "the proof of {sync} is one of {}", proof.sync);
        let key = keys::last_run(&SyncName::parse(sync)?);
        let last: LastRun = deployment.records.read(&key).await?.context("there is no last run")?;
        ensure!(last.execution == *execution, "the last run of {sync} is {}", last.execution);
        let runs = deployment.read_runs_of(sync).await?;
        let distinct: BTreeSet<_> = runs.iter().map(|run| &run.execution).collect();
        ensure!(distinct.len() == rounds, "{sync} has {} runs, not {rounds}", distinct.len());
    }
    Ok(())
}
