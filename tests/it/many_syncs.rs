//! Stacks of many syncs: each has its own place, schedule, proof and end, and what is done to one
//! leaves the others alone.

mod events;
mod layouts;
mod parallel;
mod removal;
mod requests;

use std::fs;

use anyhow::{Context, Result, ensure};
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::RunRecord;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::three_syncs::{OTHER_REGION, SYNCS, ThreeSyncs};
use serde_json::Value;

pub(crate) use events::events_of_three_syncs_end_the_same_in_every_order;
pub(crate) use layouts::each_layout_is_deployed_and_destroyed;
pub(crate) use parallel::twenty_schedules_at_once_keep_the_limit;
pub(crate) use removal::removing_and_renaming_one_leaves_the_others_alone;
pub(crate) use requests::a_plan_of_fifty_asks_little_more_than_one_of_one;

/// The account of the vault's owner, of a trial in this account.
pub(crate) fn owner_of(account: &str) -> Result<String> {
    let number: u64 = account.parse().context("an account is a number")?;
    Ok(format!("{:012}", number + 100_000_000_000))
}

pub(crate) async fn each_of_three_syncs_has_its_own_place_and_life(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let owner = owner_of(account)?;
    let syncs = ThreeSyncs::prepare(cloud, (account, &owner), "many", false).await?;
    require_refusal_without_policy(&syncs).await?;
    syncs.deploy().await?;
    let line = &syncs.deployment.command_line;
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "a second plan is not empty:\n{}", plan.both_outputs());
    syncs.create_files("first").await?;
    line.succeed(&["sync", "--all", "--wait"]).await?;
    require_copies(&syncs).await?;
    line.succeed(&["audit", "--all"]).await?;
    require_restores(&syncs).await?;
    require_own_pauses(&syncs.deployment).await?;
    require_destroyed(&syncs).await
}

/// Before the owner of the vault allows anything, a deploy says what is missing.
async fn require_refusal_without_policy(syncs: &ThreeSyncs) -> Result<()> {
    let line = &syncs.deployment.command_line;
    let said = line.fail(&["deploy"]).await?.both_outputs();
    let next = line.show_command("bucket-policy --sync vault");
    for expected in [syncs.vault.name.as_str(), &next] {
        ensure!(said.contains(expected), "`{expected}` is missing:\n{said}");
    }
    Ok(())
}

/// Each sync has copied its own files to its own place, and every version is proven.
async fn require_copies(syncs: &ThreeSyncs) -> Result<()> {
    let deployment = &syncs.deployment;
    for sync in SYNCS {
        let keys = syncs.list_keys(sync).await?;
        let expected = [format!("{sync}/deep/er/file"), format!("{sync}/file")];
        ensure!(keys == expected, "{sync} copied {keys:?}");
        let run = last_run_of(deployment, sync).await?;
        let proof = read_proof(deployment, &run).await?;
        ensure!(proof.verdict == Verdict::Verified && proof.sync.as_str() == sync, "{proof:?}");
        deployment.command_line.succeed(&["verify", run.execution.id()]).await?;
    }
    let home = deployment.s3_in(OTHER_REGION).list_buckets().send().await?;
    ensure!(home.buckets().len() == 3, "records, data, and the data of the other region: {home:?}");
    ensure!(syncs.vault.list_keys().await?.len() == 2, "nothing else is in the vault");
    Ok(())
}

async fn last_run_of(deployment: &Deployment, sync: &str) -> Result<RunRecord> {
    deployment.read_runs_of(sync).await?.pop().with_context(|| format!("{sync} has no run"))
}

async fn read_proof(deployment: &Deployment, run: &RunRecord) -> Result<Proof> {
    let key = keys::proof_document(run.execution.id());
    deployment.records.read(&key).await?.with_context(|| format!("{} has no proof", run.execution))
}

/// The files come back from another Region and from another account.
async fn require_restores(syncs: &ThreeSyncs) -> Result<()> {
    let root = syncs.deployment.efs_directory().await?;
    for sync in ["archive", "vault"] {
        let run = last_run_of(&syncs.deployment, sync).await?;
        let restore =
            ["restore", "--sync", sync, "--execution", run.execution.id(), "--to", "back"];
        let restored: Value = syncs.deployment.command_line.succeed_with_json(&restore).await?;
        ensure!(restored["complete"] == true && restored["restored"] == 2, "{sync}: {restored}");
        let back = root.join(sync).join("back");
        for file in ["file", "deep/er/file"] {
            ensure!(fs::read(back.join(file))? == b"first", "{sync}: {file} came back different");
        }
    }
    Ok(())
}

/// The states of the schedules of the three.
async fn read_schedules(deployment: &Deployment) -> Result<[bool; 3]> {
    let events = aws_sdk_eventbridge::Client::new(&deployment.sdk);
    let mut enabled = [false; 3];
    for (sync, enabled) in SYNCS.into_iter().zip(&mut enabled) {
        let name = deployment.names.within_stack(&format!("schedule.{sync}"));
        let rule = events.describe_rule().name(name).send().await?;
        *enabled = rule.state().is_some_and(|state| state.as_str() == "ENABLED");
    }
    Ok(enabled)
}

async fn require_own_pauses(deployment: &Deployment) -> Result<()> {
    let line = &deployment.command_line;
    line.succeed(&["pause", "--sync", "archive", "--reason", "its bucket moves"]).await?;
    ensure!(read_schedules(deployment).await? == [true, false, true], "archive alone is paused");
    line.succeed(&["deploy"]).await?;
    ensure!(read_schedules(deployment).await? == [true, false, true], "a deploy keeps the pause");
    line.succeed(&["resume", "--sync", "archive"]).await?;
    ensure!(read_schedules(deployment).await? == [true; 3], "all are resumed");
    Ok(())
}

/// With the data nothing is left, in both Regions; the vault is its owner's.
async fn require_destroyed(syncs: &ThreeSyncs) -> Result<()> {
    let (deployment, name) = (&syncs.deployment, &syncs.deployment.names.stack);
    let confirmed = ["destroy", "--yes", name, "--delete-data", "--yes-delete-data", name];
    deployment.command_line.succeed(&confirmed).await?;
    let left = crate::destroy::list_remaining(deployment).await?;
    ensure!(left.is_empty(), "destroy leaves {left:?}");
    let there = deployment.datasync_in(OTHER_REGION).list_locations().send().await?;
    ensure!(there.locations().is_empty(), "destroy leaves {there:?}");
    ensure!(syncs.vault.list_keys().await?.len() == 2, "the vault of another account was emptied");
    syncs.vault.delete().await
}
