//! The steps with more syncs: to another Region, and to the bucket of another account.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::records::class::Class;

use super::Reporter;
use super::bucket::list_current;
use super::steps::Scenario;
use crate::deployment::REGION;
use crate::faults;
use crate::owned_bucket::OwnedBucket;
use crate::three_syncs::OTHER_REGION;

/// The account that owns the vault.
const OWNER: &str = "999900001111";
const VAULT: &str = "vault-of-another-team";
/// Those that join the one that was there, which keeps all of its resources.
const ADDED: [&str; 2] = ["archive", "vault"];
/// An alert of a sync of many names it.
const AN_ALERT: Duration = Duration::from_secs(60);

fn added_entries() -> String {
    format!(
        r#"
[[sync]]
name = "default"

[[sync]]
name = "archive"
source.subdirectory = "/department-0/"
destination.region = "{OTHER_REGION}"
schedule.expression = "rate(1 day)"

[[sync]]
name = "vault"
source.subdirectory = "/department-1/"
destination.bucket = "{VAULT}"
destination.account = "{OWNER}"
schedule.expression = "rate(1 day)"
"#
    )
}

impl Scenario {
    pub(super) async fn add_two_syncs(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let before = self.deployment.read_outputs().await?;
        self.deployment.edit_config(|text| text + &added_entries())?;
        added_entries().lines().skip(1).for_each(|line| reporter.report_finding(line));
        let vault = OwnedBucket::create(self.deployment.cloud(), OWNER, REGION, VAULT).await?;
        let line = &self.deployment.command_line;
        vault.allow_sync(&self.deployment, "vault").await?;
        reporter.report_finding(&format!(
            "{OWNER} gives its bucket the policy that `efs-s3 bucket-policy --sync vault` prints."
        ));
        line.succeed(&["deploy"]).await?;
        let after = self.deployment.read_outputs().await?;
        ensure!(after.task_arn == before.task_arn, "the first sync has another task");
        ensure!(after.other_syncs.len() == ADDED.len(), "{} syncs", after.each_sync().count());
        self.vault = Some(vault);
        Ok(())
    }

    pub(super) async fn sync_all(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.command_line.succeed(&["sync", "--all", "--wait"]).await?;
        let outputs = self.deployment.read_outputs().await?;
        for outputs in outputs.each_sync() {
            let s3 = match (&outputs.destination_account, &self.vault) {
                (Some(_), Some(vault)) => vault.s3.clone(),
                _ => self.deployment.s3_in(outputs.bucket_region()),
            };
            let objects = list_current(&s3, &outputs.destination_bucket).await?.len();
            ensure!(objects > 0, "{} copied nothing", outputs.sync);
            reporter.report_finding(&format!(
                "{}: {objects} objects in s3://{}, {}",
                outputs.sync,
                outputs.destination_bucket,
                outputs.bucket_region()
            ));
        }
        Ok(())
    }

    /// The sync of the vault fails for want of a permission; the others go on and stay fresh.
    pub(super) async fn fail_one_sync(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let task = self.deployment.read_outputs_of("vault").await?.task_arn;
        let fault = Some("fail-at-transferring=permission");
        faults::set_fault_of_task(&self.deployment, &task, fault).await?;
        self.deployment.command_line.fail(&["sync", "--sync", "vault", "--wait"]).await?;
        let subscriber = self.subscriber.as_ref().context("nobody subscribed")?;
        let alert = subscriber.next(AN_ALERT).await?;
        reporter.report_finding(&format!("Subject: {}", alert.subject));
        ensure!(alert.subject.contains("/vault]"), "the alert does not name the sync");
        ensure!(alert.message.contains(Class::Permission.as_str()), "{}", alert.message);
        self.deployment.command_line.succeed(&["sync", "--sync", "archive", "--wait"]).await?;
        for (sync, good) in [("default", true), ("archive", true), ("vault", false)] {
            let last = self.deployment.read_runs_of(sync).await?.pop();
            let is_good = last.is_some_and(|run| run.is_good());
            ensure!(is_good == good, "the latest execution of {sync} is not as expected");
        }
        Ok(())
    }

    pub(super) async fn show_all_syncs(&mut self, _reporter: &mut dyn Reporter) -> Result<()> {
        let said = self.deployment.command_line.succeed(&["status"]).await?.stdout;
        for sync in ADDED {
            ensure!(said.contains(sync), "the table has no row of {sync}:\n{said}");
        }
        Ok(())
    }
}
