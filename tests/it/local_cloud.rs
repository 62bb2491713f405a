//! The local cloud itself.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;

pub(crate) async fn a_second_up_is_a_no_op_that_says_so(cloud: &Cloud, account: &str) -> Result<()> {
    let before = std::fs::read(cloud.folder.join("cloud.json"))?;
    let again = cloud.command_line(account, "stack.toml", false)?.succeed(&["local", "up"]).await?;
    let said = format!("{}{}", again.stdout, again.stderr);
    assert!(said.contains("already"), "it should say that it runs already: {said}");
    assert_eq!(std::fs::read(cloud.folder.join("cloud.json"))?, before);
    Ok(())
}

pub(crate) async fn down_ends_only_what_up_started(cloud: &Cloud, _account: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut stranger = Command::new("sleep").arg("300").stdout(Stdio::null()).spawn().context("starting a process")?;
    let mine = cloud.up_beside(folder.path().join("cloud")).await?;
    assert_ne!(mine.aws_url, cloud.aws_url, "a second cloud takes a free port");
    // As after a reboot: the recorded process id belongs to somebody else now.
    let path = mine.folder.join("cloud.json");
    let recorded = std::fs::read_to_string(&path)?;
    let mut json: serde_json::Value = serde_json::from_str(&recorded)?;
    json["ministack"]["pid"] = stranger.id().into();
    std::fs::write(&path, serde_json::to_string(&json)?)?;
    mine.down(false).await?;
    let alive = stranger.try_wait()?.is_none();
    std::fs::write(&path, &recorded)?;
    mine.down(false).await?;
    stranger.kill()?;
    stranger.wait()?;
    assert!(alive, "down ended a process that up had not started");
    assert!(ended(&recorded)?, "down left a process running");
    Ok(())
}

pub(crate) async fn what_was_deployed_survives_a_restart(cloud: &Cloud, account: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mine = cloud.up_beside(folder.path().join("cloud")).await?;
    let survived = deploy_and_restart(&mine, account).await;
    mine.down(false).await?;
    survived
}

async fn deploy_and_restart(mine: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(mine, account, "restart", false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    std::fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    mine.restart().await?;
    let plan = deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan after a restart is not empty:\n{}{}", plan.stdout, plan.stderr);
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    let copied = deployment.last_run().await?.counters.files_transferred;
    ensure!(copied == 0, "{copied} files were copied again after a restart");
    Ok(())
}

/// A zombie has ended: whoever adopted it has not asked for its end yet.
fn ended(recorded: &str) -> Result<bool> {
    let json: serde_json::Value = serde_json::from_str(recorded)?;
    let runs = |half: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", json[half]["pid"])).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, after)| !after.trim_start().starts_with('Z'))
    };
    Ok(!runs("ministack") && !runs("datasync"))
}
