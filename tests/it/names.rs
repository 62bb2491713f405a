//! Names over the whole of Unicode: every key that S3 takes is copied, listed, proven and brought
//! back, and every name that is none is told; none of them is in the way of the rest.

mod files;
mod listings;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws::exact_key::exact_key;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::foreign_reader::read_tree;
use e2e::odd_names;
use serde_json::Value;

use self::files::{create_files, create_no_keys};

const SEED: u64 = 20_261_127;
const COUNT: usize = 2_200;
/// Every so many names one is a directory, of those that follow.
const A_DIRECTORY: usize = 40;
/// S3 User Guide, "Naming Amazon S3 objects".
const LONGEST_KEY: usize = 1_024;
/// Each is fetched by itself.
const FETCHED: [&str; 10] = [
    " ",
    "\n",
    "\u{3000}",
    "\u{1}",
    "\x1b[31m",
    "+",
    "%2F",
    "&#x1;",
    "\u{ffff}",
    "\u{1112}\u{1161}",
];
/// Objects that no file of ours has become, and that no path can name.
const FOREIGN: [&str; 7] =
    ["dbl//slash", "./dot", "a/../b", "../up", "/lead", "\u{1}//", "\u{fffe}/.."];

pub(crate) async fn every_name_is_copied_listed_proven_and_restored(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "names", false).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    let names = odd_names::generate_names(SEED, COUNT);
    let keys = create_files(&root, &names)?;
    let before = read_tree(&root)?;
    ensure!(before.len() == keys.len(), "{} entries for {} keys", before.len(), keys.len());

    line.succeed(&["sync", "--wait"]).await?;
    let run = deployment.last_run().await?;
    let id = run.execution.id();
    let copied = run.counters.files_transferred;
    ensure!(usize::try_from(copied)? == keys.len(), "{copied} of {} keys were copied", keys.len());
    let listed = listings::require_every_listing(&deployment, &keys).await?;
    line.succeed(&["verify", id]).await?;
    let proof = line.succeed(&["proof", id, "--check"]).await?.stdout;
    ensure!(proof.contains("VERIFIED"), "{proof}");
    line.succeed(&["audit"]).await?;
    one_by_one(&deployment, &root).await?;

    let restored =
        line.succeed_with_json::<Value>(&["restore", "--execution", id, "--to", "back"]).await?;
    ensure!(restored["complete"] == true, "{restored}");
    let after = read_tree(&root.join("back"))?;
    if let Some((left, right)) = before.iter().zip(&after).find(|(left, right)| left != right) {
        anyhow::bail!("the tree came back as another: {left} is {right}");
    }
    ensure!(before.len() == after.len(), "{} entries came back of {}", after.len(), before.len());
    fs::remove_dir_all(root.join("back"))?;

    let refused = what_is_no_key_is_told(&deployment, &root).await?;
    foreign_keys_are_in_nobodys_way(&deployment).await?;
    let stack = deployment.names.stack.clone();
    let bucket = deployment.read_outputs().await?.destination_bucket;
    line.succeed(&["destroy", "--yes", &stack, "--delete-data", "--yes-delete-data", &stack])
        .await?;
    let buckets = deployment.s3.list_buckets().send().await?.buckets.unwrap_or_default();
    ensure!(
        buckets.iter().all(|left| left.name() != Some(bucket.as_str())),
        "the bucket is still there"
    );
    measurements::proven(
        &format!("names over Unicode that came back as they were, seed {SEED}"),
        names.len(),
        "names",
    );
    measurements::proven("keys of odd names in each kind of listing", listed, "kinds of listing");
    measurements::proven("names that are no key, reported", refused, "names");
    Ok(())
}

/// A path of so many bytes.
fn long_path(bytes: usize) -> String {
    let folders = format!("{}/", "longest".repeat(28)).repeat(4);
    let rest = bytes - folders.len();
    folders + &"k".repeat(rest)
}

/// `versions` and `get` of single files, by their names.
async fn one_by_one(deployment: &Deployment, root: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let to = folder.path().join("fetched");
    for name in FETCHED {
        let versions =
            deployment.command_line.succeed_with_json::<Value>(&["versions", name]).await?;
        ensure!(
            versions[0]["latest"] == true && versions[0]["proven"] == true,
            "{name:?}: {versions}"
        );
        let arguments = ["get", name, "--overwrite", "--to", &to.display().to_string()];
        let got = deployment.command_line.succeed(&arguments).await?;
        ensure!(fs::read(&to)? == fs::read(root.join(name))?, "{name:?} came as another: {got:?}");
        let acts = |c: char| c.is_control() && c != '\n';
        let text = deployment.command_line.succeed(&["versions", name]).await?.stdout + &got.stdout;
        ensure!(!text.contains(acts), "what acts on a terminal is printed as it is: {text:?}");
    }
    Ok(())
}

/// Names that are no UTF-8, and a path that is too long; the rest is copied and proven as ever.
/// Returns how many.
async fn what_is_no_key_is_told(deployment: &Deployment, root: &Path) -> Result<usize> {
    let line = &deployment.command_line;
    let no_keys = create_no_keys(root)?;
    fs::write(root.join("plain"), "plain")?;
    let failed = line.fail(&["sync", "--wait"]).await?;
    let bucket = deployment.read_outputs().await?.destination_bucket;
    let plain = deployment.s3.head_object().bucket(bucket).key("plain").send().await;
    plain.context("a plain file beside them")?;
    ensure!(failed.stdout.contains("1,024 bytes") && failed.stdout.contains("UTF-8"), "{failed:?}");
    ensure!(!failed.stdout.contains("damaged"), "{failed:?}");
    line.succeed(&["audit"]).await?;
    line.succeed(&["status"]).await?;
    for path in &no_keys {
        fs::remove_file(path)?;
    }
    Ok(no_keys.len())
}

/// Keys that no path names, among the others.
async fn foreign_keys_are_in_nobodys_way(deployment: &Deployment) -> Result<()> {
    let (line, bucket) =
        (&deployment.command_line, deployment.read_outputs().await?.destination_bucket);
    for key in FOREIGN {
        let put = deployment
            .s3
            .put_object()
            .bucket(&bucket)
            .key(exact_key(key))
            .body(Vec::from("foreign").into());
        put.send().await.with_context(|| format!("putting {key:?}"))?;
    }
    line.succeed(&["sync", "--wait"]).await?;
    line.succeed(&["audit"]).await?;
    let now = chrono::Utc::now().to_rfc3339();
    let planned = line.run(&["restore", "--at", &now, "--to", "planned", "--dry-run"]).await?;
    let said = format!("{}{}", planned.stdout, planned.stderr);
    ensure!(!said.contains("XML") && !said.contains("check the network"), "{said}");
    Ok(())
}
