//! The demo's scenario, as assertions.

use anyhow::Result;
use e2e::cloud::Cloud;
use e2e::scenario::{SilentReporter, tell};

pub(crate) async fn the_demo_as_assertions(cloud: &Cloud, account: &str) -> Result<()> {
    tell(cloud, account, false, &mut SilentReporter).await
}
