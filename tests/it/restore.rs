//! The way back: what was restored equals what was copied.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::types::StorageClass;
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::foreign_reader::read_tree;
use e2e::random_tree::{self, Snapshot, first_difference, read_snapshot};
use serde_json::Value;
use tokio::time::sleep;

/// S3 tells versions apart by the second.
const NEXT_SECOND: Duration = Duration::from_millis(1_100);
/// 1960.
const LINK_TIME: i64 = -315_619_200;
/// Entries of each random tree, about.
const ENTRIES: usize = 160;
/// Entries that a reader which is not ours compares, at least.
const FOREIGN_ENTRIES: usize = 500;

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

pub(crate) async fn random_trees_are_restored_exactly(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "random", false).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    let seeds: Vec<u64> = (1..=if bounds::is_soak() { 40 } else { 5 }).collect();
    for seed in &seeds {
        random_tree::create_tree(&root.join(format!("seed-{seed}")), *seed, ENTRIES)?;
    }
    let before = read_snapshot(&root)?;
    let read = read_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    let first = deployment.last_run().await?;
    sleep(NEXT_SECOND).await;
    for seed in &seeds {
        random_tree::edit_tree(&root.join(format!("seed-{seed}")), *seed)?;
    }
    let edited =
        first_difference(&before, &read_snapshot(&root)?).context("the edits changed nothing")?;
    line.succeed(&["sync", "--wait"]).await?;

    let id = first.execution.id();
    for seed in &seeds {
        let (prefix, to) = (format!("seed-{seed}/"), format!("back {seed}"));
        let restore = ["restore", "--execution", id, "--prefix", &prefix, "--to", &to];
        line.succeed(&restore).await.with_context(|| format!("seed {seed}"))?;
        let expected = before
            .iter()
            .filter(|(path, _)| path.starts_with(&prefix))
            .map(|(path, state)| (path.clone(), state.clone()))
            .collect();
        require_equal(&expected, &root.join(&to), &format!("the tree of seed {seed}"))?;
    }
    // All of them at once, by the time, into a directory that it chooses itself.
    let at = first.ended_at.context("the run has no end")?.to_rfc3339();
    let whole = line.succeed_with_json::<Value>(&["restore", "--at", &at]).await?;
    let fresh = whole["directory"].as_str().context("no directory")?;
    require_equal(
        &before,
        &root.join(fresh),
        &format!("the tree of seeds {seeds:?} (first edit: {edited})"),
    )?;
    let restored = read_tree(&root.join(fresh))?;
    let differs = read.iter().zip(&restored).find(|(expected, found)| expected != found);
    ensure!(
        differs.is_none() && read.len() == restored.len(),
        "Python sees another tree: {differs:?}"
    );
    ensure!(read.len() >= FOREIGN_ENTRIES, "only {} entries", read.len());
    measurements::proven("seeds whose tree came back as it was", seeds.len(), "seeds");
    measurements::proven("entries compared after a restore", 2 * before.len(), "entries");
    measurements::proven(
        &format!("entries that Python reads alike after a restore (seeds {seeds:?})"),
        read.len(),
        "entries",
    );
    Ok(())
}

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
        got.stdout.contains(&format!("as {} proved it", first.execution.id())),
        "{}",
        got.stdout
    );
    let expected: Snapshot = [("one".into(), before[Path::new("a/one.txt")].clone())].into();
    require_equal(&expected, folder.path(), "the file")?;
    let there = line.fail(&["get", "a/one.txt", "--version", oldest, "--to", &file]).await?;
    ensure!(there.stderr.contains("is there already"), "{}", there.stderr);
    for (arguments, says) in [
        (["get", "a/none", "--version", oldest], "has no version"),
        (["get", "a/one.txt", "--version", "0123456789abcdef"], "has no version"),
        (["get", "a/deep/", "--version", oldest], "is the path of a directory"),
    ] {
        let refused =
            line.fail(&[&arguments[..], &["--overwrite", "--to", &file]].concat()).await?;
        ensure!(refused.stderr.contains(says), "{arguments:?}: {}", refused.stderr);
    }
    let gone = line.fail(&["get", "a/one.txt", "--to", &format!("{file} 2")]).await?;
    ensure!(gone.stderr.contains("or no longer"), "{}", gone.stderr);
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
        got.stdout.contains("not taken from its metadata") && got.stdout.contains("mode 4755"),
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

/// A digest in the list that is not that of the content: sealed anew, as only its forger could.
async fn altered_proof_is_noticed(
    deployment: &Deployment,
    execution: &str,
    version: &str,
    file: &str,
) -> Result<()> {
    use domain::records::keys;
    use domain::records::proof::Proof;
    use domain::records::seal::Link;
    let mut proof: Proof =
        deployment.records.read(&keys::proof(execution)).await?.context("no proof")?;
    let link = proof.object_parts.first().context("no parts")?.clone();
    let text =
        String::from_utf8(deployment.records.read_bytes(&link.key).await?.context("no part")?)?;
    let forge = |line: &str| {
        let mut object: Value = serde_json::from_str(line)?;
        if object["version_id"] == version {
            object["sha256"] = "0".repeat(64).into();
        }
        anyhow::Ok(object.to_string() + "\n")
    };
    let forged: String = text.lines().map(forge).collect::<Result<_>>()?;
    proof.object_parts = vec![Link::after(None, link.key.clone(), link.objects, forged.as_bytes())];
    deployment.records.write_bytes(&link.key, forged.into_bytes(), "application/x-ndjson").await?;
    deployment.records.write(&keys::proof(execution), &proof).await?;
    let to = format!("{file} altered");
    let differs = deployment
        .command_line
        .fail(&["get", "a/one.txt", "--version", version, "--to", &to])
        .await?;
    ensure!(differs.stderr.contains("which was proven"), "{}", differs.stderr);
    ensure!(!Path::new(&to).exists(), "what is not as it was proven was put in place");
    Ok(())
}

async fn archived_is_refused(deployment: &Deployment, root: &Path) -> Result<()> {
    let (line, bucket) =
        (&deployment.command_line, deployment.read_outputs().await?.destination_bucket);
    sleep(NEXT_SECOND).await;
    for class in [StorageClass::Glacier, StorageClass::DeepArchive] {
        let put = deployment.s3.put_object().bucket(&bucket).key(format!("cold/{class}"));
        put.storage_class(class).body(Vec::from("cold").into()).send().await?;
    }
    sleep(NEXT_SECOND).await;
    let now = chrono::Utc::now().to_rfc3339();
    let refused =
        line.fail(&["restore", "--at", &now, "--prefix", "cold/", "--to", "cold"]).await?;
    ensure!(refused.stderr.contains("2 of 2 files lie in an archive"), "{}", refused.stderr);
    ensure!(!root.join("cold").exists(), "a refused restore has begun");
    let planned = line
        .succeed_with_json::<Value>(&["restore", "--at", &now, "--prefix", "cold/", "--dry-run"])
        .await?;
    ensure!(planned["archived"] == 2, "{planned}");
    let history = line.succeed_with_json::<Value>(&["versions", "cold/GLACIER"]).await?;
    ensure!(
        history[0]["archived"] == true && history[0]["storage_class"] == "GLACIER",
        "{history}"
    );
    let to = root.join("cold file").display().to_string();
    let cold = line.fail(&["get", "cold/GLACIER", "--to", &to]).await?;
    ensure!(
        cold.stderr.contains("lies in an archive") && cold.stderr.contains("restore-object"),
        "{}",
        cold.stderr
    );
    Ok(())
}

fn require_equal(expected: &Snapshot, root: &Path, what: &str) -> Result<()> {
    let differs = first_difference(expected, &read_snapshot(root)?);
    ensure!(differs.is_none(), "{what} differs: {}", differs.unwrap_or_default());
    Ok(())
}

fn create_tree(root: &Path) -> Result<()> {
    fs::create_dir_all(root.join("a/deep/er"))?;
    fs::create_dir_all(root.join("empty directory/in another"))?;
    fs::create_dir(root.join("kind"))?;
    fs::write(root.join("kind/x"), "x")?;
    fs::write(root.join("kind/y"), "y")?;
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
        fs::write(
            &path,
            if *name == "empty" { String::new() } else { format!("{name}\n").repeat(number + 1) },
        )?;
        fs::set_permissions(
            &path,
            Permissions::from_mode([0o640, 0o600, 0o755, 0o444][number % 4]),
        )?;
        // The first one before 1970.
        let seconds = if number == 0 { -86_400 } else { 1_600_000_000 + i64::try_from(number)? };
        let time = filetime::FileTime::from_unix_time(seconds, 250_000_000);
        filetime::set_file_mtime(&path, time)?;
        // Owners are changed where we may.
        let _ = std::os::unix::fs::lchown(&path, Some(1000 + u32::try_from(number)?), Some(2000));
    }
    symlink("a/one.txt", root.join("link"))?;
    let time = filetime::FileTime::from_unix_time(LINK_TIME, 5);
    filetime::set_symlink_file_times(root.join("link"), time, time)?;
    // The deepest first: what is made within a directory changes its time.
    for (number, name) in
        ["a/deep/er", "a/deep", "a", "empty directory/in another", "empty directory"]
            .iter()
            .enumerate()
    {
        let path = root.join(name);
        let _ = std::os::unix::fs::lchown(&path, Some(3000 + u32::try_from(number)?), Some(2000));
        fs::set_permissions(
            &path,
            Permissions::from_mode([0o750, 0o2775, 0o700, 0o1777, 0o555][number]),
        )?;
        let time =
            filetime::FileTime::from_unix_time(1_500_000_000 + i64::try_from(number)?, 123_456_789);
        filetime::set_file_mtime(&path, time)?;
    }
    Ok(())
}

fn edit_tree(root: &Path) -> Result<()> {
    fs::write(root.join("a/one.txt"), "changed")?;
    fs::remove_file(root.join("with,comma"))?;
    fs::rename(root.join("a/deep/two"), root.join("a/deep/renamed"))?;
    fs::write(root.join("added"), "added")?;
    fs::remove_dir_all(root.join("kind"))?;
    fs::write(root.join("kind"), "a file now")?;
    Ok(())
}
