//! Random trees, restored one by one and all at once, and compared by a reader that is not ours.

use anyhow::{Context, Result, ensure};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::foreign_reader::read_tree;
use e2e::random_tree::{self, first_difference, read_snapshot};
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::{NEXT_SECOND, require_equal};

/// Entries of each random tree, about.
const ENTRIES: usize = 160;
/// Entries that a reader which is not ours compares, at least.
const FOREIGN_ENTRIES: usize = 500;

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
