//! The syncs that the control plane has resources of: configured ones, and removed ones whose
//! resources are deleted.

use domain::arn::TaskArn;
use domain::config::{ResolvedSync, StackConfig};
use domain::sync_name::SyncName;

use crate::deploy::deployed_syncs::DeployedSyncs;

/// One sync as the control plane sees it.
pub(crate) struct PlannedSync<'a> {
    pub name: SyncName,
    /// Its view of the configuration. Of a removed sync only the names of resources matter.
    pub config: StackConfig,
    pub task: Option<&'a TaskArn>,
    pub paused: bool,
    /// Whether the configuration contains it; otherwise its resources are pruned.
    pub wanted: bool,
}

/// Returns the configured syncs in the order of the text, then the removed ones.
pub(crate) fn plan_syncs<'a>(
    config: &StackConfig,
    deployed: &'a DeployedSyncs,
) -> Vec<PlannedSync<'a>> {
    let planned = |name: SyncName, config, wanted| PlannedSync {
        task: deployed.task(&name),
        paused: deployed.is_paused(&name),
        name,
        config,
        wanted,
    };
    let configured = config
        .resolve_syncs()
        .into_iter()
        .map(|ResolvedSync { name, config }| planned(name, config, true));
    let removed = deployed.list_removed(config).into_iter();
    configured.chain(removed.map(|name| planned(name, config.clone(), false))).collect()
}
