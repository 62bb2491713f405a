//! The sources: a file system of the stack with a mount target in each zone, or those that the
//! configuration names, and DataSync's locations on them.

use domain::config::{
    ExistingFileSystem, FileSystemConfig as Configured, NewFileSystem, ResolvedSync, StackConfig,
    ThroughputMode,
};
use domain::names::Names;
use domain::sync_role::{SHARED_SOURCE_ROLE, own_source_role};
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::datasync::location_efs::LocationEfs;
use reconciler::resources::efs::file_system::FileSystem;
use reconciler::resources::efs::file_system_policy::FileSystemPolicy;
use reconciler::resources::efs::mount_targets::MountTargets;
use reconciler::resources::iam::role::Role;

use super::placement::Placement;
use super::security_groups::SecurityGroups;
use super::shared::SharedResources;
use super::sync_ids::{SyncIds, source_role};
use super::{FILE_SYSTEM, MOUNT_TARGETS, has_own_file_system};
use crate::policies;

/// The stack's file system, whether the stack creates it or not.
pub(super) struct StackFileSystem {
    pub file_system_id: String,
    /// The resources that mounting needs.
    pub mountable: Vec<ResourceId>,
    /// Security groups that the mount targets allow, in addition to those of the stack.
    pub allowed_groups: Vec<String>,
}

/// Adds the stack's file system. If the configuration names one, the stack's own is pruned.
pub(super) fn add_file_system(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) -> StackFileSystem {
    match &config.file_system {
        Configured::New(new) => {
            let (id, mountable) = add_new(graph, new, names, placement, groups);
            let file_system_id = id.attribute("id");
            StackFileSystem { file_system_id, mountable, allowed_groups: Vec::new() }
        }
        Configured::Existing(existing) => {
            prune_file_system(graph, names, placement, groups);
            graph.prune(&groups.mount_targets);
            graph.prune(&groups.datasync);
            let (file_system_id, allowed_groups) =
                (existing.id.clone(), existing.security_group_ids.clone());
            StackFileSystem { file_system_id, mountable: Vec::new(), allowed_groups }
        }
    }
}

/// Adds the role that reads the stack's file system; pruned if each sync has one of its own.
pub(super) fn add_source_role(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    syncs: &[ResolvedSync],
) -> ResourceId {
    let access = policies::source_access(&file_system_arn(config, names));
    let trust = policies::datasync_trust(names);
    let role = Role::new(names.role_name(SHARED_SOURCE_ROLE), trust, access);
    let role = graph.add(super::sync_ids::SHARED_SOURCE_ROLE, role);
    if syncs.iter().all(|sync| has_own_file_system(config, sync)) {
        graph.prune(&role);
    }
    role
}

/// The file system of a configuration: by its id, or by reference to that of the stack.
pub(super) fn file_system_arn(config: &StackConfig, names: &Names) -> String {
    match &config.file_system {
        Configured::New(_) => ResourceId::new(FILE_SYSTEM).attribute("arn"),
        Configured::Existing(existing) => names.file_system_arn(&existing.id),
    }
}

/// The source of a sync.
pub(super) struct SyncSource {
    pub file_system_id: String,
    pub location_id: ResourceId,
    /// That of the restore differs only in directory and role.
    pub location: LocationEfs,
    /// The resources that mounting needs.
    pub mountable: Vec<ResourceId>,
}

/// Adds DataSync's location on the file system of a sync, with a role that may read everything.
pub(super) fn add_source(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
    ids: &SyncIds<'_>,
) -> SyncSource {
    let (file_system_id, mountable) = match &sync.config.file_system {
        Configured::New(_) => {
            (ResourceId::new(FILE_SYSTEM).attribute("id"), shared.mountable.to_vec())
        }
        Configured::Existing(existing) => (existing.id.clone(), Vec::new()),
    };
    let role = sync_source_role(graph, shared, sync);
    let location = desired_location(shared, &sync.config, &role, &mountable);
    // DataSync looks for a mount target in the subnet's zone when the location is created.
    let after: Vec<_> = mountable.iter().collect();
    let location_id = graph.add_after(&ids.source_location(), location.clone(), &after);
    SyncSource { file_system_id, location_id, location, mountable }
}

fn sync_source_role(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
) -> ResourceId {
    if !has_own_file_system(shared.stack, sync) {
        return shared.source_role.clone();
    }
    let names = shared.names;
    let access = policies::source_access(&file_system_arn(&sync.config, names));
    let name = names.role_name(&own_source_role(&sync.name));
    let role = Role::new(name, policies::datasync_trust(names), access);
    graph.add(&source_role(&sync.name, true), role)
}

fn desired_location(
    shared: &SharedResources<'_>,
    config: &StackConfig,
    role: &ResourceId,
    mountable: &[ResourceId],
) -> LocationEfs {
    let names = shared.names;
    let access_point = config.source.access_point_id.as_ref();
    let access_point_arn =
        |id: &String| names.regional_arn("elasticfilesystem", &format!("access-point/{id}"));
    let first_subnet = shared.placement.private_subnets.first();
    let targets = mountable.iter().find(|id| id.as_str() == MOUNT_TARGETS);
    LocationEfs {
        file_system_arn: file_system_arn(config, names),
        subnet_arn: first_subnet.map(|subnet| subnet.arn.clone()).unwrap_or_default(),
        security_group_arns: security_group_arns(shared, &config.file_system),
        subdirectory: config.source.subdirectory.clone(),
        in_transit_encryption: "TLS1_2".to_owned(),
        access_point_arn: access_point.map(access_point_arn),
        access_role_arn: Some(role.attribute("arn")),
        mount_target_id: targets.map(|id| id.attribute("first_id")),
    }
}

fn security_group_arns(shared: &SharedResources<'_>, file_system: &Configured) -> Vec<String> {
    let arn = |id: &String| shared.names.regional_arn("ec2", &format!("security-group/{id}"));
    match file_system {
        Configured::New(_) => vec![arn(&shared.datasync_group.attribute("id"))],
        Configured::Existing(ExistingFileSystem { security_group_ids, .. }) => {
            security_group_ids.iter().map(arn).collect()
        }
    }
}

/// Adds the stack's own file system with all that belongs to it, in order to have it pruned.
fn prune_file_system(
    graph: &mut Graph,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) {
    let mut unused = Graph::default();
    add_new(&mut unused, &unused_file_system(), names, placement, groups);
    for node in unused.nodes() {
        graph.add_node(node.clone());
        graph.prune(&node.id);
    }
}

/// The file system to prune: only its id matters.
fn unused_file_system() -> NewFileSystem {
    NewFileSystem {
        kms_key_arn: None,
        throughput_mode: ThroughputMode::Elastic,
        transition_to_ia_days: None,
        backup: false,
    }
}

/// Adds the file system with its policy and a mount target in each private subnet.
fn add_new(
    graph: &mut Graph,
    new: &NewFileSystem,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) -> (ResourceId, Vec<ResourceId>) {
    let file_system = graph.add_data(FILE_SYSTEM, desired_file_system(new, names));
    let id = file_system.attribute("id");
    let document = policies::file_system_policy(&file_system.attribute("arn"));
    let policy = FileSystemPolicy { file_system_id: id.clone(), document };
    let policy = graph.add("file-system-policy", policy);
    let targets = MountTargets {
        file_system_id: id,
        subnet_ids: placement.private_subnets.iter().map(|subnet| subnet.id.clone()).collect(),
        security_group_ids: vec![groups.mount_targets.attribute("id")],
    };
    let targets = graph.add(MOUNT_TARGETS, targets);
    (file_system, vec![policy, targets])
}

fn desired_file_system(new: &NewFileSystem, names: &Names) -> FileSystem {
    FileSystem {
        name: names.stack.clone(),
        encrypted: true,
        kms_key_arn: new.kms_key_arn.clone(),
        throughput_mode: new.throughput_mode.as_str().to_owned(),
        performance_mode: "generalPurpose".to_owned(),
        transition_to_ia_days: new.transition_to_ia_days,
        backup: new.backup,
    }
}
