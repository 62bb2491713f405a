//! The requests of a plan without changes: they grow by at most two with each sync beyond twice
//! those of one; `docs/decisions/0015-requests-of-a-plan.md` lists them.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::part_syncs;

const MANY: usize = 50;
/// The requests that each sync may add to twice those of one.
const A_SYNC: usize = 2;

pub(crate) async fn a_plan_of_fifty_asks_little_more_than_one_of_one(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "fifty", false).await?;
    let one = count_unchanged_plan(cloud, &deployment).await?.values().sum::<usize>();
    let template = std::fs::read_to_string(deployment.config_path())?;
    deployment.edit_config(|_| format!("{template}\n{}", part_syncs::sync_entries(MANY)))?;
    let by_kind = count_unchanged_plan(cloud, &deployment).await?;
    let many = by_kind.values().sum::<usize>();
    measurements::proven("requests of an unchanged plan of 1 sync", one, "requests");
    measurements::proven("requests of an unchanged plan of 50 syncs", many, "requests");
    let bound = 2 * one + A_SYNC * MANY;
    ensure!(many <= bound, "{many} requests of {MANY} syncs, more than {bound}: {by_kind:?}");
    let name = &deployment.names.stack;
    let confirmed = ["destroy", "--yes", name, "--delete-data", "--yes-delete-data", name];
    deployment.command_line.succeed(&confirmed).await?;
    Ok(())
}

/// All requests of a plan after a deploy: those of the command line and of the function.
async fn count_unchanged_plan(
    cloud: &Cloud,
    deployment: &Deployment,
) -> Result<BTreeMap<String, usize>> {
    let (line, account) = (&deployment.command_line, &deployment.names.account);
    line.succeed(&["deploy"]).await?;
    let judge = cloud.judging_proxy()?;
    judge.restart_watch(account);
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    let watched = judge.restart_watch(account);
    ensure!(plan.code == 0, "the plan is not empty:\n{}", plan.both_outputs());
    Ok(watched.calls)
}
