//! The way back: a task from the destination bucket to the file system, with one role of its own.
//!
//! It belongs to the data plane from the first restore on. One location serves all restores:
//! `UpdateLocationEfs` points it at the directory of the next one (API model 2018-11-09), so that
//! no restore leaves anything behind. DataSync mounts that directory, so an access point makes it,
//! where EFS can.

use domain::config::StackConfig;
use domain::names::Names;
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use reconciler::graph::{Graph, ResourceId};
use reconciler::kinds::Resource;
use reconciler::kinds::access_point::AccessPoint;
use reconciler::kinds::location_efs::LocationEfs;
use reconciler::kinds::location_s3::LocationS3;
use reconciler::kinds::role::Role;
use reconciler::kinds::task::{Task, TaskOptions, TaskReport};

use super::source::Source;
use super::{RESTORE_ROLE, RESTORE_TASK};
use crate::policies;

pub(super) fn add(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    target: &RestoreTarget,
    source: &Source,
    log_group_arn: &str,
) {
    let Some(way_there) = location_of(graph, &source.location) else { return };
    let access = policies::restore_access(names, config, &way_there.file_system_arn);
    let role =
        Role::new(names.role_name("datasync-restore"), policies::datasync_trust(names), access);
    let role = graph.add(RESTORE_ROLE, role).attribute("arn");
    let from = LocationS3 {
        bucket_arn: names.bucket_arn(&config.destination_bucket(names)),
        subdirectory: config.destination.prefix.clone(),
        role_arn: role.clone(),
        storage_class: "STANDARD".to_owned(),
    };
    let from = graph.add("restore-source-location", from);
    let entrance = target.access_point_path(&config.source);
    let access_point = AccessPoint {
        file_system_id: source.file_system_id.clone(),
        path: entrance.clone().unwrap_or_else(|| "/".to_owned()),
    };
    let access_point = graph.add("restore-access-point", access_point);
    let to = LocationEfs { access_role_arn: Some(role.clone()), ..way_there };
    let to = match entrance {
        Some(_) => {
            let access_point_arn = Some(access_point.attribute("arn"));
            LocationEfs { subdirectory: "/".to_owned(), access_point_arn, ..to }
        }
        None => {
            graph.retire(&access_point);
            LocationEfs {
                subdirectory: format!("{}{}", config.source.subdirectory, target.directory),
                ..to
            }
        }
    };
    let to = graph.add_after(
        "restore-target-location",
        to,
        &source.mountable.iter().collect::<Vec<_>>(),
    );
    let mut report = TaskReport::of_every_object(
        names.bucket_arn(&names.records_bucket()),
        role,
        keys::RESTORE_REPORTS_PREFIX,
    );
    // Files have no version ids.
    report.object_version_ids = "NONE".to_owned();
    // Files that a restore leaves alone are told only here, and they are no more than its manifest
    // names.
    report.overrides = Vec::new();
    let task = Task {
        name: names.within_stack("s3-to-efs"),
        mode: config.task.mode.as_str().to_owned(),
        source_location_arn: from.attribute("arn"),
        destination_location_arn: to.attribute("arn"),
        log_group_arn: log_group_arn.to_owned(),
        options: Box::new(options(config)),
        includes: Vec::new(),
        excludes: Vec::new(),
        report,
    };
    graph.add(RESTORE_TASK, task);
}

/// The location that the restore's shares everything with but the folder and the role.
fn location_of(graph: &Graph, id: &ResourceId) -> Option<LocationEfs> {
    let resource = graph.nodes().find(|node| node.id == *id).map(|node| &node.resource);
    match resource {
        Some(Resource::LocationEfs(location)) => Some(location.clone()),
        _ => None,
    }
}

/// Everything that a file has comes back; nothing is overwritten unless an execution says so, and
/// nothing is deleted.
fn options(config: &StackConfig) -> TaskOptions {
    let words = [
        "ONLY_FILES_TRANSFERRED",
        "NEVER",
        "BEST_EFFORT",
        "PRESERVE",
        "INT_VALUE",
        "INT_VALUE",
        "PRESERVE",
        "PRESERVE",
        "NONE",
        "ENABLED",
        "CHANGED",
    ];
    let [
        verify,
        overwrite,
        atime,
        mtime,
        uid,
        gid,
        permissions,
        deleted,
        devices,
        queueing,
        transfer,
    ] = words.map(str::to_owned);
    TaskOptions {
        verify_mode: verify,
        overwrite_mode: overwrite,
        atime,
        mtime,
        uid,
        gid,
        posix_permissions: permissions,
        preserve_deleted_files: deleted,
        preserve_devices: devices,
        bytes_per_second: -1,
        task_queueing: queueing,
        log_level: config.task.log_level.as_str().to_owned(),
        transfer_mode: transfer,
    }
}
