//! The resources that an earlier configuration has made for syncs and this one does not have: of
//! removed syncs, of locations in another region, of roles for another file system. The roles for
//! buckets are in `bucket_roles.rs`.

use std::collections::BTreeMap;

use domain::config::{ExistingFileSystem, FileSystemConfig, ResolvedSync};
use domain::records::deployed_sync::DeployedSync;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::graph::Graph;

use super::shared::SharedResources;
use super::sync::add_sync;

/// Adds what is left of deployed syncs, pruned.
pub(super) fn prune_removed(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    deployed: &[DeployedSync],
    restores: &BTreeMap<SyncName, RestoreTarget>,
) {
    for sync in deployed {
        let mut earlier = Graph::default();
        let (view, target) = (as_deployed(shared, sync), restores.get(&sync.name));
        add_sync(&mut earlier, shared, &view, &sync.roles, target);
        for node in
            earlier.nodes().filter(|node| !graph.contains(&node.id)).cloned().collect::<Vec<_>>()
        {
            let id = graph.add_node(node);
            graph.prune(&id);
        }
    }
}

/// A sync with the ids and names of the deployed one; nothing else of it matters for a deletion.
fn as_deployed(shared: &SharedResources<'_>, sync: &DeployedSync) -> ResolvedSync {
    let mut config = shared.stack.clone();
    config.syncs.clear();
    config.destination.region.clone_from(&sync.destination_region);
    if let Some(id) = &sync.roles.file_system_id {
        let own = ExistingFileSystem { id: id.clone(), security_group_ids: Vec::new() };
        config.file_system = FileSystemConfig::Existing(own);
    }
    ResolvedSync { name: sync.name.clone(), config }
}
