//! The restore: a task from the destination bucket to the file system, with the role for it that
//! `bucket_roles.rs` adds.
//!
//! It is part of the data plane from the first restore on. One location serves all restores:
//! `UpdateLocationEfs` sets the directory of the next one (API model 2018-11-09), so that no
//! restore leaves resources behind. DataSync mounts that directory, so an access point creates it
//! where EFS can.

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::datasync::location_efs::LocationEfs;
use reconciler::resources::datasync::location_s3::LocationS3;
use reconciler::resources::datasync::task::{Task, TaskOptions, TaskReport};
use reconciler::resources::efs::access_point::AccessPoint;

use super::shared::SharedResources;
use super::source::SyncSource;
use super::sync_ids::{SyncIds, restore_role};
use super::task::log_group_arn;

/// Adds the restore's task of a sync with its locations.
pub(super) fn add_restore(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
    ids: &SyncIds<'_>,
    target: &RestoreTarget,
    source: &SyncSource,
) {
    let (config, names) = (&sync.config, shared.names);
    let role = ResourceId::new(restore_role(ids.roles)).attribute("arn");
    let from = LocationS3 {
        bucket_arn: names.bucket_arn(&config.destination_bucket(names)),
        subdirectory: config.destination.prefix.clone(),
        role_arn: role.clone(),
        storage_class: "STANDARD".to_owned(),
        region: config.destination.region.clone(),
    };
    let from = graph.add(&ids.restore_source_location(), from);
    let location = LocationEfs { access_role_arn: Some(role.clone()), ..source.location.clone() };
    let to = add_target(graph, config, ids, target, source, location);
    let task = Task {
        name: names.within_stack(&sync.name.qualify("s3-to-efs")),
        mode: config.task.mode.as_str().to_owned(),
        source_location_arn: from.attribute("arn"),
        destination_location_arn: to.attribute("arn"),
        log_group_arn: log_group_arn(config, shared),
        options: Box::new(restore_options(config)),
        includes: Vec::new(),
        excludes: Vec::new(),
        report: restore_report(names, role),
    };
    graph.add(&ids.restore_task(), task);
}

/// Adds the target location, and the access point that creates its directory where EFS can.
fn add_target(
    graph: &mut Graph,
    config: &StackConfig,
    ids: &SyncIds<'_>,
    target: &RestoreTarget,
    source: &SyncSource,
    location: LocationEfs,
) -> ResourceId {
    let path = target.access_point_path(&config.source);
    let access_point = AccessPoint {
        file_system_id: source.file_system_id.clone(),
        path: path.as_deref().unwrap_or("/").to_owned(),
    };
    let access_point = graph.add(&ids.restore_access_point(), access_point);
    let to = if path.is_some() {
        let access_point_arn = Some(access_point.attribute("arn"));
        LocationEfs { subdirectory: "/".to_owned(), access_point_arn, ..location }
    } else {
        graph.prune(&access_point);
        let subdirectory = format!("{}{}", config.source.subdirectory, target.directory);
        LocationEfs { subdirectory, ..location }
    };
    let mountable: Vec<_> = source.mountable.iter().collect();
    graph.add_after(&ids.restore_target_location(), to, &mountable)
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
