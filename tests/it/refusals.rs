//! Error messages: each says what failed and what to do next.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use domain::records::run::RunOutcome;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::subscriber::Subscriber;

pub(crate) async fn all_configuration_errors_are_reported_at_once(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "refusals", false).await?;
    deployment.set_key("verify_mode", "\"SOMETIMES\"")?;
    deployment.set_key("expression", "\"rate(1 minutes)\"")?;
    deployment.set_key("memory_mb", "64")?;
    let said = deployment.command_line.fail(&["plan"]).await?.stderr;
    for key in ["task.verify_mode", "schedule.expression", "functions.memory_mb"] {
        ensure!(said.contains(key), "`{key}` is not reported:\n{said}");
    }
    Ok(())
}

pub(crate) async fn commands_before_deploy_say_what_to_do(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "refusals", false).await?;
    for command in [&["sync"][..], &["verify", "exec-0fcddf3728817690d"]] {
        let said = deployment.command_line.fail(command).await?.stderr;
        ensure!(
            said.contains(&deployment.command_line.show_command("deploy")),
            "{command:?} does not say what to do next:\n{said}"
        );
    }
    Ok(())
}

/// A key may have 1,024 bytes; a path on EFS up to 4,096: such a file cannot become an object.
fn write_too_deep(directory: PathBuf) -> Result<()> {
    let deep = (0..5).fold(directory, |folder, _| folder.join("x".repeat(250)));
    fs::create_dir_all(&deep)?;
    Ok(fs::write(deep.join("too deep"), "content")?)
}

pub(crate) async fn a_failed_run_is_recorded_and_alerted_once(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "refusals", false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let subscriber = Subscriber::subscribe(&deployment).await?;
    let directory = deployment.efs_directory().await?;
    fs::write(directory.join("file"), "content")?;
    write_too_deep(directory)?;
    deployment.command_line.fail(&["sync", "--wait"]).await?;
    let outcome = deployment.last_run().await?.outcome;
    ensure!(outcome == RunOutcome::Failed, "the run is recorded as failed");
    let alert = subscriber.next(Duration::from_secs(60)).await?;
    ensure!(alert.message.contains("Run next:"), "the alert says what to do:\n{}", alert.message);
    Ok(())
}
