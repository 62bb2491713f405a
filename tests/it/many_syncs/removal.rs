//! A sync that goes, or gets another name, takes its own resources with it and asks for no change
//! of another's.

use anyhow::{Context, Result, ensure};
use domain::function::FunctionName;
use e2e::cloud::Cloud;
use e2e::judging_proxy::{Change, Watched};
use e2e::three_syncs::{OTHER_REGION, ThreeSyncs, without_entry};

use super::owner_of;

/// Removes `archive`, then names `home` `house`.
pub(crate) async fn removing_and_renaming_one_leaves_the_others_alone(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let owner = owner_of(account)?;
    let syncs = ThreeSyncs::prepare(cloud, (account, &owner), "fewer", false).await?;
    syncs.deploy().await?;
    syncs.create_files("first").await?;
    let test = RemovalTest { cloud, account, syncs: &syncs };
    let others = test.own_texts(&["home", "vault"]).await?;
    syncs.deployment.edit_config(|text| without_entry(&text, "archive"))?;
    test.require_plan(&["archive"]).await?;
    let mut changes_of_others = test.deploy_watched(&others, "archive").await?;
    let there = syncs.deployment.datasync_in(OTHER_REGION).list_locations().send().await?;
    ensure!(there.locations().is_empty(), "the location of archive is left: {there:?}");

    let others = test.own_texts(&["vault"]).await?;
    syncs.deployment.edit_config(|text| text.replace("name = \"home\"", "name = \"house\""))?;
    test.require_plan(&["`home` was renamed to `house`", "another sync"]).await?;
    changes_of_others += test.deploy_watched(&others, "home").await?;
    syncs.deployment.command_line.succeed(&["sync", "--all", "--wait"]).await?;
    ensure!(syncs.list_keys("house").await?.len() == 2, "the renamed sync copies");
    measurements::proven(
        "changes of other syncs by a removal and a rename",
        changes_of_others,
        "changes",
    );
    syncs.vault.delete().await
}

struct RemovalTest<'a> {
    cloud: &'a Cloud,
    account: &'a str,
    syncs: &'a ThreeSyncs,
}

impl RemovalTest<'_> {
    /// What names the resources of some syncs alone, and appears in each call that changes them.
    async fn own_texts(&self, syncs: &[&str]) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for sync in syncs {
            let outputs = self.syncs.deployment.read_outputs_of(sync).await?;
            texts.push(outputs.task_arn.to_string());
            texts.extend([outputs.source_location_arn, outputs.destination_location_arn]);
            texts.push(format!(".{sync}"));
        }
        Ok(texts)
    }

    async fn require_plan(&self, expected: &[&str]) -> Result<()> {
        let plan = self.syncs.deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
        let said = plan.both_outputs();
        ensure!(plan.code == 2, "the plan has no changes:\n{said}");
        for text in expected {
            ensure!(said.contains(text), "the plan does not say `{text}`:\n{said}");
        }
        Ok(())
    }

    /// Deploys, and requires that no call changes what is another's; returns their number, 0.
    async fn deploy_watched(&self, others: &[String], gone: &str) -> Result<usize> {
        let judge = self.cloud.judging_proxy()?;
        judge.restart_watch(self.account);
        self.syncs.deployment.command_line.succeed(&["deploy"]).await?;
        let Watched { changes, .. } = judge.restart_watch(self.account);
        let own = changes.iter().filter(|change| change.mentions(&format!(".{gone}"))).count();
        ensure!(own > 0, "nothing of {gone} was changed: {changes:?}");
        let of_others: Vec<&Change> =
            changes.iter().filter(|change| changes_one_of(change, others)).collect();
        ensure!(of_others.is_empty(), "a deploy without {gone} changes others: {of_others:?}");
        let plan = self.syncs.deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
        ensure!(plan.code == 0, "the plan after it is not empty:\n{}", plan.both_outputs());
        self.require_unchanged_outputs(others).await.context("the outputs of the others")?;
        Ok(of_others.len())
    }

    async fn require_unchanged_outputs(&self, others: &[String]) -> Result<()> {
        let outputs = serde_json::to_string(&self.syncs.deployment.read_outputs().await?)?;
        let arns = others.iter().filter(|text| text.starts_with("arn:"));
        for arn in arns {
            ensure!(outputs.contains(arn), "{arn} is gone");
        }
        Ok(())
    }
}

/// Whether a call changes a resource that only these texts name. The policies of the functions name
/// the resources of all syncs, as does the dashboard.
fn changes_one_of(change: &Change, texts: &[String]) -> bool {
    let of_function = || {
        FunctionName::ALL.iter().any(|function| change.mentions(&format!("-{}-", function.name())))
    };
    let is_shared = change.operation == "PutDashboard"
        || (change.operation == "PutRolePolicy" && of_function());
    !is_shared && texts.iter().any(|text| change.mentions(text))
}
