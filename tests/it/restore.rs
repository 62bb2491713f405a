//! Restores of a tree: what was restored equals what was copied.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::command_line::CommandLine;
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

    let id = first.execution.id();
    let test = RestoreTest { deployment: &deployment, root: &root, id, before: &before };
    test.restore_each_way(&after).await
}

struct RestoreTest<'a> {
    deployment: &'a Deployment,
    /// The source directory.
    root: &'a Path,
    /// The first execution, and the tree that it copied.
    id: &'a str,
    before: &'a Snapshot,
}

impl RestoreTest<'_> {
    fn count_files(&self) -> usize {
        self.before.values().filter(|(_, mode, ..)| mode & 0o170_000 != 0o040_000).count()
    }

    /// Restores in each way; the tree of the second run is `after`.
    async fn restore_each_way(&self, after: &Snapshot) -> Result<()> {
        let Self { deployment, root, id, .. } = *self;
        self.dry_run_changes_nothing(after).await?;
        self.restores_to_an_empty_directory().await?;
        self.keeps_newer_files_unless_overwrite().await?;
        self.keeps_modes_unless_overwrite().await?;
        changed_kinds_come_back_as_one_tree(deployment, root, id).await?;
        nothing_is_restored_through_a_link(deployment, root, id).await?;
        self.restores_a_part_of_the_tree().await?;
        self.leaves_no_resource_behind().await
    }

    async fn dry_run_changes_nothing(&self, after: &Snapshot) -> Result<()> {
        let line = &self.deployment.command_line;
        let dry_run = ["restore", "--execution", self.id, "--dry-run"];
        let planned = line.succeed_with_json::<Value>(&dry_run).await?;
        let files = self.count_files();
        ensure!(
            planned["files"] == files && planned["directories"] == self.before.len() - files,
            "the dry run shows {planned}"
        );
        ensure!(read_snapshot(self.root)? == *after, "a dry run changes nothing");
        let early = line.fail(&["restore", "--at", "2001-01-01"]).await?;
        ensure!(early.stderr.contains("the first version is from"), "{}", early.stderr);
        Ok(())
    }

    async fn restores_to_an_empty_directory(&self) -> Result<()> {
        let (line, files) = (&self.deployment.command_line, self.count_files());
        let restore = ["restore", "--execution", self.id, "--to", "back"];
        let restored = line.succeed_with_json::<Value>(&restore).await?;
        ensure!(restored["complete"] == true && restored["restored"] == files, "{restored}");
        require_equal(self.before, &self.root.join("back"), "the restored tree")?;
        let again = line.succeed_with_json::<Value>(&restore).await?;
        ensure!(
            again["already_there"] == files && again["directories"]["put_right"] == 0,
            "{again}"
        );
        Ok(())
    }

    async fn keeps_newer_files_unless_overwrite(&self) -> Result<()> {
        let line = &self.deployment.command_line;
        let restore = ["restore", "--execution", self.id, "--to", "back"];
        let newer = self.root.join("back/a/one.txt");
        fs::write(&newer, "newer")?;
        let kept = line.fail(&restore).await?;
        ensure!(kept.stdout.contains("1 different and kept"), "{}", kept.stdout);
        ensure!(fs::read(&newer)? == b"newer", "a newer file was overwritten");
        line.succeed(&[&restore[..], &["--overwrite"]].concat()).await?;
        require_equal(self.before, &self.root.join("back"), "the tree restored with --overwrite")
    }

    /// An existing directory keeps its mode, unless it may be replaced.
    async fn keeps_modes_unless_overwrite(&self) -> Result<()> {
        let line = &self.deployment.command_line;
        let restore = ["restore", "--execution", self.id, "--to", "over"];
        let directory = self.root.join("over/a");
        fs::create_dir_all(&directory)?;
        fs::set_permissions(&directory, Permissions::from_mode(0o711))?;
        let kept = line.fail(&restore).await?;
        ensure!(kept.stdout.contains("1 different and kept"), "{}", kept.stdout);
        let mode = directory.metadata()?.mode() & 0o7777;
        ensure!(mode == 0o711, "the mode of a directory was overwritten");
        line.succeed(&[&restore[..], &["--overwrite"]].concat()).await?;
        require_equal(self.before, &self.root.join("over"), "the tree restored over another")
    }

    /// Another directory, and a part of the tree with the directories above it.
    async fn restores_a_part_of_the_tree(&self) -> Result<()> {
        let restore = ["restore", "--execution", self.id, "--prefix", "a/deep/", "--to", "part"];
        self.deployment.command_line.succeed(&restore).await?;
        let part: Snapshot = self
            .before
            .iter()
            .filter(|(path, _)| path.starts_with("a/deep") || **path == Path::new("a"))
            .map(|(path, state)| (path.clone(), state.clone()))
            .collect();
        require_equal(&part, &self.root.join("part"), "the restored part")?;
        self.restores_paths(&part).await
    }

    /// Paths restore the same, a restore is an execution like others, and a wrong path is refused.
    async fn restores_paths(&self, part: &Snapshot) -> Result<()> {
        let line = &self.deployment.command_line;
        let of_paths = ["restore", "--execution", self.id, "a/deep", "a/deep/", "--to", "paths"];
        let restored = line.succeed_with_json::<Value>(&of_paths).await?;
        require_equal(part, &self.root.join("paths"), "the restored path")?;
        let id = restored["execution"].as_str().unwrap_or_default();
        let runs = line.succeed_with_json::<Value>(&["runs"]).await?;
        ensure!(runs[0]["execution"] == id && runs[0]["kind"] == "restore", "{runs}");
        ensure!(runs[0]["restored"] == true, "{runs}");
        let said = line.succeed(&["run", id]).await?.stdout;
        ensure!(said.contains("RESTORED") && said.contains("`/paths/`"), "{said}");
        let said = line.succeed(&["wait", id]).await?.stdout;
        ensure!(said.contains("RESTORED"), "{said}");
        let wrong = ["restore", "--execution", self.id, "a/dee", "--to", "wrong"];
        line.fail(&wrong).await?;
        let one = ["restore", "--execution", self.id, "a/deep", "a/dee", "--to", "wrong"];
        let said = line.fail(&one).await?.stderr;
        ensure!(said.contains("`a/dee` did not exist"), "{said}");
        Ok(())
    }

    async fn leaves_no_resource_behind(&self) -> Result<()> {
        let line = &self.deployment.command_line;
        let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
        ensure!(plan.code == 0, "the plan after a restore is not empty:\n{}", plan.stdout);
        let efs = aws_sdk_efs::Client::new(&self.deployment.sdk);
        let entrances = efs.describe_access_points().send().await?;
        ensure!(entrances.access_points().len() == 1, "access points are left behind");
        let datasync = aws_sdk_datasync::Client::new(&self.deployment.datasync_config());
        let locations = datasync.list_locations().send().await?;
        ensure!(locations.locations().len() == 4, "a restore leaves locations behind");
        line.succeed(&["destroy", "--yes", "restoring"]).await?;
        let tasks = datasync.list_tasks().send().await?;
        ensure!(tasks.tasks().is_empty(), "destroy left the restore's task");
        let entrances = efs.describe_access_points().send().await?;
        ensure!(entrances.access_points().is_empty(), "destroy left the restore's access point");
        Ok(())
    }
}

/// `kind` was a directory at the first run and is a file since the second; the bucket keeps both.
async fn changed_kinds_come_back_as_one_tree(
    deployment: &Deployment,
    root: &Path,
    first: &str,
) -> Result<()> {
    let line = &deployment.command_line;
    let now = chrono::Utc::now().to_rfc3339();
    let dry_run = ["restore", "--at", &now, "--prefix", "kind", "--dry-run"];
    let planned = line.succeed_with_json::<Value>(&dry_run).await?;
    ensure!(planned["files"] == 1 && planned["did_not_stand"]["count"] == 3, "{planned}");
    line.succeed(&["restore", "--at", &now, "--prefix", "kind", "--to", "kinds"]).await?;
    ensure!(fs::read(root.join("kinds/kind"))? == b"a file now", "the file did not come back");
    let below = ["restore", "--at", &now, "--prefix", "kind/", "--to", "kinds"];
    let said = line.fail(&below).await?.stderr;
    ensure!(said.contains("/kind is a file since"), "{said}");
    blocked_by_the_file(line, first).await?;
    ensure!(fs::read(root.join("kind"))? == b"a file now", "the file was overwritten");
    Ok(())
}

/// Over the file: no report that leaves a path out is a success.
async fn blocked_by_the_file(line: &CommandLine, first: &str) -> Result<()> {
    let over = ["restore", "--execution", first, "--prefix", "kind/", "--to", "/", "--overwrite"];
    let said = line.fail(&over).await?.stdout;
    ensure!(said.contains("NOT COMPLETE") && said.contains("/kind/x: "), "{said}");
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
            let restore = [&["restore", "--execution", id, "--to", to], more].concat();
            let said = deployment.command_line.fail(&restore).await?.stderr;
            ensure!(said.contains("`/lnk` is a symbolic link"), "{to}: {said}");
        }
    }
    ensure!(outside.path().read_dir()?.next().is_none(), "something was restored through a link");
    fs::remove_file(root.join("lnk"))?;
    Ok(())
}
