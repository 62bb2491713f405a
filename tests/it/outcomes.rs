//! Each way in which a run can go wrong, produced for real, and the alert that a person gets of it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws_sdk_datasync::types::TaskExecutionStatus;
use domain::records::class::Class;
use domain::records::run::RunRecord;
use e2e::cloud::Cloud;
use e2e::command_line::Finished;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;
use e2e::subscriber::Subscriber;

use crate::alert_inbox::{AN_ALERT, AlertInbox};

/// Enough for percentages to be judged.
const FILES: usize = 40;

/// A failure by a fault of datasync-local, and the class that it must be told as.
const FAULTS: [(&str, Class); 7] = [
    // DataSync calls this one a success.
    ("truncate-report", Class::Verification),
    ("fail-at-preparing", Class::Unknown),
    ("fail-at-launching=network", Class::Network),
    ("fail-at-transferring=permission", Class::Permission),
    ("fail-at-transferring=kms", Class::Kms),
    ("fail-at-verifying=quota", Class::Quota),
    ("fail-at-preparing=service", Class::Service),
];

pub(crate) async fn each_failure_class_alerts_once(cloud: &Cloud, account: &str) -> Result<()> {
    let mut test = prepare_test(cloud, account).await?;
    test.fail_each_way().await?;
    test.cancel_by_hand().await?;
    test.cancel_by_sweep().await?;
    faults::set_fault(&test.deployment, None).await?;
    test.deployment.command_line.succeed(&["sync", "--wait"]).await?;
    test.require_alert(Class::Recovered).await?;
    test.require_anomalies().await?;

    ensure!(test.inbox.subscriber.receive_one().await?.is_none(), "something was told twice");
    insta::assert_snapshot!("alerts", test.inbox.told.join("\n════════\n\n"));
    let told = test.inbox.told.len();
    measurements::proven("kinds of outcome produced for real, one alert each", told, "alerts");
    Ok(())
}

async fn prepare_test(cloud: &Cloud, account: &str) -> Result<Test> {
    let deployment = Deployment::prepare(cloud, account, "outcomes", false).await?;
    deployment.set_key("preserve_deleted_files", "\"REMOVE\"")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let inbox = AlertInbox::subscribe(&deployment).await?;
    let test = Test { root: deployment.efs_directory().await?, deployment, inbox };
    create_files(&test.root, FILES)?;
    test.deployment.command_line.succeed(&["sync", "--wait"]).await?;
    Ok(test)
}

struct Test {
    deployment: Deployment,
    root: std::path::PathBuf,
    inbox: AlertInbox,
}

impl Test {
    async fn require_alert(&mut self, class: Class) -> Result<()> {
        self.inbox.next(class).await
    }

    async fn fail_each_way(&mut self) -> Result<()> {
        for (number, (fault, class)) in FAULTS.into_iter().enumerate() {
            // A file that changed, so that there is something to report.
            fs::write(self.root.join("file-0"), format!("content {number}"))?;
            faults::set_fault(&self.deployment, Some(fault)).await?;
            self.deployment.command_line.fail(&["sync", "--wait"]).await?;
            self.require_alert(class).await.with_context(|| format!("the fault {fault}"))?;
        }
        Ok(())
    }

    /// By a person, with the command for it.
    async fn cancel_by_hand(&mut self) -> Result<()> {
        faults::set_fault(&self.deployment, Some("stay-launching")).await?;
        self.deployment.command_line.succeed(&["sync"]).await?;
        let said = self.deployment.command_line.succeed(&["cancel"]).await?.stdout;
        ensure!(said.contains("is being cancelled"), "{said}");
        self.require_alert(Class::Cancelled).await?;
        let said = self.deployment.command_line.succeed(&["cancel"]).await?.stdout;
        ensure!(said.contains("already ended"), "cancelled twice: {said}");
        Ok(())
    }

    /// By the sweep, since it says that it was launched an hour ago.
    async fn cancel_by_sweep(&mut self) -> Result<()> {
        faults::set_fault(&self.deployment, Some("stay-launching=3700")).await?;
        self.deployment.command_line.succeed(&["sync"]).await?;
        self.deployment.invoke_sweep().await?;
        self.require_alert(Class::Stuck).await?;
        let ended = async || {
            let run = self.deployment.last_run().await?;
            Ok((run.class == Some(Class::Stuck)).then_some(run))
        };
        wait_until_some("the record of the stuck run", AN_ALERT, ended).await?;
        Ok(())
    }

    /// Successes that are none.
    async fn require_anomalies(&mut self) -> Result<()> {
        for number in 0..FILES / 5 {
            fs::remove_file(self.root.join(format!("file-{number}")))?;
        }
        self.require_anomaly(Class::Deletions).await?;
        for number in FILES / 5..FILES - 2 {
            fs::remove_file(self.root.join(format!("file-{number}")))?;
        }
        self.require_anomaly(Class::Shrunk).await?;
        for number in FILES - 2..FILES {
            fs::remove_file(self.root.join(format!("file-{number}")))?;
        }
        self.require_anomaly(Class::NothingListed).await
    }

    /// A doubted run is a success with DataSync, and its versions are proven.
    async fn require_anomaly(&mut self, class: Class) -> Result<()> {
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        self.require_alert(class).await?;
        let run: RunRecord = self.deployment.last_run().await?;
        ensure!(run.class == Some(class), "on record as {:?}, not as {class:?}", run.class);
        Ok(())
    }
}

fn create_files(root: &Path, files: usize) -> Result<()> {
    for number in 0..files {
        fs::write(root.join(format!("file-{number}")), "content")?;
    }
    Ok(())
}

/// Syncs a file that somebody writes into while it is read.
async fn sync_changing_file(deployment: &Deployment) -> Result<Finished> {
    let file = deployment.efs_directory().await?.join("file");
    fs::write(&file, vec![1; 48 << 20])?;
    // Slow enough for somebody to write into the file while it is read.
    let arguments = ["sync", "--wait", "--bytes-per-second", "8000000"];
    let (synced, ()) = tokio::try_join!(
        deployment.command_line.run(&arguments),
        write_while_it_is_read(deployment, &file)
    )?;
    ensure!(synced.code == 1, "a file that changes while it is read fails the run: {synced:?}");
    Ok(synced)
}

pub(crate) async fn busy_files_are_copied_again_before_an_alert(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "busy", false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let subscriber = Subscriber::subscribe(&deployment).await?;
    let synced = sync_changing_file(&deployment).await?;
    let retried =
        async || Ok(deployment.read_runs().await?.into_iter().find(|run| run.retry_of.is_some()));
    let retry = wait_until_some("the run that copies the busy file again", AN_ALERT, retried).await;
    let retry = retry.with_context(|| format!("after {}", synced.both_outputs()))?;
    ensure!(retry.is_good(), "the second run is good: {retry:?}");
    let runs = deployment.read_runs().await?;
    let first = runs.iter().find(|run| Some(run.execution.id()) == retry.retry_of.as_deref());
    let is_busy = first.is_some_and(|run| run.class == Some(Class::BusyFile));
    ensure!(is_busy, "the first run's class is busy-file");
    let told = subscriber.receive_one().await?;
    ensure!(told.is_none(), "somebody was told of what passed by itself");
    Ok(())
}

/// Once, as soon as the first part of it has been copied.
async fn write_while_it_is_read(deployment: &Deployment, file: &Path) -> Result<()> {
    faults::wait_for_status(deployment, TaskExecutionStatus::Transferring).await?;
    OpenOptions::new().append(true).open(file)?.write_all(b"more")?;
    Ok(())
}
