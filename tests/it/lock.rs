//! One apply of a data plane at a time.

use anyhow::{Result, ensure};
use chrono::{TimeDelta, Utc};
use domain::records::keys::APPLY_LOCK;
use domain::records::lock::Lock;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;

fn lock_of_somebody() -> Lock {
    let now = Utc::now();
    let expires_at = now + TimeDelta::minutes(15);
    Lock { owner: "somebody else".into(), taken_at: now, expires_at }
}

pub(crate) async fn a_held_lock_is_reported_and_released(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "locked", false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    deployment.records.write(APPLY_LOCK, &lock_of_somebody()).await?;
    let refused = deployment.command_line.fail(&["deploy"]).await?.stderr;
    ensure!(
        refused.contains("somebody else")
            && refused.contains(&deployment.command_line.show_command("unlock")),
        "it does not say who and what next: {refused}"
    );
    let unasked = deployment.command_line.fail(&["unlock"]).await?.stderr;
    ensure!(unasked.contains("somebody else") && unasked.contains("--yes"), "{unasked}");
    let released = deployment.command_line.succeed(&["unlock", "--yes"]).await?.stdout;
    ensure!(released.contains("somebody else"), "it does not say whose lock it was: {released}");
    deployment.command_line.succeed(&["deploy"]).await?;
    let free = deployment.command_line.succeed(&["unlock"]).await?.stdout;
    ensure!(free.contains("not locked"), "a deploy that has ended holds no lock: {free}");
    Ok(())
}
