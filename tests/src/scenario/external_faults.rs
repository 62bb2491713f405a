//! The steps in which something goes wrong, or comes back.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::RunRecord;
use domain::records::start::SCHEDULED;

use super::Reporter;
use super::steps::Scenario;
use crate::deployment::eventually;
use crate::faults;
use crate::random_tree::{difference, snapshot};

const AN_ALERT: Duration = Duration::from_secs(60);
/// The rule ticks once a minute, and the emulator looks every few seconds.
const A_TICK: Duration = Duration::from_secs(150);

impl Scenario {
    pub(super) async fn restore(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let (first, tree) = self.first.as_ref().context("there was no first run")?;
        self.deployment
            .command_line
            .succeed(&["restore", "--execution", first, "--to", "restored"])
            .await?;
        let restored = self.root.join("restored");
        let differs = difference(tree, &snapshot(&restored)?);
        ensure!(
            differs.is_none(),
            "what came back differs from what was copied: {}",
            differs.unwrap_or_default()
        );
        reporter.report_finding(&format!(
            "{} files, directories and links are as they were at the first run: bytes, modes, \
                owners, times.",
            tree.len()
        ));
        fs::remove_dir_all(restored)?;
        Ok(())
    }

    pub(super) async fn fail(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set(&self.deployment, Some("fail-at-transferring=permission")).await?;
        self.deployment.command_line.fail(&["sync", "--wait"]).await?;
        self.told(Class::Permission, reporter).await
    }

    /// It says that it was launched an hour ago, so that nobody has to wait for half of one.
    pub(super) async fn stick(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set(&self.deployment, Some("stay-launching=3700")).await?;
        self.deployment.command_line.succeed(&["sync"]).await?;
        self.deployment.sweep().await?;
        self.told(Class::Stuck, reporter).await?;
        let ended = async || {
            let run = self.deployment.last_run().await?;
            Ok((run.class == Some(Class::Stuck)).then_some(()))
        };
        eventually("the record of the stuck run", AN_ALERT, ended).await
    }

    pub(super) async fn recover(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        faults::set(&self.deployment, None).await?;
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        self.told(Class::Recovered, reporter).await
    }

    /// The schedule alone starts it; then it is paused, so that nothing starts behind the demo's
    /// back.
    pub(super) async fn scheduled(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.configure("expression", "\"rate(1 minute)\"")?;
        self.deployment.command_line.succeed(&["deploy"]).await?;
        reporter.report_finding("Waiting for the next minute …");
        let (run, proof) =
            eventually("a scheduled run with its proof", A_TICK, || self.scheduled_run()).await?;
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
        let Some(run) = self.deployment.runs().await?.into_iter().find(is_scheduled) else {
            return Ok(None);
        };
        let proof = self.deployment.records.read(&keys::proof(run.execution.id())).await?;
        Ok(proof.map(|proof| (run, proof)))
    }

    async fn told(&self, class: Class, reporter: &mut dyn Reporter) -> Result<()> {
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
