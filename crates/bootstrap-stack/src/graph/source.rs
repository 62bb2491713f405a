//! The source: a file system of our own with a mount target in each zone, or the one that the
//! configuration names, and DataSync's location on it.

use domain::config::{
    ExistingFileSystem, FileSystemConfig as Configured, NewFileSystem, StackConfig, ThroughputMode,
};
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::kinds::file_system::FileSystem;
use reconciler::kinds::file_system_policy::FileSystemPolicy;
use reconciler::kinds::location_efs::LocationEfs;
use reconciler::kinds::mount_targets::MountTargets;
use reconciler::kinds::role::Role;

use super::network::Placement;
use super::security_groups::SecurityGroups;
use super::{FILE_SYSTEM, MOUNT_TARGETS, SOURCE_LOCATION};
use crate::policies;

/// The file system, whoever made it.
pub(super) struct Source {
    pub file_system_id: String,
    pub location: ResourceId,
    /// What must be in place before it can be mounted.
    pub mountable: Vec<ResourceId>,
    /// Groups that the mount targets let in, beside those of our own.
    pub let_in: Vec<String>,
}

pub(super) fn add(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) -> Source {
    let new = match &config.file_system {
        Configured::New(new) => new.clone(),
        Configured::Existing(_) => unused(),
    };
    let mut ours = Graph::default();
    let (file_system, mountable) = add_file_system(&mut ours, &new, names, placement, groups);
    let existing = match &config.file_system {
        Configured::New(_) => None,
        Configured::Existing(existing) => Some(existing),
    };
    for node in ours.nodes() {
        graph.add_node(node.clone());
        if existing.is_some() {
            graph.retire(&node.id);
        }
    }
    match existing {
        None => {
            let (id, arn) = (file_system.attribute("id"), file_system.attribute("arn"));
            let datasync = vec![names.regional_arn(
                "ec2",
                &format!("security-group/{}", groups.datasync.attribute("id")),
            )];
            let location =
                add_location(graph, config, names, placement, &arn, datasync, &mountable);
            Source { file_system_id: id, location, mountable, let_in: Vec::new() }
        }
        Some(existing) => add_existing(graph, config, names, placement, groups, existing),
    }
}

/// Nothing of it is ours but the location.
fn add_existing(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
    existing: &ExistingFileSystem,
) -> Source {
    graph.retire(&groups.mount_targets);
    graph.retire(&groups.datasync);
    let arn = names.file_system_arn(&existing.id);
    let group_arn = |id: &String| names.regional_arn("ec2", &format!("security-group/{id}"));
    let group_arns = existing.security_group_ids.iter().map(group_arn).collect();
    let location = add_location(graph, config, names, placement, &arn, group_arns, &[]);
    Source {
        file_system_id: existing.id.clone(),
        location,
        mountable: Vec::new(),
        let_in: existing.security_group_ids.clone(),
    }
}

fn unused() -> NewFileSystem {
    NewFileSystem {
        kms_key_arn: None,
        throughput_mode: ThroughputMode::Elastic,
        transition_to_ia_days: None,
        backup: false,
    }
}

/// The file system with its policy and a mount target in each private subnet.
fn add_file_system(
    graph: &mut Graph,
    new: &NewFileSystem,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
) -> (ResourceId, Vec<ResourceId>) {
    let file_system = FileSystem {
        name: names.stack.clone(),
        encrypted: true,
        kms_key_arn: new.kms_key_arn.clone(),
        throughput_mode: new.throughput_mode.as_str().to_owned(),
        performance_mode: "generalPurpose".to_owned(),
        transition_to_ia_days: new.transition_to_ia_days,
        backup: new.backup,
    };
    let file_system = graph.add_data(FILE_SYSTEM, file_system);
    let id = file_system.attribute("id");
    let policy = FileSystemPolicy {
        file_system_id: id.clone(),
        document: policies::file_system(&file_system.attribute("arn")),
    };
    let policy = graph.add("file-system-policy", policy);
    let targets = MountTargets {
        file_system_id: id,
        subnet_ids: placement.private_subnets.iter().map(|subnet| subnet.id.clone()).collect(),
        security_group_ids: vec![groups.mount_targets.attribute("id")],
    };
    let targets = graph.add(MOUNT_TARGETS, targets);
    (file_system, vec![policy, targets])
}

/// DataSync's location, with the role that the file-system policy lets read everything.
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
    // DataSync looks for a mount target in the subnet's zone when the location is made.
    graph.add_after(SOURCE_LOCATION, location, &mountable.iter().collect::<Vec<_>>())
}
