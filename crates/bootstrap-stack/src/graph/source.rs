//! The source: a file system of the stack with a mount target in each zone, or the one that the
//! configuration names, and DataSync's location on it.

use domain::config::{
    ExistingFileSystem, FileSystemConfig as Configured, NewFileSystem, StackConfig, ThroughputMode,
};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::datasync::location_efs::LocationEfs;
use reconciler::resources::efs::file_system::FileSystem;
use reconciler::resources::efs::file_system_policy::FileSystemPolicy;
use reconciler::resources::efs::mount_targets::MountTargets;
use reconciler::resources::iam::role::Role;

use super::placement::Placement;
use super::security_groups::SecurityGroups;
use super::{FILE_SYSTEM, MOUNT_TARGETS, SOURCE_LOCATION};
use crate::policies;

/// The file system, whether the stack creates it or not.
pub(super) struct SourceFileSystem {
    pub file_system_id: String,
    pub location: ResourceId,
    /// The resources that mounting needs.
    pub mountable: Vec<ResourceId>,
    /// Security groups that the mount targets allow, in addition to those of the stack.
    pub allowed_groups: Vec<String>,
}

/// Adds the source. If the configuration names a file system, the stack's own is pruned.
pub(super) fn add_source(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) -> SourceFileSystem {
    match &config.file_system {
        Configured::New(new) => add_new(graph, config, names, placement, groups, new),
        Configured::Existing(existing) => {
            prune_file_system(graph, names, placement, groups);
            add_existing(graph, config, names, placement, groups, existing)
        }
    }
}

/// Adds a file system of the stack.
fn add_new(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
    new: &NewFileSystem,
) -> SourceFileSystem {
    let (file_system, mountable) = add_file_system(graph, new, names, placement, groups);
    let (id, arn) = (file_system.attribute("id"), file_system.attribute("arn"));
    let datasync = vec![security_group_arn(names, &groups.datasync.attribute("id"))];
    let location = add_location(graph, config, names, placement, &arn, datasync, &mountable);
    SourceFileSystem { file_system_id: id, location, mountable, allowed_groups: Vec::new() }
}

/// Adds the stack's own file system with all that belongs to it, in order to have it pruned.
fn prune_file_system(
    graph: &mut Graph,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) {
    let mut unused = Graph::default();
    add_file_system(&mut unused, &unused_file_system(), names, placement, groups);
    for node in unused.nodes() {
        graph.add_node(node.clone());
        graph.prune(&node.id);
    }
}

fn security_group_arn(names: &Names, id: &str) -> String {
    names.regional_arn("ec2", &format!("security-group/{id}"))
}

/// Adds an existing file system: only the location is managed.
fn add_existing(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
    existing: &ExistingFileSystem,
) -> SourceFileSystem {
    graph.prune(&groups.mount_targets);
    graph.prune(&groups.datasync);
    let arn = names.file_system_arn(&existing.id);
    let group_ids = &existing.security_group_ids;
    let group_arns = group_ids.iter().map(|id| security_group_arn(names, id)).collect();
    let location = add_location(graph, config, names, placement, &arn, group_arns, &[]);
    let (file_system_id, allowed_groups) = (existing.id.clone(), group_ids.clone());
    SourceFileSystem { file_system_id, location, mountable: Vec::new(), allowed_groups }
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
fn add_file_system(
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

/// Adds DataSync's location, with a role that may read everything.
fn add_location(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    file_system_arn: &str,
    security_group_arns: Vec<String>,
    mountable: &[ResourceId],
) -> ResourceId {
    let access = policies::source_access(file_system_arn);
    let role =
        Role::new(names.role_name("datasync-source"), policies::datasync_trust(names), access);
    let role = graph.add("source-role", role);
    let access_point = config.source.access_point_id.as_ref();
    let access_point_arn =
        |id: &String| names.regional_arn("elasticfilesystem", &format!("access-point/{id}"));
    let mount_target_id =
        mountable.iter().find(|id| id.as_str() == MOUNT_TARGETS).map(|id| id.attribute("first_id"));
    let location = LocationEfs {
        file_system_arn: file_system_arn.to_owned(),
        subnet_arn: placement
            .private_subnets
            .first()
            .map(|subnet| subnet.arn.clone())
            .unwrap_or_default(),
        security_group_arns,
        subdirectory: config.source.subdirectory.clone(),
        in_transit_encryption: "TLS1_2".to_owned(),
        access_point_arn: access_point.map(access_point_arn),
        access_role_arn: Some(role.attribute("arn")),
        mount_target_id,
    };
    // DataSync looks for a mount target in the subnet's zone when the location is created.
    graph.add_after(SOURCE_LOCATION, location, &mountable.iter().collect::<Vec<_>>())
}
