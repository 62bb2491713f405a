//! Restores of a tree: what was restored equals what was copied.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::random_tree::{Snapshot, read_snapshot};
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::{NEXT_SECOND, create_tree, edit_tree, require_equal};

pub(crate) async fn a_tree_is_restored_exactly(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "restoring", false).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    create_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let first = deployment.last_run().await?;
    let before = read_snapshot(&root)?;
    sleep(NEXT_SECOND).await;
    edit_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let after = read_snapshot(&root)?;
    let files = before.values().filter(|(_, mode, ..)| mode & 0o170_000 != 0o040_000).count();

    let id = first.execution.id();
    let planned =
        line.succeed_with_json::<Value>(&["restore", "--execution", id, "--dry-run"]).await?;
    ensure!(
        planned["files"] == files && planned["directories"] == before.len() - files,
        "the dry run shows {planned}"
    );
    ensure!(read_snapshot(&root)? == after, "a dry run changes nothing");
    let early = line.fail(&["restore", "--at", "2001-01-01"]).await?;
    ensure!(early.stderr.contains("the first version is of"), "{}", early.stderr);

    let restored =
        line.succeed_with_json::<Value>(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(restored["complete"] == true && restored["restored"] == files, "{restored}");
    require_equal(&before, &root.join("back"), "the restored tree")?;

    // Again: all of it is there. Then what is newer is left alone, and replaced only when asked
    // for.
    let again =
        line.succeed_with_json::<Value>(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(again["already_there"] == files && again["directories"]["put_right"] == 0, "{again}");
    fs::write(root.join("back/a/one.txt"), "newer")?;
    let kept = line.fail(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(kept.stdout.contains("1 kept"), "{}", kept.stdout);
    ensure!(fs::read(root.join("back/a/one.txt"))? == b"newer", "a newer file was overwritten");
    line.succeed(&["restore", "--execution", id, "--to", "back", "--overwrite"]).await?;
    require_equal(&before, &root.join("back"), "the tree restored with --overwrite")?;

    // A directory that stood before keeps its mode, unless it may be replaced.
    fs::create_dir_all(root.join("over/a"))?;
    fs::set_permissions(root.join("over/a"), Permissions::from_mode(0o711))?;
    let kept = line.fail(&["restore", "--execution", id, "--to", "over"]).await?;
    ensure!(kept.stdout.contains("1 kept as they were before"), "{}", kept.stdout);
    ensure!(
        root.join("over/a").metadata()?.mode() & 0o7777 == 0o711,
        "the mode of a directory was overwritten"
    );
    line.succeed(&["restore", "--execution", id, "--to", "over", "--overwrite"]).await?;
    require_equal(&before, &root.join("over"), "the tree restored over another")?;

    changed_kinds_come_back_as_one_tree(&deployment, &root, id).await?;
    nothing_is_restored_through_a_link(&deployment, &root, id).await?;

    // Another directory, part of the tree with what is above it, and nothing more in AWS than
    // before.
    line.succeed(&["restore", "--execution", id, "--prefix", "a/deep/", "--to", "part"]).await?;
    let part: Snapshot = before
        .iter()
        .filter(|(path, _)| path.starts_with("a/deep") || **path == Path::new("a"))
        .map(|(path, state)| (path.clone(), state.clone()))
        .collect();
    require_equal(&part, &root.join("part"), "the restored part")?;
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan after a restore is not empty:\n{}", plan.stdout);
    let efs = aws_sdk_efs::Client::new(&deployment.sdk);
    ensure!(
        efs.describe_access_points().send().await?.access_points().len() == 1,
        "access points are left behind"
    );
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    ensure!(
        datasync.list_locations().send().await?.locations().len() == 4,
        "a restore leaves locations behind"
    );
    line.succeed(&["destroy", "--yes", "restoring"]).await?;
    ensure!(
        datasync.list_tasks().send().await?.tasks().is_empty(),
        "destroy left the restore's task"
    );
    let entrances = efs.describe_access_points().send().await?;
    ensure!(entrances.access_points().is_empty(), "destroy left the restore's access point");
    Ok(())
}

/// `kind` was a directory at the first run and is a file since the second; the bucket keeps both.
async fn changed_kinds_come_back_as_one_tree(
    deployment: &Deployment,
    root: &Path,
    first: &str,
) -> Result<()> {
    let line = &deployment.command_line;
    let now = chrono::Utc::now().to_rfc3339();
    let planned = line
        .succeed_with_json::<Value>(&["restore", "--at", &now, "--prefix", "kind", "--dry-run"])
        .await?;
    ensure!(planned["files"] == 1 && planned["did_not_stand"]["count"] == 3, "{planned}");
    line.succeed(&["restore", "--at", &now, "--prefix", "kind", "--to", "kinds"]).await?;
    ensure!(fs::read(root.join("kinds/kind"))? == b"a file now", "the file did not come back");
    let below = line.fail(&["restore", "--at", &now, "--prefix", "kind/", "--to", "kinds"]).await?;
    ensure!(below.stderr.contains("/kind is a file since"), "{}", below.stderr);
    // Over the file: no report that leaves a path out is a success.
    let over = ["restore", "--execution", first, "--prefix", "kind/", "--to", "/", "--overwrite"];
    let blocked = line.fail(&over).await?;
    ensure!(
        blocked.stdout.contains("NOT COMPLETE") && blocked.stdout.contains("/kind/x: "),
        "{}",
        blocked.stdout
    );
    ensure!(fs::read(root.join("kind"))? == b"a file now", "the file was overwritten");
    Ok(())
}

/// Below the root of the file system a destination is reached through directories alone.
async fn nothing_is_restored_through_a_link(
    deployment: &Deployment,
    root: &Path,
    id: &str,
) -> Result<()> {
    let outside = tempfile::tempdir()?;
    symlink(outside.path(), root.join("lnk"))?;
    for to in ["/lnk", "/lnk/x", "lnk/x/y"] {
        for more in [&[][..], &["--overwrite"]] {
            let refused = deployment
                .command_line
                .fail(&[&["restore", "--execution", id, "--to", to], more].concat())
                .await?;
            ensure!(
                refused.stderr.contains("`/lnk` is a symbolic link"),
                "{to}: {}",
                refused.stderr
            );
        }
    }
    ensure!(outside.path().read_dir()?.next().is_none(), "something was restored through a link");
    fs::remove_file(root.join("lnk"))?;
    Ok(())
}
