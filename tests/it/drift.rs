//! Whatever is altered by hand, the next apply notices and puts back, in place or anew.

mod network;
mod storage;
mod tasks;
mod trust;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, read_inventory};
use e2e::fault_proxy::Faults;
use futures::future::BoxFuture;
use reconciler::Aws;
use reconciler::observe::{Observed, observe};

pub(crate) use trust::EVERYTHING;

/// A change that somebody makes by hand: its description and its calls.
pub(crate) type Alteration =
    (&'static str, for<'a> fn(&'a Aws, &'a Observed) -> BoxFuture<'a, Result<()>>);

/// Those of what a stack has at moto, but for what moto cannot be told (`docs/LOCAL.md`), and for
/// what others of them would undo: they are planted together.
pub(crate) fn known_to_moto() -> Vec<Alteration> {
    let of_network =
        network::ALTERATIONS.iter().filter(|(what, _)| !network::UNDONE_BY_OTHERS.contains(what));
    let known = [storage::KNOWN_TO_MOTO, tasks::KNOWN_TO_MOTO].concat();
    let of_others = storage::ALTERATIONS
        .iter()
        .chain(tasks::ALTERATIONS)
        .filter(|(what, _)| known.contains(what));
    of_network.chain(trust::ALTERATIONS).chain(of_others).copied().collect()
}

pub(crate) async fn each_drift_is_detected_and_repaired(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    plane.apply(1).await?;
    let (whole, counted) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
    let all = [network::ALTERATIONS, storage::ALTERATIONS, tasks::ALTERATIONS, trust::ALTERATIONS]
        .concat();
    let mut wrong = Vec::new();
    for alteration in &all {
        wrong.extend(find_differences(&plane, alteration, &whole).await);
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let now = read_inventory(&plane.direct).await?;
    ensure!(now == counted, "putting back left something behind, or too little");
    plane.destroy(1).await?;
    measurements::proven("alterations by hand that were put back", all.len(), "alterations");
    Ok(())
}

/// Returns what is wrong after an alteration and its repair, each with the alteration's name.
async fn find_differences(
    plane: &DataPlane,
    alteration: &Alteration,
    whole: &BTreeMap<String, String>,
) -> Vec<String> {
    let what = alteration.0;
    match alter_and_put_back(plane, alteration, whole).await {
        Ok(different) => different.iter().map(|one| format!("{what}: {one}")).collect(),
        Err(error) => vec![format!("{what}: {error:#}")],
    }
}

/// Returns the differences that remain after the repair.
async fn alter_and_put_back(
    plane: &DataPlane,
    (_, alter): &Alteration,
    whole: &BTreeMap<String, String>,
) -> Result<Vec<String>> {
    let made = observe(&plane.direct, &plane.graph).await?;
    alter(&plane.direct, &made).await.context("altering it by hand")?;
    plane.proxy.set_faults(Faults::default());
    let applied = plane.apply(1).await.context("putting it back")?;
    ensure!(!applied.plan.is_empty(), "the next plan does not notice it");
    let now = plane.normalized_state(&applied);
    let differs = whole.iter().filter(|(id, state)| now.get(*id) != Some(state));
    Ok(differs.map(|(id, state)| format!("{id} is {:?} instead of {state}", now.get(id))).collect())
}

/// The id of a resource of the graph.
fn id<'a>(made: &'a Observed, resource: &str) -> Result<&'a str> {
    read_attribute(made, resource, "id")
}

fn read_attribute<'a>(made: &'a Observed, resource: &str, name: &str) -> Result<&'a str> {
    made.attribute(resource, name).with_context(|| format!("{resource} has no {name}"))
}
