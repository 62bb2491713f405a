//! One file: its versions, `get`, and objects that others planted.

mod refused;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::random_tree::{Snapshot, read_snapshot};
use refused::{altered_proof_is_noticed, archived_is_refused};
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::{LINK_TIME, NEXT_SECOND, create_tree, edit_tree, require_equal};

pub(crate) async fn one_file_is_fetched_with_history_and_proof(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "history", false).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    create_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let (first, before) = (deployment.last_run().await?, read_snapshot(&root)?);
    sleep(NEXT_SECOND).await;
    edit_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let second = deployment.last_run().await?;

    let outputs = deployment.read_outputs().await?;
    let bucket = &outputs.destination_bucket;
    // Somebody writes past the pipeline, and deletes.
    sleep(2 * NEXT_SECOND).await;
    deployment
        .s3
        .put_object()
        .bucket(bucket)
        .key("a/one.txt")
        .body(Vec::from("foreign").into())
        .send()
        .await?;
    let history = line.succeed_with_json::<Value>(&["versions", "a/one.txt"]).await?;
    let by = |at: usize| (history[at]["execution"].as_str(), history[at]["proven"].as_bool());
    ensure!(by(0) == (None, Some(false)), "{history}");
    ensure!(by(1) == (Some(second.execution.id()), Some(true)), "{history}");
    ensure!(by(2) == (Some(first.execution.id()), Some(true)), "{history}");
    ensure!(history[0]["latest"] == true && history[2]["storage_class"] == "STANDARD", "{history}");
    deployment.s3.delete_object().bucket(bucket).key("a/one.txt").send().await?;
    let deleted = line.succeed(&["versions", "a/one.txt"]).await?;
    ensure!(
        deleted.stdout.lines().next().is_some_and(|top| top.contains("deleted")),
        "{}",
        deleted.stdout
    );
    let unknown = line.fail(&["versions", "a/none"]).await?;
    ensure!(unknown.stderr.contains("has no version"), "{}", unknown.stderr);

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("one").display().to_string();
    let oldest = history[2]["version_id"].as_str().unwrap_or_default();
    let got = line.succeed(&["get", "a/one.txt", "--version", oldest, "--to", &file]).await?;
    ensure!(
        got.stdout.contains(&format!("as proven by {}", first.execution.id())),
        "{}",
        got.stdout
    );
    let expected: Snapshot = [("one".into(), before[Path::new("a/one.txt")].clone())].into();
    require_equal(&expected, folder.path(), "the file")?;
    let there = line.fail(&["get", "a/one.txt", "--version", oldest, "--to", &file]).await?;
    ensure!(there.stderr.contains("already exists"), "{}", there.stderr);
    for (arguments, says) in [
        (["get", "a/none", "--version", oldest], "has no version"),
        (["get", "a/one.txt", "--version", "0123456789abcdef"], "has no version"),
        (["get", "a/deep/", "--version", oldest], "is a directory"),
    ] {
        let refused =
            line.fail(&[&arguments[..], &["--overwrite", "--to", &file]].concat()).await?;
        ensure!(refused.stderr.contains(says), "{arguments:?}: {}", refused.stderr);
    }
    let gone = line.fail(&["get", "a/one.txt", "--to", &format!("{file} 2")]).await?;
    ensure!(gone.stderr.contains("or was deleted"), "{}", gone.stderr);
    line.succeed(&["get", "link", "--to", &format!("{file} link")]).await?;
    ensure!(
        fs::read_link(format!("{file} link"))? == Path::new("a/one.txt"),
        "a link came as something else"
    );
    let at = Path::new(&format!("{file} link")).symlink_metadata()?;
    ensure!((at.mtime(), at.mtime_nsec()) == (LINK_TIME, 5), "a link came with another time");
    what_others_planted_is_told(&deployment, folder.path()).await?;
    altered_proof_is_noticed(&deployment, first.execution.id(), oldest, &file).await?;
    archived_is_refused(&deployment, &root).await
}

/// Owner and setuid that no proof knows, and a directory's object with content.
async fn what_others_planted_is_told(deployment: &Deployment, folder: &Path) -> Result<()> {
    let (line, bucket) =
        (&deployment.command_line, deployment.read_outputs().await?.destination_bucket);
    for (key, mode, owner) in
        [("planted/setuid", "0104755", "0"), ("planted/owned", "0100644", "0")]
    {
        let put =
            deployment.s3.put_object().bucket(&bucket).key(key).body(Vec::from("planted").into());
        put.metadata("file-permissions", mode)
            .metadata("file-owner", owner)
            .metadata("file-group", owner)
            .send()
            .await?;
    }
    let marker = deployment.s3.put_object().bucket(&bucket).key("planted/marker/");
    marker
        .metadata("file-permissions", "0042777")
        .metadata("file-owner", "0")
        .body(Vec::from("lost?").into())
        .send()
        .await?;
    sleep(NEXT_SECOND).await;
    let to = folder.join("planted").display().to_string();
    let got = line.succeed(&["get", "planted/setuid", "--to", &to]).await?;
    ensure!(
        got.stdout.contains("not applied from the object metadata")
            && got.stdout.contains("mode 4755"),
        "{}",
        got.stdout
    );
    ensure!(
        Path::new(&to).metadata()?.mode() & 0o7777 == 0o600,
        "a mode without a proof was taken"
    );
    let now = chrono::Utc::now().to_rfc3339();
    let restore = ["restore", "--at", &now, "--prefix", "planted/", "--to", "planted"];
    let planned = line.succeed_with_json::<Value>(&[&restore[..], &["--dry-run"]].concat()).await?;
    for told in ["refused", "unproven", "not_restorable"] {
        ensure!(planned[told]["count"] == 1, "{told}: {planned}");
    }
    let restored = line.fail(&restore).await?.stdout;
    for told in [
        "NOT COMPLETE",
        "/planted/setuid: no proof lists",
        "/planted/marker/: its object has 5 bytes",
        "mode 2777",
    ] {
        ensure!(restored.contains(told), "`{told}` is missing: {restored}");
    }
    let root = deployment.efs_directory().await?.join("planted/planted");
    ensure!(!root.join("setuid").exists() && root.join("owned").exists(), "{restored}");
    ensure!(
        root.join("marker").metadata()?.mode() & 0o7777 == 0o755,
        "a mode without a proof was taken"
    );
    Ok(())
}
