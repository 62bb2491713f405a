//! Faults that others cause in a stack, its files and its objects, and the alert about each.

mod unwoken;

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use aws_sdk_datasync::types::{ReportDestination, ReportDestinationS3, TaskReportConfig};
use chrono::{TimeDelta, Utc};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::start::{StartRecord, scheduled_slot};
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::faults;

pub(crate) use unwoken::an_unstarted_verification_is_requested_again;

use crate::alert_inbox::{AN_ALERT, AlertInbox};
use crate::watched_stack::WatchedStack;

pub(crate) async fn each_external_fault_alerts_once(cloud: &Cloud, account: &str) -> Result<()> {
    let mut test = WatchedStack::prepare(cloud, account, "faults", &["file", "other"]).await?;

    test.special_file().await?;
    test.name_too_long().await?;
    test.content_damaged().await?;
    test.report_bucket_gone().await?;
    test.task_unavailable().await?;
    test.schedule_disabled().await?;
    test.slot_missed().await?;

    ensure!(test.inbox.subscriber.receive_one().await?.is_none(), "something was told twice");
    insta::assert_snapshot!("external_faults", test.inbox.told.join("\n════════\n\n"));
    let told = test.inbox.told.len();
    measurements::proven(
        "kinds of external fault produced for real, one alert each",
        told,
        "alerts",
    );
    Ok(())
}

impl WatchedStack {
    /// A success that skips more than the last one.
    async fn special_file(&mut self) -> Result<()> {
        let pipe = self.root.join("pipe");
        ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "making a FIFO");
        self.deployment.command_line.run(&["sync", "--wait"]).await?;
        self.inbox.next(Class::SkippedRising).await?;
        fs::remove_file(pipe)?;
        self.well_again().await
    }

    /// A key may have 1,024 bytes; a path on EFS up to 4,096: such a file cannot become an object.
    async fn name_too_long(&mut self) -> Result<()> {
        let first = self.root.join("x".repeat(250));
        let deep = (1..5).fold(first.clone(), |folder, _| folder.join("x".repeat(250)));
        fs::create_dir_all(&deep)?;
        fs::write(deep.join("too deep"), "content")?;
        self.deployment.command_line.fail(&["sync", "--wait"]).await?;
        self.inbox.next(Class::SkippedFiles).await?;
        fs::remove_dir_all(first)?;
        self.well_again().await
    }

    /// An object that looks as its file does, and reads otherwise: only a full verification reads
    /// it.
    async fn content_damaged(&mut self) -> Result<()> {
        self.damage_object("file").await?;
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        let everything = ["sync", "--wait", "--verify-mode", "POINT_IN_TIME_CONSISTENT"];
        self.deployment.command_line.fail(&everything).await?;
        self.inbox.next(Class::ChecksumMismatch).await?;
        fs::write(self.root.join("file"), "content again")?;
        self.well_again().await
    }

    /// Somebody has changed where the task reports to.
    async fn report_bucket_gone(&mut self) -> Result<()> {
        let datasync = aws_sdk_datasync::Client::new(&self.deployment.datasync_config());
        let task = self.deployment.read_outputs().await?.task_arn.to_string();
        let config = datasync.describe_task().task_arn(&task).send().await?.task_report_config;
        let elsewhere = report_elsewhere(config.context("the task writes no report")?)?;
        datasync.update_task().task_arn(&task).task_report_config(elsewhere).send().await?;
        self.deployment.command_line.succeed(&["sync"]).await?;
        self.inbox.next(Class::ReportFailed).await?;
        // What restores it, as the alert says.
        self.deployment.command_line.succeed(&["deploy"]).await?;
        let second = self.inbox.subscriber.receive_one().await?;
        ensure!(second.is_none(), "a second alert about one report");
        self.well_again().await
    }

    async fn task_unavailable(&mut self) -> Result<()> {
        faults::set_fault(&self.deployment, Some("task-unavailable")).await?;
        for _ in 0..2 {
            let line = &self.deployment.command_line;
            let (said, next) = (line.fail(&["sync"]).await?.stderr, line.show_command("drift"));
            ensure!(said.contains("UNAVAILABLE") && said.contains(&next), "{said}");
        }
        self.inbox.next(Class::TaskUnavailable).await
    }

    async fn schedule_disabled(&mut self) -> Result<()> {
        faults::set_fault(&self.deployment, Some("schedule-disabled")).await?;
        for _ in 0..2 {
            self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        }
        self.inbox.next(Class::ScheduleDisabled).await?;
        faults::set_fault(&self.deployment, None).await
    }

    /// A slot was claimed an hour ago, and the invocation that claimed it was interrupted.
    async fn slot_missed(&mut self) -> Result<()> {
        let then = Utc::now() - TimeDelta::hours(1);
        let record = StartRecord::new_claim(&scheduled_slot(then), "interrupted", then);
        self.deployment.records.write(&keys::start_record(&record.slot), &record).await?;
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        self.inbox.next(Class::SlotMissed).await?;
        let kept: Option<StartRecord> =
            self.deployment.records.read(&keys::start_record(&record.slot)).await?;
        ensure!(kept.is_some_and(|kept| kept.missed), "the slot has an end now");
        Ok(())
    }

    async fn well_again(&mut self) -> Result<()> {
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        self.inbox.next(Class::Recovered).await?;
        self.inbox.told.pop();
        Ok(())
    }
}

pub(crate) async fn a_missing_report_alerts(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "late", false).await?;
    deployment.set_key("report_within_minutes", "1")?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let mut inbox = AlertInbox::subscribe(&deployment).await?;
    fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    faults::set_fault(&deployment, Some("delay-report=600")).await?;
    deployment.command_line.succeed(&["sync"]).await?;
    let told = async || {
        Ok(deployment
            .read_runs()
            .await?
            .pop()
            .filter(|run| run.class == Some(Class::ReportMissing)))
    };
    wait_until_some("the record of the run without a report", 3 * AN_ALERT, told).await?;
    inbox.next(Class::ReportMissing).await
}

/// The configuration of a task's report, in a bucket that does not exist.
fn report_elsewhere(config: TaskReportConfig) -> Result<TaskReportConfig> {
    let reported = config.destination().and_then(ReportDestination::s3);
    let role = reported.context("the report has no role")?.bucket_access_role_arn();
    let s3 = ReportDestinationS3::builder().s3_bucket_arn("arn:aws:s3:::no-such-bucket-anywhere");
    let s3 = s3.bucket_access_role_arn(role).build()?;
    Ok(TaskReportConfig::builder()
        .destination(ReportDestination::builder().s3(s3).build())
        .set_output_type(config.output_type)
        .set_report_level(config.report_level)
        .set_object_version_ids(config.object_version_ids)
        .build())
}
