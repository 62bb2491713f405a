//! Whatever call a run of the reconciler breaks off at: the next run ends where an undisturbed one
//! does, and nothing leaks. The stack has three syncs, one to another region and one to another
//! account.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, Inventory, read_inventory};
use e2e::fault_proxy::Faults;
use e2e::three_syncs;
use reconciler::apply::Applied;

use crate::many_syncs::owner_of;

/// One way in which an apply is interrupted at a mutating call.
#[derive(Clone, Copy)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    faults: fn(usize) -> Faults,
    /// After a crash nobody tries again; a lost reply the SDK answers by another try.
    attempts: u32,
}

pub(crate) const BEFORE: Phase = Phase {
    name: "before the call",
    faults: |at| Faults { outage_at: Some(at), ..Faults::default() },
    attempts: 1,
};
pub(crate) const LOST_REPLY: Phase = Phase {
    name: "its reply is lost",
    faults: |at| Faults { lost_reply_at: Some(at), ..Faults::default() },
    attempts: 3,
};
pub(crate) const AFTER: Phase = Phase {
    name: "right after the call",
    faults: |at| Faults { outage_after: Some(at), ..Faults::default() },
    attempts: 1,
};

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
verify_mode = "POINT_IN_TIME_CONSISTENT"
log_level = "BASIC"
log_retention_days = 30
excludes = ["/scratch"]
[instance]
enabled = false
"#;

/// The ways, in the order in which `make test` takes turns with them.
pub(crate) const PHASES: [Phase; 3] = [BEFORE, LOST_REPLY, AFTER];

/// A whole data plane as it is when nothing goes wrong.
pub(crate) struct Undisturbed {
    snapshot: BTreeMap<String, String>,
    read_inventory: Inventory,
}

impl Undisturbed {
    pub(crate) async fn read(plane: &DataPlane, applied: &Applied) -> Result<Self> {
        Ok(Self {
            snapshot: plane.normalized_state(applied),
            read_inventory: read_inventory(&plane.direct).await?,
        })
    }

    pub(crate) async fn require_same_end(
        &self,
        plane: &DataPlane,
        applied: &Applied,
        what: &str,
    ) -> Result<()> {
        let now = Self::read(plane, applied).await?;
        if now.read_inventory != self.read_inventory {
            bail!(
                "{what}: something leaked or is missing: {:?} instead of {:?}",
                now.read_inventory,
                self.read_inventory
            );
        }
        for (id, state) in &self.snapshot {
            let found = now.snapshot.get(id);
            ensure!(found == Some(state), "{what}: {id} is {found:?} instead of {state}");
        }
        Ok(())
    }
}

pub(crate) async fn create_and_destroy_interrupted_before_a_call(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    create_and_destroy(cloud, account, 0).await
}

pub(crate) async fn create_and_destroy_without_a_reply(cloud: &Cloud, account: &str) -> Result<()> {
    create_and_destroy(cloud, account, 1).await
}

pub(crate) async fn create_and_destroy_interrupted_after_a_call(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    create_and_destroy(cloud, account, 2).await
}

/// Create and destroy, each broken off at call after call.
async fn create_and_destroy(cloud: &Cloud, account: &str, way: usize) -> Result<()> {
    let phase = PHASES[way];
    let entries = three_syncs::prepare_entries(cloud, account, &owner_of(account)?).await?;
    let plane = DataPlane::prepare(cloud, account, &entries).await?;
    let empty = read_inventory(&plane.direct).await?;
    plane.proxy.set_faults(Faults::default());
    let applied = plane.apply(1).await.context("an undisturbed apply")?;
    let creations = plane.proxy.mutating_calls().len();
    let whole = Undisturbed::read(&plane, &applied).await?;
    plane.proxy.set_faults(Faults::default());
    plane.destroy(1).await.context("an undisturbed destroy")?;
    let deletions = plane.proxy.mutating_calls().len();
    ensure!(
        read_inventory(&plane.direct).await? == empty,
        "an undisturbed destroy leaves something"
    );

    let mut proven = 0;
    let turns = bounds::turns(PHASES.len());
    for at in (1..=creations.max(deletions)).filter(|at| bounds::is_included(*at, way, turns)) {
        let what = format!("create, call {at} of {creations}, {}", phase.name);
        proven += usize::from(at <= creations);
        let applied = disturbed_apply(&plane, phase, at, creations, &what).await?;
        whole.require_same_end(&plane, &applied, &what).await?;

        // The calls that create takes no turn with.
        let at = at + turns - PHASES.len();
        let what = format!("destroy, call {at} of {deletions}, {}", phase.name);
        if at <= deletions {
            plane.proxy.set_faults((phase.faults)(at));
            let _ = plane.destroy(phase.attempts).await;
            proven += 1;
        }
        plane.proxy.set_faults(Faults::default());
        plane.destroy(1).await.with_context(|| what.clone())?;
        let left = read_inventory(&plane.direct).await?;
        ensure!(left == empty, "{what}: something is left: {left:?} instead of {empty:?}");
    }
    let name = format!("crash points of create and destroy that converge, {}", phase.name);
    measurements::proven(&name, proven, "points");
    Ok(())
}

/// Updates, broken off at every call in turn, in each way: from one configuration to another and
/// back.
pub(crate) async fn interrupted_updates_converge(cloud: &Cloud, account: &str) -> Result<()> {
    let entries = three_syncs::prepare_entries(cloud, account, &owner_of(account)?).await?;
    let mut plane = DataPlane::prepare(cloud, account, &entries).await?;
    plane.apply(1).await?;
    let altered = format!("{ALTERED}\n{entries}");
    let mut undisturbed = Vec::new();
    for sections in [altered.as_str(), entries.as_str()] {
        plane.reconfigure(sections).await?;
        plane.proxy.set_faults(Faults::default());
        let applied = plane
            .apply(1)
            .await
            .with_context(|| format!("an undisturbed update to {sections:?}"))?;
        undisturbed.push((
            sections,
            plane.proxy.mutating_calls().len(),
            Undisturbed::read(&plane, &applied).await?,
        ));
    }
    let most = undisturbed.iter().map(|(_, mutations, _)| *mutations).max().unwrap_or_default();
    let turns = bounds::turns(PHASES.len());
    let mut proven = 0;
    for (way, phase) in PHASES.into_iter().enumerate() {
        for at in (1..=most).filter(|at| bounds::is_included(*at, way, turns)) {
            for (turn, (sections, mutations, expected)) in undisturbed.iter().enumerate() {
                let at = at + turn * (turns - PHASES.len());
                plane.reconfigure(sections).await?;
                let what =
                    format!("update to {sections:?}, call {at} of {mutations}, {}", phase.name);
                let applied = disturbed_apply(&plane, phase, at, *mutations, &what).await?;
                expected.require_same_end(&plane, &applied, &what).await?;
                proven += usize::from(at <= *mutations);
            }
        }
    }
    plane.destroy(1).await?;
    measurements::proven("crash points of update that converge", proven, "points");
    Ok(())
}

/// A run that breaks off at a call, if it has so many, and one that goes on.
pub(crate) async fn disturbed_apply(
    plane: &DataPlane,
    phase: Phase,
    at: usize,
    calls: usize,
    what: &str,
) -> Result<Applied> {
    if at <= calls {
        plane.proxy.set_faults((phase.faults)(at));
        // It may succeed where the SDK's own second try finds what the first one did.
        let _ = plane.apply(phase.attempts).await;
    }
    plane.proxy.set_faults(Faults::default());
    plane.apply(1).await.with_context(|| what.to_owned())
}
