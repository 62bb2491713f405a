//! The steps in which something goes wrong, or comes back.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::RunRecord;
use domain::records::start::SCHEDULED;

use super::Reporter;
use super::steps::Scenario;
use crate::deployment::wait_until_some;
use crate::faults;
use crate::random_tree::{first_difference, read_snapshot};

const AN_ALERT: Duration = Duration::from_secs(60);
/// The rule ticks once a minute, and the emulator looks every few seconds.
const A_TICK: Duration = Duration::from_secs(150);

impl Scenario {
    pub(super) async fn restore_first_tree(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let (first, tree) = self.first.as_ref().context("there was no first run")?;
        let restore = ["restore", "--execution", first, "--to", "restored"];
        self.deployment.command_line.succeed(&restore).await?;
        let restored = self.root.join("restored");
        if let Some(differs) = first_difference(tree, &read_snapshot(&restored)?) {
            bail!("what came back differs from what was copied: {differs}");
        }
        reporter.report_finding(&format!(
            "{} files, directories and links are as they were at the first run: bytes, modes, \
                owners, times.",
            tree.len()
        ));
        fs::remove_dir_all(restored)?;
        Ok(())
    }

    pub(super) async fn fail_one_run(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set_fault(&self.deployment, Some("fail-at-transferring=permission")).await?;
        self.deployment.command_line.fail(&["sync", "--wait"]).await?;
        self.require_alert(Class::Permission, reporter).await
    }

    /// It says that it was launched an hour ago, so that nobody has to wait for half of one.
    pub(super) async fn cancel_stuck_run(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set_fault(&self.deployment, Some("stay-launching=3700")).await?;
        self.deployment.command_line.succeed(&["sync"]).await?;
        self.deployment.invoke_sweep().await?;
        self.require_alert(Class::Stuck, reporter).await?;
        let ended = async || {
            let run = self.deployment.last_run().await?;
            Ok((run.class == Some(Class::Stuck)).then_some(()))
        };
        wait_until_some("the record of the stuck run", AN_ALERT, ended).await
    }

    pub(super) async fn succeed_again(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set_fault(&self.deployment, None).await?;
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        self.require_alert(Class::Recovered, reporter).await
    }

    /// The schedule alone starts it; then it is paused, so that nothing starts behind the demo's
    /// back.
    pub(super) async fn run_on_schedule(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.set_key("expression", "\"rate(1 minute)\"")?;
        self.deployment.command_line.succeed(&["deploy"]).await?;
        reporter.report_finding("Waiting for the next minute …");
        let (run, proof) =
            wait_until_some("a scheduled run with its proof", A_TICK, || self.scheduled_run())
                .await?;
        ensure!(proof.verdict.is_proven(), "the verdict is {:?}", proof.verdict);
        reporter.report_finding(&format!(
            "{} was started by the slot {}.",
            run.execution.id(),
            run.slot.unwrap_or_default()
        ));
        self.deployment.command_line.succeed(&["pause", "--reason", "the demo is over"]).await?;
        Ok(())
    }

    async fn scheduled_run(&self) -> Result<Option<(RunRecord, Proof)>> {
        let is_scheduled =
            |run: &RunRecord| run.slot.as_ref().is_some_and(|slot| slot.starts_with(SCHEDULED));
        let Some(run) = self.deployment.read_runs().await?.into_iter().find(is_scheduled) else {
            return Ok(None);
        };
        let proof = self.deployment.records.read(&keys::proof_document(run.execution.id())).await?;
        Ok(proof.map(|proof| (run, proof)))
    }

    async fn require_alert(&self, class: Class, reporter: &mut dyn Reporter) -> Result<()> {
        let subscriber = self.subscriber.as_ref().context("nobody subscribed")?;
        let alert = subscriber.next(AN_ALERT).await?;
        reporter.report_finding(&format!("Subject: {}", alert.subject));
        alert
            .message
            .lines()
            .take_while(|line| !line.starts_with("Execution: http"))
            .for_each(|line| reporter.report_finding(line));
        ensure!(alert.message.contains(class.as_str()), "not told as {class:?}: {}", alert.message);
        Ok(())
    }
}
