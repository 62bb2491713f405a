//! The data plane as a graph: file system, bucket, roles, logging, locations and the task between them. Pure.

use pipeline::config::StackConfig;
use pipeline::names::Names;
use pipeline::records::keys;
use stack::graph::{Graph, ResourceId};
use stack::kinds::bucket::Bucket;
use stack::kinds::file_system::FileSystem;
use stack::kinds::location_efs::LocationEfs;
use stack::kinds::location_s3::LocationS3;
use stack::kinds::log_group::LogGroup;
use stack::kinds::log_resource_policy::LogResourcePolicy;
use stack::kinds::mount_target::MountTarget;
use stack::kinds::role::Role;
use stack::kinds::task::{Task, TaskOptions, TaskReport};

use crate::policies;

pub(crate) const FILE_SYSTEM: &str = "file-system";
pub(crate) const SOURCE_LOCATION: &str = "source-location";
pub(crate) const DESTINATION_LOCATION: &str = "destination-location";
pub(crate) const TASK: &str = "task";

/// DataSync's own word for no limit.
const UNLIMITED: i64 = -1;

/// Everything the task needs, and the task.
#[must_use]
pub fn data_plane(config: &StackConfig, names: &Names) -> Graph {
    let mut graph = Graph::default();
    let source = add_source(&mut graph, config, names);
    let destination = add_destination(&mut graph, config, names);
    let log_group = add_task_logging(&mut graph, config, names);
    let report_role = graph.add(
        "report-role",
        Role {
            name: names.role("datasync-report"),
            trust: policies::datasync_trust(names),
            policy: policies::report_access(names),
        },
    );
    let records_bucket = names.bucket_arn(&names.records_bucket());
    let task = Task {
        name: names.within_stack("efs-to-s3"),
        source_location_arn: source.attribute("arn"),
        destination_location_arn: destination.attribute("arn"),
        log_group_arn: log_group.attribute("arn"),
        options: Box::new(options(config)),
        includes: config.task.includes.clone(),
        excludes: config.task.excludes.clone(),
        report: TaskReport::of_every_object(records_bucket, report_role.attribute("arn"), keys::REPORTS_PREFIX),
    };
    graph.add(TASK, task);
    graph
}

/// The file system, its mount target and the location on it.
fn add_source(graph: &mut Graph, config: &StackConfig, names: &Names) -> ResourceId {
    let file_system = graph.add_data(
        FILE_SYSTEM,
        FileSystem {
            name: names.stack.clone(),
            encrypted: true,
            throughput_mode: "elastic".to_owned(),
            performance_mode: "generalPurpose".to_owned(),
        },
    );
    let source = &config.source;
    let mount_target = graph.add(
        "mount-target",
        MountTarget {
            file_system_id: file_system.attribute("id"),
            subnet_id: source.subnet_id.clone(),
            security_group_ids: source.security_group_ids.clone(),
        },
    );
    let security_group_arn = |id: &String| names.regional_arn("ec2", &format!("security-group/{id}"));
    let location = LocationEfs {
        file_system_arn: file_system.attribute("arn"),
        subnet_arn: names.regional_arn("ec2", &format!("subnet/{}", source.subnet_id)),
        security_group_arns: source.security_group_ids.iter().map(security_group_arn).collect(),
        subdirectory: source.subdirectory.clone(),
        in_transit_encryption: "TLS1_2".to_owned(),
    };
    // DataSync looks for a mount target in the subnet's zone when the location is made.
    graph.add_after(SOURCE_LOCATION, location, &[&mount_target])
}

/// The bucket, the role that may write into it, and the location on it.
fn add_destination(graph: &mut Graph, config: &StackConfig, names: &Names) -> ResourceId {
    let destination = &config.destination;
    let bucket = graph.add_data(
        "destination-bucket",
        Bucket::private(&names.destination_bucket(), names.partition())
            .with_noncurrent_version_expiration(destination.noncurrent_version_expiration_days),
    );
    let role = graph.add(
        "destination-role",
        Role {
            name: names.role("datasync-destination"),
            trust: policies::datasync_trust(names),
            policy: policies::destination_access(names, &destination.prefix, config.task.preserve_deleted_files),
        },
    );
    let location = LocationS3 {
        // By name, not by reference: a bucket that was lost is made again without replacing the location and the task.
        bucket_arn: names.bucket_arn(&names.destination_bucket()),
        subdirectory: destination.prefix.clone(),
        role_arn: role.attribute("arn"),
        storage_class: destination.storage_class.as_str().to_owned(),
    };
    graph.add_after(DESTINATION_LOCATION, location, &[&bucket])
}

/// The task's log group, and DataSync's right to write there.
fn add_task_logging(graph: &mut Graph, config: &StackConfig, names: &Names) -> ResourceId {
    let retention_days = config.task.log_retention_days;
    let log_group = graph.add("task-log-group", LogGroup { name: names.task_log_group(), retention_days });
    let policy = LogResourcePolicy {
        name: names.within_stack("datasync"),
        log_group_arn: log_group.attribute("arn"),
        document: policies::task_logging(names),
    };
    graph.add("task-log-policy", policy);
    log_group
}

/// All POSIX metadata is kept: it is what a restore needs. Devices can't be: EFS has none that DataSync copies.
fn options(config: &StackConfig) -> TaskOptions {
    let task = &config.task;
    TaskOptions {
        verify_mode: task.verify_mode.as_str().to_owned(),
        overwrite_mode: task.overwrite_mode.as_str().to_owned(),
        atime: "BEST_EFFORT".to_owned(),
        mtime: "PRESERVE".to_owned(),
        uid: "INT_VALUE".to_owned(),
        gid: "INT_VALUE".to_owned(),
        posix_permissions: "PRESERVE".to_owned(),
        preserve_deleted_files: task.preserve_deleted_files.as_str().to_owned(),
        preserve_devices: "NONE".to_owned(),
        bytes_per_second: task.bytes_per_second.unwrap_or(UNLIMITED),
        task_queueing: "ENABLED".to_owned(),
        log_level: task.log_level.as_str().to_owned(),
        transfer_mode: task.transfer_mode.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{config, names};

    #[test]
    fn every_resource_with_what_it_waits_for() {
        let graph = data_plane(&config(), &names());
        let lines = graph.nodes().map(|node| {
            let needed: Vec<_> = graph.dependencies(node).iter().map(ToString::to_string).collect();
            let data = if node.holds_data { " [data]" } else { "" };
            format!("{}: {}{data} <- [{}]", node.id, node.resource.kind_name(), needed.join(", "))
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
        destination-bucket: S3 bucket [data] <- []
        destination-location: DataSync S3 location <- [destination-bucket, destination-role]
        destination-role: IAM role <- []
        file-system: EFS file system [data] <- []
        mount-target: EFS mount target <- [file-system]
        report-role: IAM role <- []
        source-location: DataSync EFS location <- [file-system, mount-target]
        task: DataSync task <- [destination-location, report-role, source-location, task-log-group]
        task-log-group: log group <- []
        task-log-policy: CloudWatch Logs resource policy <- [task-log-group]
        ");
    }

    #[test]
    fn the_task_follows_the_configuration() {
        let graph = data_plane(&config(), &names());
        let task = graph.get(&ResourceId::new(TASK)).unwrap();
        let stack::kinds::Resource::Task(task) = &task.resource else { panic!("the task is a task") };
        insta::assert_json_snapshot!(task, @r#"
        {
          "name": "backup-efs-to-s3",
          "source_location_arn": "${source-location.arn}",
          "destination_location_arn": "${destination-location.arn}",
          "log_group_arn": "${task-log-group.arn}",
          "options": {
            "verify_mode": "ONLY_FILES_TRANSFERRED",
            "overwrite_mode": "ALWAYS",
            "atime": "BEST_EFFORT",
            "mtime": "PRESERVE",
            "uid": "INT_VALUE",
            "gid": "INT_VALUE",
            "posix_permissions": "PRESERVE",
            "preserve_deleted_files": "PRESERVE",
            "preserve_devices": "NONE",
            "bytes_per_second": -1,
            "task_queueing": "ENABLED",
            "log_level": "BASIC",
            "transfer_mode": "CHANGED"
          },
          "includes": [],
          "excludes": [
            "*.tmp",
            "/scratch"
          ],
          "report": {
            "bucket_arn": "arn:aws:s3:::backup-records-111122223333-eu-central-1",
            "role_arn": "${report-role.arn}",
            "prefix": "reports/",
            "output_type": "STANDARD",
            "level": "SUCCESSES_AND_ERRORS",
            "overrides": [],
            "object_version_ids": "INCLUDE"
          }
        }
        "#);
    }
}
