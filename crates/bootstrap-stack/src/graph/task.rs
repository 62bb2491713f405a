//! The task of a sync, and the log group and the reports of all tasks.

use domain::config::{ResolvedSync, StackConfig, TaskMode};
use domain::names::Names;
use domain::records::keys;
use domain::records::restored_directory::exclude_restored;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::datasync::task::{Task, TaskOptions, TaskReport};
use reconciler::resources::iam::role::Role;
use reconciler::resources::logs::log_group::LogGroup;
use reconciler::resources::logs::log_resource_policy::LogResourcePolicy;

use super::shared::SharedResources;
use super::sync_ids::SyncIds;
use crate::policies;

/// DataSync's value for no limit.
const UNLIMITED: i64 = -1;

/// The log group of tasks in Enhanced mode: DataSync sets it for a new task, and an update may name
/// no other (DataSync API model 2018-11-09, `CreateTask` and `UpdateTask`).
const ENHANCED_LOG_GROUP: &str = "/aws/datasync";

/// Adds the task of a sync between its two locations.
pub(super) fn add_task(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
    ids: &SyncIds<'_>,
    [source, destination]: [&ResourceId; 2],
) {
    let (config, names) = (&sync.config, shared.names);
    let mut excludes = config.task.excludes.clone();
    excludes.extend(exclude_restored(&shared.restored, config));
    let task = Task {
        name: names.within_stack(&sync.name.qualify("efs-to-s3")),
        mode: config.task.mode.as_str().to_owned(),
        source_location_arn: source.attribute("arn"),
        destination_location_arn: destination.attribute("arn"),
        log_group_arn: log_group_arn(config, shared),
        options: Box::new(task_options(config)),
        includes: config.task.includes.clone(),
        excludes,
        report: shared.report.clone(),
    };
    graph.add(&ids.task(), task);
}

/// Adds the role that writes the reports of all tasks.
pub(super) fn add_report(graph: &mut Graph, names: &Names) -> TaskReport {
    let role_name = names.role_name("datasync-report");
    let (trust, access) = (policies::datasync_trust(names), policies::report_access(names));
    let role = graph.add("report-role", Role::new(role_name, trust, access)).attribute("arn");
    let records_bucket = names.bucket_arn(&names.records_bucket());
    TaskReport::of_every_object(records_bucket, role, keys::REPORTS_PREFIX)
}

/// The log group that the task of a sync writes to.
pub(crate) fn log_group_name(config: &StackConfig, names: &Names) -> String {
    match config.task.mode {
        TaskMode::Basic => names.task_log_group(),
        TaskMode::Enhanced => ENHANCED_LOG_GROUP.to_owned(),
    }
}

pub(super) fn log_group_arn(config: &StackConfig, shared: &SharedResources<'_>) -> String {
    match config.task.mode {
        TaskMode::Basic => shared.log_group.attribute("arn"),
        TaskMode::Enhanced => shared.names.log_group_arn(ENHANCED_LOG_GROUP),
    }
}

/// Adds the log group of all tasks in Basic mode, and DataSync's permission to write to it. In
/// Enhanced mode DataSync has both.
pub(super) fn add_logging(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    syncs: &[ResolvedSync],
) -> ResourceId {
    let retention_days = config.task.log_retention_days;
    let log_group =
        graph.add("task-log-group", LogGroup { name: names.task_log_group(), retention_days });
    let policy = LogResourcePolicy {
        log_group_arn: log_group.attribute("arn"),
        document: policies::task_logging(names),
    };
    let policy = graph.add("task-log-policy", policy);
    if syncs.iter().all(|sync| sync.config.task.mode == TaskMode::Enhanced) {
        graph.prune(&log_group);
        graph.prune(&policy);
    }
    log_group
}

/// The options. Devices can't be preserved: DataSync copies none from EFS.
fn task_options(config: &StackConfig) -> TaskOptions {
    let task = &config.task;
    TaskOptions {
        verify_mode: task.verify_mode.as_str().to_owned(),
        overwrite_mode: task.overwrite_mode.as_str().to_owned(),
        atime: task.atime.as_str().to_owned(),
        mtime: task.mtime.as_str().to_owned(),
        uid: task.uid.as_str().to_owned(),
        gid: task.gid.as_str().to_owned(),
        posix_permissions: task.posix_permissions.as_str().to_owned(),
        preserve_deleted_files: task.preserve_deleted_files.as_str().to_owned(),
        preserve_devices: "NONE".to_owned(),
        bytes_per_second: task.bytes_per_second.unwrap_or(UNLIMITED),
        task_queueing: task.task_queueing.as_str().to_owned(),
        log_level: task.log_level.as_str().to_owned(),
        transfer_mode: task.transfer_mode.as_str().to_owned(),
    }
}
