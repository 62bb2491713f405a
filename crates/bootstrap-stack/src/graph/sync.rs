//! The resources of one sync: two locations, the task, and from the first restore on those that
//! bring files back.

use domain::config::ResolvedSync;
use domain::records::restore::RestoreTarget;
use domain::sync_role::BucketRoles;
use reconciler::graph::Graph;

use super::shared::SharedResources;
use super::sync_ids::SyncIds;
use super::{destination, restore, source, task};

pub(super) fn add_sync(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
    roles: &BucketRoles,
    target: Option<&RestoreTarget>,
) {
    let region = sync.config.destination.region.as_deref();
    let ids = SyncIds { sync: &sync.name, region, roles };
    let source = source::add_source(graph, shared, sync, &ids);
    let destination = destination::add_destination(graph, shared, sync, &ids);
    task::add_task(graph, shared, sync, &ids, [&source.location_id, &destination]);
    if let Some(target) = target {
        restore::add_restore(graph, shared, sync, &ids, target, &source);
    }
}
