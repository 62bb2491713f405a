//! A private network: made, changed to a standard one and back, and removed without a trace.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, read_inventory};
use e2e::fault_proxy::Faults;

const PRIVATE: &str = "[network]\nmode = \"private\"\n";
const WITHOUT_INSTANCE: &str = "[network]\nmode = \"private\"\n[instance]\nenabled = false\n";
/// What reaches the internet, or is reached from there.
const OF_STANDARD: [&str; 6] = [
    "internet-gateway",
    "nat-address",
    "nat-gateway",
    "public-route-table",
    "public-subnet-1",
    "public-subnet-2",
];
const OF_PRIVATE: [&str; 3] = ["endpoint-security-group", "ssm-endpoint", "ssmmessages-endpoint"];

pub(crate) async fn it_comes_and_goes(cloud: &Cloud, account: &str) -> Result<()> {
    let mut plane = DataPlane::prepare(cloud, account, PRIVATE).await?;
    let before = read_inventory(&plane.direct).await?;
    plane.apply(1).await.context("the private network")?;
    require_settled(&plane).await.context("the private network")?;
    let (private, counted) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
    require_resources(&plane, &OF_PRIVATE, &OF_STANDARD).await?;
    let access = (counted["NAT gateways"], counted["addresses"]);
    ensure!(access == (0, 0), "a private network has NAT gateways and addresses: {access:?}");

    change_to(&mut plane, "", &OF_STANDARD, &OF_PRIVATE).await?;
    change_to(&mut plane, PRIVATE, &OF_PRIVATE, &OF_STANDARD).await?;
    ensure!(plane.read_snapshot().await? == private, "the private network came back different");
    let again = read_inventory(&plane.direct).await?;
    ensure!(again == counted, "something is left of the standard network: {again:?}");

    let all: Vec<&str> = OF_PRIVATE.into_iter().chain(OF_STANDARD).chain(["instance"]).collect();
    change_to(&mut plane, WITHOUT_INSTANCE, &["s3-endpoint", "private-subnet-1"], &all).await?;
    plane.destroy(1).await?;
    let after = read_inventory(&plane.direct).await?;
    ensure!(after == before, "the network leaves {after:?} where there was {before:?}");
    measurements::proven("changes of the network mode of one stack", 3, "changes");
    Ok(())
}

/// Applies another configuration; a second apply changes nothing.
async fn change_to(
    plane: &mut DataPlane,
    sections: &str,
    present: &[&str],
    absent: &[&str],
) -> Result<()> {
    plane.reconfigure(sections).await?;
    plane.proxy.set_faults(Faults::default());
    plane.apply(1).await.with_context(|| format!("changing to {sections:?}"))?;
    require_settled(plane).await.with_context(|| format!("after the change to {sections:?}"))?;
    require_resources(plane, present, absent).await
}

async fn require_settled(plane: &DataPlane) -> Result<()> {
    plane.proxy.set_faults(Faults::default());
    let again = plane.apply(1).await?;
    ensure!(again.plan.is_empty(), "the second plan is not empty");
    let mutations = plane.proxy.mutating_calls();
    ensure!(mutations.is_empty(), "a second apply changes something: {mutations:?}");
    Ok(())
}

async fn require_resources(plane: &DataPlane, present: &[&str], absent: &[&str]) -> Result<()> {
    let snapshot = plane.read_snapshot().await?;
    let there: BTreeSet<&str> = snapshot.keys().map(String::as_str).collect();
    let missing: Vec<_> = present.iter().filter(|id| !there.contains(*id)).collect();
    ensure!(missing.is_empty(), "missing: {missing:?}");
    let left: Vec<_> = absent.iter().filter(|id| there.contains(*id)).collect();
    ensure!(left.is_empty(), "still there: {left:?}");
    Ok(())
}
