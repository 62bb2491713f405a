//! The demo's scenario, as assertions.

use anyhow::Result;
use e2e::cloud::Cloud;
use e2e::scenario::{SilentReporter, run_scenario};

pub(crate) async fn the_demo_as_assertions(cloud: &Cloud, account: &str) -> Result<()> {
    run_scenario(cloud, account, false, &mut SilentReporter).await
}
