//! The local cloud itself.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws::clients::PROXY_VARIABLES;
use e2e::cloud::Cloud;
use e2e::command_line::CommandLine;
use e2e::deployment::{Deployment, wait_until_some};

pub(crate) async fn a_second_up_is_a_no_op(cloud: &Cloud, account: &str) -> Result<()> {
    let before = std::fs::read(cloud.folder.join("cloud.json"))?;
    let again = cloud.command_line(account, "stack.toml", false)?.succeed(&["local", "up"]).await?;
    let said = format!("{}{}", again.stdout, again.stderr);
    assert!(said.contains("already"), "it should say that it runs already: {said}");
    assert_eq!(std::fs::read(cloud.folder.join("cloud.json"))?, before);
    Ok(())
}

/// Records another process as MiniStack's. Returns the record before.
fn record_process(cloud: &Cloud, id: u32) -> Result<String> {
    let path = cloud.folder.join("cloud.json");
    let recorded = std::fs::read_to_string(&path)?;
    let mut json: serde_json::Value = serde_json::from_str(&recorded)?;
    json["ministack"]["pid"] = id.into();
    std::fs::write(&path, serde_json::to_string(&json)?)?;
    Ok(recorded)
}

pub(crate) async fn down_ends_only_what_up_started(cloud: &Cloud, _account: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut stranger = Command::new("sleep");
    let stranger = stranger.arg("300").stdout(Stdio::null()).spawn();
    let mut stranger = stranger.context("starting a process")?;
    let mine = cloud.up_beside(folder.path().join("cloud")).await?;
    assert_ne!(mine.aws_url, cloud.aws_url, "a second cloud takes a free port");
    // As after a reboot: the recorded process id belongs to somebody else now.
    let recorded = record_process(&mine, stranger.id())?;
    mine.down(false).await?;
    let alive = stranger.try_wait()?.is_none();
    std::fs::write(mine.folder.join("cloud.json"), &recorded)?;
    mine.down(false).await?;
    stranger.kill()?;
    stranger.wait()?;
    assert!(alive, "down ended a process that up had not started");
    assert!(has_ended(&recorded)?, "down left a process running");
    Ok(())
}

pub(crate) async fn what_was_deployed_survives_a_restart(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
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
    ensure!(
        plan.code == 0,
        "the plan after a restart is not empty:\n{}{}",
        plan.stdout,
        plan.stderr
    );
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    let copied = deployment.last_run().await?.counters.files_transferred;
    ensure!(copied == 0, "{copied} files were copied again after a restart");
    Ok(())
}

/// Behind proxies that lead nowhere.
pub(crate) async fn nothing_is_lost_when_it_is_killed_or_moved(
    _cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let started = folder.path().join("started");
    let mine = Cloud::up(started.clone(), false).await?;
    let ended = killed_moved_and_removed(&mine, account).await;
    // Whatever failed, nothing runs on.
    mine.down(false).await?;
    if let Ok(moved) = Cloud::read(folder.path().join("moved")) {
        moved.down(false).await?;
    }
    ended
}

async fn killed_moved_and_removed(mine: &Cloud, account: &str) -> Result<()> {
    let mut deployment = Deployment::prepare(mine, account, "killed", false).await?;
    let proxies =
        PROXY_VARIABLES.into_iter().filter(|name| !name.to_lowercase().starts_with("no_"));
    let unreachable =
        proxies.map(|variable| (variable.to_owned(), "http://127.0.0.1:9".to_owned()));
    deployment.command_line.environment.extend(unreachable);
    let line = deployment.command_line.clone();
    line.succeed(&["local", "down"]).await?;
    line.succeed(&["local", "up"]).await?;
    line.succeed(&["deploy"]).await?;
    lose_nothing_when_killed(mine, &deployment).await?;
    let moved_to = mine.folder.with_file_name("moved");
    lose_nothing_when_moved(mine, &moved_to, line).await?;
    end_when_removed(&moved_to).await?;
    let what = "kills of the local cloud, moves and removals of its folder that lost nothing";
    measurements::proven(what, 4_u32, "ends");
    Ok(())
}

/// Killed right after a deploy and after a sync: what was answered is there after the next start.
async fn lose_nothing_when_killed(mine: &Cloud, deployment: &Deployment) -> Result<()> {
    let line = &deployment.command_line;
    // At once, so that only what was saved before it was answered is there.
    let functions = kill_ministack(mine)?;
    let said = line.succeed(&["local", "up"]).await?.both_outputs();
    let lost_nothing = !said.contains("the last changes of");
    ensure!(said.contains("MiniStack was killed") && lost_nothing, "{said}");
    let ended = functions.iter().all(|id| !is_running(*id));
    ensure!(ended, "a function outlived its MiniStack: {functions:?}");
    nothing_changed(line).await?;
    std::fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    line.succeed(&["sync", "--wait"]).await?;
    kill_ministack(mine)?;
    line.succeed(&["local", "up"]).await?;
    line.succeed(&["status"]).await?;
    line.succeed(&["audit"]).await?;
    nothing_changed(line).await?;
    Ok(())
}

/// Moved while it runs: reported, and repaired by the next start.
async fn lose_nothing_when_moved(mine: &Cloud, moved: &Path, mut line: CommandLine) -> Result<()> {
    let before = std::fs::read_to_string(mine.folder.join("cloud.json"))?;
    std::fs::rename(&mine.folder, moved)?;
    line.shared[1] = moved.display().to_string();
    let told = line.fail(&["status"]).await?.stderr;
    ensure!(told.contains("moved since") && told.contains("local up"), "{told}");
    line.succeed(&["local", "up"]).await?;
    ensure!(has_ended(&before)?, "a server of the folder before still runs");
    nothing_changed(&line).await?;
    line.succeed(&["sync", "--wait"]).await?;
    ensure!(!mine.folder.exists(), "something was written where the folder was");
    Ok(())
}

/// Removed while it runs: no process stays.
async fn end_when_removed(moved: &Path) -> Result<()> {
    let last = std::fs::read_to_string(moved.join("cloud.json"))?;
    std::fs::remove_dir_all(moved).or_else(|_| std::fs::remove_dir_all(moved))?;
    wait_until_some("the end of a cloud without a folder", Duration::from_secs(60), || async {
        Ok(has_ended(&last)?.then_some(()))
    })
    .await?;
    ensure!(!moved.exists(), "something was written where the folder was");
    Ok(())
}

async fn nothing_changed(line: &CommandLine) -> Result<()> {
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan is not empty:\n{}{}", plan.stdout, plan.stderr);
    Ok(())
}

/// Kills MiniStack as a crash does. Returns the processes of its functions, which must end too.
fn kill_ministack(cloud: &Cloud) -> Result<Vec<u32>> {
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(cloud.folder.join("cloud.json"))?)?;
    let id = json["ministack"]["pid"].as_u64().context("no process id")?;
    let children =
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok()).collect();
    let killed = Command::new("kill").args(["-9", &id.to_string()]).status()?;
    ensure!(killed.success(), "MiniStack did not run");
    Ok(children)
}

/// A zombie has ended: whoever adopted it has not asked for its end yet.
fn has_ended(recorded: &str) -> Result<bool> {
    let json: serde_json::Value = serde_json::from_str(recorded)?;
    let half_runs = |half: &str| {
        json[half]["pid"].as_u64().and_then(|id| id.try_into().ok()).is_some_and(is_running)
    };
    Ok(!half_runs("ministack") && !half_runs("datasync"))
}

fn is_running(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, after)| !after.trim_start().starts_with('Z'))
}
