//! The complete examples of docs/CONFIGURATION.md: each is deployed, unchanged at once, and
//! destroyed.

mod existing;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use domain::config::{self, StackConfig};
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, REGION};
use e2e::owned_bucket::OwnedBucket;
use e2e::project;

const LAYOUTS: usize = 5;
const WITHOUT_INSTANCE: &str = "[instance]\nenabled = false";
const WITH_INSTANCE: &str = "[instance]\nenabled = true";

pub(crate) async fn each_layout_is_deployed_and_destroyed(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let layouts = list_layouts()?;
    ensure!(layouts.len() == LAYOUTS, "there are {} layouts: {layouts:?}", layouts.len());
    let first: u64 = account.parse().context("an account is a number")?;
    for (number, layout) in (0_u64..).zip(&layouts) {
        let text = fs::read_to_string(layout)?;
        let account = format!("{:012}", first + number);
        let what = || format!("the layout `{}`", layout.display());
        deploy_and_destroy(cloud, &account, text).await.with_context(what)?;
    }
    measurements::proven("complete examples deployed and destroyed", LAYOUTS, "layouts");
    Ok(())
}

fn list_layouts() -> Result<Vec<PathBuf>> {
    let folder = project::root_folder().join("examples/layouts");
    let entries = fs::read_dir(&folder).with_context(|| format!("reading `{}`", folder.display()));
    let paths = entries?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut layouts: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    layouts.sort();
    Ok(layouts)
}

async fn deploy_and_destroy(cloud: &Cloud, account: &str, text: String) -> Result<()> {
    let stack = config::parse(&text)?.stack;
    ensure!(stack.region == REGION, "the tests are in {REGION}, the layout in {}", stack.region);
    let deployment = Deployment::prepare(cloud, account, &stack.name, false).await?;
    let text = existing::create_existing(&deployment, text).await?;
    deployment.edit_config(|_| text.clone())?;
    let config = config::parse(&text)?;
    let buckets = create_buckets(cloud, account, &config).await?;
    allow_syncs(&deployment, &config, &buckets).await?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let plan = line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan after a deploy is not empty:\n{}", plan.both_outputs());
    if text.contains(WITHOUT_INSTANCE) {
        // Within what exists an instance can be created, too.
        deployment.edit_config(|text| text.replace(WITHOUT_INSTANCE, WITH_INSTANCE))?;
        line.succeed(&["deploy"]).await?;
    }
    let confirmed =
        ["destroy", "--yes", &stack.name, "--delete-data", "--yes-delete-data", &stack.name];
    line.succeed(&confirmed).await?;
    for bucket in buckets.values() {
        bucket.delete().await.context("an existing bucket is still there")?;
    }
    existing::require_nothing_else(&deployment).await
}

/// Creates the buckets that the layout takes for existing, each in its own account.
async fn create_buckets(
    cloud: &Cloud,
    account: &str,
    config: &StackConfig,
) -> Result<BTreeMap<String, OwnedBucket>> {
    let mut buckets = BTreeMap::new();
    for sync in config.resolve_syncs() {
        let destination = &sync.config.destination;
        let Some(name) = destination.bucket.clone() else { continue };
        if !buckets.contains_key(&name) {
            let owner = destination.account.as_deref().unwrap_or(account);
            let region = destination.bucket_region(REGION);
            buckets.insert(name.clone(), OwnedBucket::create(cloud, owner, region, &name).await?);
        }
    }
    Ok(buckets)
}

/// Each owner of a bucket in another account allows the syncs that write to it.
async fn allow_syncs(
    deployment: &Deployment,
    config: &StackConfig,
    buckets: &BTreeMap<String, OwnedBucket>,
) -> Result<()> {
    for sync in config.resolve_syncs() {
        let destination = &sync.config.destination;
        if let (Some(_), Some(name)) = (&destination.account, &destination.bucket) {
            let bucket = buckets.get(name).context("a bucket without an owner")?;
            bucket.allow_sync(deployment, sync.name.as_str()).await?;
        }
    }
    Ok(())
}
