//! A second apply changes nothing, recreates missing resources, and survives throttling.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, read_inventory};
use e2e::fault_proxy::Faults;
use reconciler::apply::{NoProgress, apply};
use reconciler::graph::{Graph, Node, ResourceId};

pub(crate) async fn it_changes_nothing(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    plane.apply(1).await?;
    plane.proxy.set_faults(Faults::default());
    let again = plane.apply(1).await?;
    ensure!(again.plan.is_empty(), "the second plan is not empty");
    let mutations = plane.proxy.mutating_calls();
    ensure!(mutations.is_empty(), "a second apply changes something: {mutations:?}");
    measurements::proven("mutating requests of a second apply", mutations.len(), "requests");
    measurements::proven("reads of a second apply", plane.proxy.calls().len(), "requests");
    plane.proxy.set_faults(Faults::default());
    plane.destroy(1).await?;
    Ok(())
}

/// Each resource in turn, deleted behind our back with all that hangs on it.
pub(crate) async fn it_recreates_missing_resources(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    plane.apply(1).await?;
    let (whole, counted) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
    let mut restored = 0;
    // The default security group goes with its VPC alone.
    let can_go = |node: &&Node| !node.pruned && node.id.as_str() != "default-security-group";
    for node in plane.graph.nodes().filter(can_go) {
        take_away_and_restore(&plane, &node.id).await?;
        let (snapshot, now) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
        let id = &node.id;
        ensure!(snapshot == whole, "{id} came back different: {snapshot:?} instead of {whole:?}");
        ensure!(
            now == counted,
            "{id} came back and something else too, or not: {now:?} instead of {counted:?}"
        );
        restored += 1;
    }
    plane.destroy(1).await?;
    let what = "resources that disappeared and came back the same";
    measurements::proven(what, restored, "resources");
    Ok(())
}

async fn take_away_and_restore(plane: &DataPlane, id: &ResourceId) -> Result<()> {
    let without = graph_without(&plane.graph, id);
    // Through the proxy: it has to see that the creation token is free again.
    plane.proxy.set_faults(Faults::default());
    apply(&plane.clients_with_attempts(1), &without, &NoProgress, None)
        .await
        .with_context(|| format!("taking away {id}"))?;
    plane.proxy.set_faults(Faults::default());
    plane.apply(1).await.with_context(|| format!("restoring {id}"))?;
    Ok(())
}

/// The same graph, in which the resource and all that depends on it are no longer wanted, data or
/// not.
fn graph_without(graph: &Graph, id: &ResourceId) -> Graph {
    let mut gone = BTreeSet::from([id.clone()]);
    for node in graph.levels().into_iter().flatten() {
        if graph.dependencies(node).iter().any(|needed| gone.contains(needed)) {
            gone.insert(node.id.clone());
        }
    }
    let mut without = graph.clone();
    for node in graph.nodes().filter(|node| gone.contains(&node.id)) {
        without.add_node(Node { pruned: true, holds_data: false, ..node.clone() });
    }
    without
}

/// Every call refused twice for being one too many: one apply gets through.
pub(crate) async fn it_survives_throttling(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    plane.apply(1).await?;
    let whole = plane.read_snapshot().await?;
    plane.destroy(1).await?;
    plane.proxy.set_faults(Faults { throttled: 2, ..Faults::default() });
    plane.apply(5).await.context("an apply that is throttled")?;
    ensure!(plane.read_snapshot().await? == whole, "an apply that is throttled ends elsewhere");
    measurements::proven(
        "calls of an apply, each throttled twice",
        plane.proxy.calls().len(),
        "calls",
    );
    plane.proxy.set_faults(Faults::default());
    plane.destroy(1).await?;
    Ok(())
}

/// Reads of EC2 and IAM that lag behind each change: whatever an apply makes of them, the next one
/// ends where it should, and nothing was made twice.
pub(crate) async fn stale_reads_create_nothing_twice(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    plane.apply(1).await?;
    let (whole, counted) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
    plane.destroy(1).await?;
    plane.proxy.set_faults(Faults { stale_reads: 2, ..Faults::default() });
    let _ = plane.apply(5).await;
    plane.proxy.set_faults(Faults::default());
    plane.apply(1).await.context("the apply after one with stale reads")?;
    ensure!(plane.read_snapshot().await? == whole, "stale reads lead elsewhere");
    let now = read_inventory(&plane.direct).await?;
    ensure!(now == counted, "stale reads leave {now:?} instead of {counted:?}");
    plane.destroy(1).await?;
    Ok(())
}
