//! Whatever call a run of the reconciler breaks off at: the next run ends where an undisturbed one does, and nothing leaks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, Inventory, inventory};
use e2e::fault_proxy::Faults;
use e2e::figures;

/// How a run breaks off at a call that changes something.
const PHASES: [(&str, fn(usize) -> Faults); 3] = [
    ("before the call", |at| Faults { outage_at: Some(at), ..Faults::default() }),
    ("its reply is lost", |at| Faults { lost_reply_at: Some(at), ..Faults::default() }),
    ("right after the call", |at| Faults { outage_after: Some(at), ..Faults::default() }),
];

/// With every field that can be changed in place set to something else than the defaults.
const ALTERED: &str = r#"
[network]
flow_log_retention_days = 60
availability_zones = 1
[file_system]
throughput_mode = "bursting"
transition_to_ia_days = 30
backup = false
[source]
subdirectory = "/other/"
[destination]
storage_class = "STANDARD_IA"
noncurrent_version_expiration_days = 90
abort_multipart_days = 3
[task]
verify_mode = "ONLY_FILES_TRANSFERRED"
log_level = "BASIC"
log_retention_days = 30
excludes = ["/scratch"]
[instance]
enabled = false
"#;

/// A whole data plane as it is when nothing goes wrong.
struct Undisturbed {
    snapshot: BTreeMap<String, String>,
    inventory: Inventory,
}

impl Undisturbed {
    async fn of(plane: &DataPlane) -> Result<Self> {
        Ok(Self { snapshot: plane.snapshot().await?, inventory: inventory(&plane.direct).await? })
    }

    async fn require(&self, plane: &DataPlane, what: &str) -> Result<()> {
        let now = Self::of(plane).await?;
        if now.inventory != self.inventory {
            bail!("{what}: something leaked or is missing: {:?} instead of {:?}", now.inventory, self.inventory);
        }
        for (id, state) in &self.snapshot {
            let found = now.snapshot.get(id);
            ensure!(found == Some(state), "{what}: {id} is {found:?} instead of {state}");
        }
        Ok(())
    }
}

/// Create and destroy, each broken off at every call in turn, in each way.
pub(crate) async fn create_and_destroy_end_where_undisturbed_ones_do(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::configured(cloud, account, "").await?;
    let empty = inventory(&plane.direct).await?;
    plane.proxy.set(Faults::default());
    plane.apply(1).await.context("an undisturbed apply")?;
    let creations = plane.proxy.mutations().len();
    let whole = Undisturbed::of(&plane).await?;
    plane.proxy.set(Faults::default());
    plane.destroy(1).await.context("an undisturbed destroy")?;
    let deletions = plane.proxy.mutations().len();
    ensure!(inventory(&plane.direct).await? == empty, "an undisturbed destroy leaves something");

    let mut proven = 0;
    for (phase, faults) in PHASES {
        for at in bounds::points(creations.max(deletions)) {
            if at <= creations {
                disturbed_apply(&plane, faults(at), &format!("create, call {at}, {phase}")).await?;
                proven += 1;
            } else {
                plane.proxy.set(Faults::default());
                plane.apply(1).await?;
            }
            whole.require(&plane, &format!("create, call {at}, {phase}")).await?;
            let what = format!("destroy, call {at}, {phase}");
            if at <= deletions {
                plane.proxy.set(faults(at));
                let _ = plane.destroy(attempts(phase)).await;
                proven += 1;
            }
            plane.proxy.set(Faults::default());
            plane.destroy(1).await.with_context(|| what.clone())?;
            let left = inventory(&plane.direct).await?;
            ensure!(left == empty, "{what}: something is left: {left:?} instead of {empty:?}");
        }
    }
    figures::record("crash points of create and destroy that converge", proven as f64, "points", "make test")
}

/// Updates, broken off at every call in turn, in each way: from one configuration to another and back.
pub(crate) async fn updates_end_where_undisturbed_ones_do(cloud: &Cloud, account: &str) -> Result<()> {
    let mut plane = DataPlane::configured(cloud, account, "").await?;
    plane.apply(1).await?;
    let mut undisturbed = Vec::new();
    for sections in [ALTERED, ""] {
        plane.reconfigure(sections).await?;
        plane.proxy.set(Faults::default());
        plane.apply(1).await.with_context(|| format!("an undisturbed update to {sections:?}"))?;
        undisturbed.push((sections, plane.proxy.mutations().len(), Undisturbed::of(&plane).await?));
    }
    let most = undisturbed.iter().map(|(_, mutations, _)| *mutations).max().unwrap_or_default();
    let mut proven = 0;
    for (phase, faults) in PHASES {
        for at in bounds::points(most) {
            for (sections, mutations, expected) in &undisturbed {
                plane.reconfigure(sections).await?;
                let what = format!("update to {sections:?}, call {at} of {mutations}, {phase}");
                if at <= *mutations {
                    disturbed_apply(&plane, faults(at), &what).await?;
                    proven += 1;
                } else {
                    plane.proxy.set(Faults::default());
                    plane.apply(1).await?;
                }
                expected.require(&plane, &what).await?;
            }
        }
    }
    plane.destroy(1).await?;
    figures::record("crash points of update that converge", proven as f64, "points", "make test")
}

/// A run that breaks off, and one that goes on.
async fn disturbed_apply(plane: &DataPlane, faults: Faults, what: &str) -> Result<()> {
    let retried = if faults.lost_reply_at.is_some() { 3 } else { 1 };
    plane.proxy.set(faults);
    // It may succeed where the SDK's own second try finds what the first one did.
    let _ = plane.apply(retried).await;
    plane.proxy.set(Faults::default());
    plane.apply(1).await.with_context(|| what.to_owned())?;
    Ok(())
}

/// After a crash nobody tries again; a lost reply the SDK answers by a second try.
fn attempts(phase: &str) -> u32 {
    if phase == "its reply is lost" { 3 } else { 1 }
}
