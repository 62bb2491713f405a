//! Whatever is altered by hand, the next apply notices and puts back, in place or anew.

mod network;
mod storage;
mod tasks;
mod trust;

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, inventory};
use e2e::fault_proxy::Faults;
use e2e::figures;
use futures::future::BoxFuture;
use stack::Aws;
use stack::observe::{Observed, observe};

/// What somebody does by hand, in words and in calls.
type Alteration = (&'static str, for<'a> fn(&'a Aws, &'a Observed) -> BoxFuture<'a, Result<()>>);

pub(crate) async fn each_is_noticed_and_put_back(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::configured(cloud, account, "").await?;
    plane.apply(1).await?;
    let (whole, counted) = (plane.snapshot().await?, inventory(&plane.direct).await?);
    let all = [network::ALTERATIONS, storage::ALTERATIONS, tasks::ALTERATIONS, trust::ALTERATIONS].concat();
    let mut wrong = Vec::new();
    for (what, alter) in &all {
        let made = observe(&plane.direct, &plane.graph).await?;
        alter(&plane.direct, &made).await.with_context(|| format!("altering by hand: {what}"))?;
        plane.proxy.set(Faults::default());
        let applied = plane.apply(1).await.with_context(|| format!("putting back: {what}"))?;
        if applied.plan.is_empty() {
            wrong.push(format!("{what}: not noticed"));
        }
        let now = plane.snapshot().await?;
        let differs = whole.iter().filter(|(id, state)| now.get(*id) != Some(state));
        wrong.extend(differs.map(|(id, state)| format!("{what}: {id} is {:?} instead of {state}", now.get(id))));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(inventory(&plane.direct).await? == counted, "putting back left something behind, or too little");
    plane.destroy(1).await?;
    figures::record("alterations by hand that were put back", all.len() as f64, "alterations", "make test")
}

/// The id of a resource of the graph.
fn id<'a>(made: &'a Observed, resource: &str) -> Result<&'a str> {
    attribute(made, resource, "id")
}

fn attribute<'a>(made: &'a Observed, resource: &str, name: &str) -> Result<&'a str> {
    made.attribute(resource, name).with_context(|| format!("{resource} has no {name}"))
}
