//! The way back: what was restored equals what was copied.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use serde_json::Value;

/// Bytes (of a link: its target), type and permissions, owner, group, modification time in ns.
type Files = BTreeMap<String, (Vec<u8>, u32, u32, u32, i64)>;

pub(crate) async fn a_tree_comes_back_as_it_was(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "restoring", false).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    plant(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let first = deployment.last_run().await?;
    let before = files(&root, &root)?;
    // S3 tells versions apart by the second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    edit(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let after = files(&root, &root)?;

    let id = first.execution.id();
    let planned = line.json::<Value>(&["restore", "--execution", id, "--dry-run"]).await?;
    ensure!(planned["files"] == before.len(), "the dry run shows {planned}, not {} files", before.len());
    ensure!(files(&root, &root)? == after, "a dry run changes nothing");
    let early = line.fail(&["restore", "--at", "2001-01-01"]).await?;
    ensure!(early.stderr.contains("the first version is of"), "{}", early.stderr);

    let restored = line.json::<Value>(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(restored["complete"] == true && restored["restored"] == before.len(), "{restored}");
    ensure!(files(&root.join("back"), &root.join("back"))? == before, "the restored tree differs from the first one");

    // Again: all of it is there. Then a newer file is left alone, and replaced only when asked for.
    let again = line.json::<Value>(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(again["already_there"] == before.len(), "{again}");
    fs::write(root.join("back/a/one.txt"), "newer")?;
    let kept = line.fail(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(kept.stdout.contains("1 kept"), "{}", kept.stdout);
    ensure!(fs::read(root.join("back/a/one.txt"))? == b"newer", "a newer file was overwritten");
    line.succeed(&["restore", "--execution", id, "--to", "back", "--overwrite"]).await?;
    ensure!(files(&root.join("back"), &root.join("back"))? == before, "--overwrite did not bring all back");

    // Another directory, part of the tree, and nothing more in AWS than before.
    line.succeed(&["restore", "--execution", id, "--prefix", "a/", "--to", "part"]).await?;
    let part: Files =
        before.iter().filter(|(path, _)| path.starts_with("a/")).map(|(p, f)| (p.clone(), f.clone())).collect();
    ensure!(files(&root.join("part"), &root.join("part"))? == part, "the restored part differs");
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan after a restore is not empty:\n{}", plan.stdout);
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    ensure!(datasync.list_locations().send().await?.locations().len() == 4, "a restore leaves locations behind");

    let history = line.json::<Value>(&["versions", "a/one.txt"]).await?;
    ensure!(history.as_array().map(Vec::len) == Some(2), "{history}");
    let folder = tempfile::tempdir()?;
    let (file, old) = (folder.path().join("one"), history[1]["version_id"].as_str().unwrap_or_default());
    let get = ["get", "a/one.txt", "--version", old, "--to", &file.display().to_string()];
    line.succeed(&get).await?;
    ensure!(fs::read(&file)? == before["a/one.txt"].0, "`get` fetched something else");
    ensure!(i64::from(file.metadata()?.mode() & 0o7777) == 0o640, "`get` did not set the mode");
    line.fail(&get).await?;
    line.succeed(&["destroy", "--yes", "restoring"]).await?;
    ensure!(datasync.list_tasks().send().await?.tasks().is_empty(), "destroy left the restore's task");
    Ok(())
}

fn plant(root: &Path) -> Result<()> {
    fs::create_dir_all(root.join("a/deep/er"))?;
    for (number, name) in [
        "a/one.txt",
        "a/deep/two",
        "a/deep/er/three",
        "Größe – 漢字.txt",
        "with,comma",
        "say \"hi\"",
        "1+1=2 & 50%",
        "empty",
    ]
    .iter()
    .enumerate()
    {
        let path = root.join(name);
        fs::write(&path, if *name == "empty" { String::new() } else { format!("{name}\n").repeat(number + 1) })?;
        fs::set_permissions(&path, Permissions::from_mode([0o640, 0o600, 0o755, 0o444][number % 4]))?;
        let time = filetime::FileTime::from_unix_time(1_600_000_000 + i64::try_from(number)?, 250_000_000);
        filetime::set_file_mtime(&path, time)?;
        // Owners are changed where we may.
        let _ = std::os::unix::fs::lchown(&path, Some(1000 + u32::try_from(number)?), Some(2000));
    }
    symlink("a/one.txt", root.join("link"))?;
    Ok(())
}

fn edit(root: &Path) -> Result<()> {
    fs::write(root.join("a/one.txt"), "changed")?;
    fs::remove_file(root.join("with,comma"))?;
    fs::rename(root.join("a/deep/two"), root.join("a/deep/renamed"))?;
    fs::write(root.join("added"), "added")?;
    Ok(())
}

/// All but directories: those come back with what is in them.
fn files(root: &Path, folder: &Path) -> Result<Files> {
    let mut found = Files::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let at = path.symlink_metadata()?;
        if at.is_dir() {
            found.extend(files(root, &path)?);
            continue;
        }
        let bytes = if at.is_symlink() {
            fs::read_link(&path)?.into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path)?
        };
        let time = at.mtime() * 1_000_000_000 + at.mtime_nsec();
        found.insert(path.strip_prefix(root)?.display().to_string(), (bytes, at.mode(), at.uid(), at.gid(), time));
    }
    Ok(found)
}
