//! The restore: a task from the destination bucket to the file system, with a role of its own.
//!
//! It is part of the data plane from the first restore on. One location serves all restores:
//! `UpdateLocationEfs` sets the directory of the next one (API model 2018-11-09), so that no
//! restore leaves resources behind. DataSync mounts that directory, so an access point creates it
//! where EFS can.

use domain::config::StackConfig;
use domain::names::Names;
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::Resource;
use reconciler::resources::datasync::location_efs::LocationEfs;
use reconciler::resources::datasync::location_s3::LocationS3;
use reconciler::resources::datasync::task::{Task, TaskOptions, TaskReport};
use reconciler::resources::efs::access_point::AccessPoint;
use reconciler::resources::iam::role::Role;

use super::source::SourceFileSystem;
use super::{RESTORE_ROLE, RESTORE_TASK};
use crate::policies;

/// Adds the restore's task with its locations and role.
pub(super) fn add_restore(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    target: &RestoreTarget,
    source: &SourceFileSystem,
    log_group_arn: &str,
) {
    let Some(source_location) = find_location(graph, &source.location) else { return };
    let access = policies::restore_access(names, config, &source_location.file_system_arn);
    let role =
        Role::new(names.role_name("datasync-restore"), policies::datasync_trust(names), access);
    let role = graph.add(RESTORE_ROLE, role).attribute("arn");
    let bucket = LocationS3 {
        bucket_arn: names.bucket_arn(&config.destination_bucket(names)),
        subdirectory: config.destination.prefix.clone(),
        role_arn: role.clone(),
        storage_class: "STANDARD".to_owned(),
    };
    let from = graph.add("restore-source-location", bucket);
    let location = LocationEfs { access_role_arn: Some(role.clone()), ..source_location };
    let to = add_target(graph, config, target, source, location);
    let task = Task {
        name: names.within_stack("s3-to-efs"),
        mode: config.task.mode.as_str().to_owned(),
        source_location_arn: from.attribute("arn"),
        destination_location_arn: to.attribute("arn"),
        log_group_arn: log_group_arn.to_owned(),
        options: Box::new(restore_options(config)),
        includes: Vec::new(),
        excludes: Vec::new(),
        report: restore_report(names, role),
    };
    graph.add(RESTORE_TASK, task);
}

/// Adds the target location, and the access point that creates its directory where EFS can.
fn add_target(
    graph: &mut Graph,
    config: &StackConfig,
    target: &RestoreTarget,
    source: &SourceFileSystem,
    location: LocationEfs,
) -> ResourceId {
    let access_point_path = target.access_point_path(&config.source);
    let access_point = add_access_point(graph, source, access_point_path.as_deref());
    let to = if access_point_path.is_some() {
        let access_point_arn = Some(access_point.attribute("arn"));
        LocationEfs { subdirectory: "/".to_owned(), access_point_arn, ..location }
    } else {
        graph.prune(&access_point);
        let subdirectory = format!("{}{}", config.source.subdirectory, target.directory);
        LocationEfs { subdirectory, ..location }
    };
    let mountable: Vec<_> = source.mountable.iter().collect();
    graph.add_after("restore-target-location", to, &mountable)
}

fn add_access_point(
    graph: &mut Graph,
    source: &SourceFileSystem,
    path: Option<&str>,
) -> ResourceId {
    let access_point = AccessPoint {
        file_system_id: source.file_system_id.clone(),
        path: path.unwrap_or("/").to_owned(),
    };
    graph.add("restore-access-point", access_point)
}

/// The report lists every file: files that a restore does not change are reported only there, and
/// there are no more of them than in its manifest. Files have no version ids.
fn restore_report(names: &Names, role_arn: String) -> TaskReport {
    let bucket_arn = names.bucket_arn(&names.records_bucket());
    TaskReport {
        object_version_ids: "NONE".to_owned(),
        overrides: Vec::new(),
        ..TaskReport::of_every_object(bucket_arn, role_arn, keys::RESTORE_REPORTS_PREFIX)
    }
}

/// The source location. That of the restore differs only in directory and role.
fn find_location(graph: &Graph, id: &ResourceId) -> Option<LocationEfs> {
    let resource = graph.nodes().find(|node| node.id == *id).map(|node| &node.resource);
    match resource {
        Some(Resource::LocationEfs(location)) => Some(location.clone()),
        _ => None,
    }
}

/// The options: all metadata is restored, nothing is overwritten unless an execution overrides it,
/// and nothing is deleted.
fn restore_options(config: &StackConfig) -> TaskOptions {
    TaskOptions {
        verify_mode: "ONLY_FILES_TRANSFERRED".to_owned(),
        overwrite_mode: "NEVER".to_owned(),
        atime: "BEST_EFFORT".to_owned(),
        mtime: "PRESERVE".to_owned(),
        uid: "INT_VALUE".to_owned(),
        gid: "INT_VALUE".to_owned(),
        posix_permissions: "PRESERVE".to_owned(),
        preserve_deleted_files: "PRESERVE".to_owned(),
        preserve_devices: "NONE".to_owned(),
        bytes_per_second: -1,
        task_queueing: "ENABLED".to_owned(),
        log_level: config.task.log_level.as_str().to_owned(),
        transfer_mode: "CHANGED".to_owned(),
    }
}

#[cfg(test)]
mod tests;
