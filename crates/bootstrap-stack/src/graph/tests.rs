use domain::records::restore::RestoreTarget;
use reconciler::graph::ResourceId;
use reconciler::resources::Resource;

use super::*;
use crate::fixtures::{config, configured, names, surroundings};

/// A line for each resource that is wanted: what it is and what it waits for.
fn wanted(graph: &Graph) -> String {
    let lines = graph.nodes().filter(|node| !node.pruned).map(|node| {
        let needed: Vec<_> = graph.dependencies(node).iter().map(ToString::to_string).collect();
        let data = if node.holds_data { " [data]" } else { "" };
        format!("{}: {}{data} <- [{}]", node.id, node.resource.kind_name(), needed.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn ids(graph: &Graph, retired: bool) -> Vec<&str> {
    graph.nodes().filter(|node| node.pruned == retired).map(|node| node.id.as_str()).collect()
}

fn plane(sections: &str) -> Graph {
    data_plane(&configured(sections), &names(), &surroundings())
}

#[test]
fn every_resource_with_what_it_waits_for() {
    insta::assert_snapshot!(wanted(&plane("")), @"
    datasync-security-group: security group <- [vpc]
    default-security-group: default security group <- [vpc]
    destination-bucket: S3 bucket [data] <- []
    destination-location: DataSync S3 location <- [destination-bucket, destination-role]
    destination-role: IAM role <- []
    file-system: EFS file system [data] <- []
    file-system-policy: EFS file system policy <- [file-system]
    flow-log: VPC flow log <- [flow-log-group, flow-log-role, vpc]
    flow-log-group: log group <- []
    flow-log-role: IAM role <- []
    instance: EC2 instance <- [file-system, file-system-policy, instance-profile, instance-security-group, mount-targets, nat-gateway, private-route-table, private-subnet-1]
    instance-profile: IAM instance profile <- [instance-role]
    instance-role: IAM role <- [file-system]
    instance-security-group: security group <- [vpc]
    internet-gateway: internet gateway <- [vpc]
    mount-target-security-group: security group <- [datasync-security-group, instance-security-group, vpc]
    mount-targets: EFS mount targets <- [file-system, mount-target-security-group, private-subnet-1, private-subnet-2]
    nat-address: elastic IP address <- [internet-gateway, public-route-table]
    nat-gateway: NAT gateway <- [internet-gateway, nat-address, public-route-table, public-subnet-1]
    private-route-table: route table <- [nat-gateway, private-subnet-1, private-subnet-2, vpc]
    private-subnet-1: subnet <- [vpc]
    private-subnet-2: subnet <- [vpc]
    public-route-table: route table <- [internet-gateway, public-subnet-1, public-subnet-2, vpc]
    public-subnet-1: subnet <- [vpc]
    public-subnet-2: subnet <- [vpc]
    report-role: IAM role <- []
    s3-endpoint: VPC endpoint <- [private-route-table, public-route-table, vpc]
    source-location: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, source-role]
    source-role: IAM role <- [file-system]
    task: DataSync task <- [destination-location, report-role, source-location, task-log-group]
    task-log-group: log group <- []
    task-log-policy: CloudWatch Logs resource policy <- [task-log-group]
    vpc: VPC <- []
    ");
}

#[test]
fn nothing_that_is_wanted_refers_to_what_is_not() {
    let existing_network = "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\nsubnet_ids = \
        [\"subnet-0123456789abcdef0\"]";
    let existing_file_system = format!(
        "{existing_network}\n[file_system]\nid = \"fs-0123456789abcdef0\"\nsecurity_group_ids = \
            [\"sg-0123456789abcdef0\"]"
    );
    let sections = [
        "".to_owned(),
        existing_network.to_owned(),
        existing_file_system,
        "[instance]\nenabled = false".to_owned(),
        "[instance]\nssh_cidrs = [\"203.0.113.0/24\"]".to_owned(),
        "[network]\navailability_zones = 1\nnat_gateway = false".to_owned(),
    ];
    let every = ids(&plane(""), true).len() + ids(&plane(""), false).len();
    for section in sections {
        let graph = plane(&section);
        assert_eq!(graph.len(), every, "each graph has every resource, wanted or not: {section}");
        for node in graph.nodes().filter(|node| !node.pruned) {
            for needed in graph.dependencies(node) {
                assert!(
                    !graph.get(&needed).unwrap().pruned,
                    "{section}: {} needs {needed}",
                    node.id
                );
            }
        }
    }
}

#[test]
fn with_a_network_and_a_file_system_of_the_users_little_is_ours() {
    let graph = plane(
        "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\nsubnet_ids = [\"subnet-0123456789abcdef0\"]\n\
         [file_system]\nid = \"fs-0123456789abcdef0\"\nsecurity_group_ids = [\"sg-0123456789abcdef0\"]\n\
         [instance]\nenabled = false",
    );
    insta::assert_snapshot!(wanted(&graph), @"
    destination-bucket: S3 bucket [data] <- []
    destination-location: DataSync S3 location <- [destination-bucket, destination-role]
    destination-role: IAM role <- []
    report-role: IAM role <- []
    source-location: DataSync EFS location <- [source-role]
    source-role: IAM role <- []
    task: DataSync task <- [destination-location, report-role, source-location, task-log-group]
    task-log-group: log group <- []
    task-log-policy: CloudWatch Logs resource policy <- [task-log-group]
    ");
}

#[test]
fn a_network_for_ssh_moves_the_instance_into_the_open() {
    let graph = plane("[instance]\nssh_cidrs = [\"203.0.113.0/24\"]");
    let Resource::Instance(instance) = &graph.get(&ResourceId::new(INSTANCE)).unwrap().resource
    else {
        panic!("the instance is an instance")
    };
    assert!(instance.associate_public_ip);
    assert_eq!(instance.subnet_id, "${public-subnet-1.id}");
    assert!(ids(&graph, true).contains(&"nat-gateway"), "a public instance needs no NAT gateway");
}

#[test]
fn the_task_follows_the_configuration() {
    let graph = data_plane(&config(), &names(), &surroundings());
    let Resource::Task(task) = &graph.get(&ResourceId::new(TASK)).unwrap().resource else {
        panic!("the task is a task")
    };
    insta::assert_json_snapshot!(task, @r#"
    {
      "name": "backup-efs-to-s3",
      "mode": "BASIC",
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
        "overrides": [
          "Skipped=ERRORS_ONLY"
        ],
        "object_version_ids": "INCLUDE"
      }
    }
    "#);
}

fn with_restore(sections: &str, directory: &str) -> Graph {
    let restore = Some(RestoreTarget { directory: directory.to_owned() });
    data_plane(&configured(sections), &names(), &Surroundings { restore, ..surroundings() })
}

fn restoring(graph: &Graph) -> String {
    wanted(graph).lines().filter(|line| line.starts_with("restore-")).collect::<Vec<_>>().join("\n")
}

fn target_of(graph: &Graph) -> (String, Option<String>, Option<String>) {
    let Resource::LocationEfs(to) =
        &graph.get(&ResourceId::new("restore-target-location")).unwrap().resource
    else {
        panic!("the target is a location")
    };
    (to.subdirectory.clone(), to.access_point_arn.clone(), to.access_role_arn.clone())
}

#[test]
fn the_way_back_comes_with_the_first_restore_and_changes_nothing_else() {
    let (before, after) = (plane(""), with_restore("", "back/"));
    assert_eq!(restoring(&before), "");
    insta::assert_snapshot!(restoring(&after), @"
    restore-access-point: EFS access point <- [file-system]
    restore-role: IAM role <- [file-system]
    restore-source-location: DataSync S3 location <- [restore-role]
    restore-target-location: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, restore-access-point, restore-role]
    restore-task: DataSync task <- [restore-role, restore-source-location, restore-target-location, task-log-group]
    ");
    for node in before.nodes() {
        assert_eq!(after.get(&node.id), Some(node), "{}", node.id);
    }
}

#[test]
fn the_directory_is_made_by_an_access_point_where_efs_can() {
    let role = Some("${restore-role.arn}".to_owned());
    let made = with_restore("", "back/");
    let Resource::AccessPoint(entrance) =
        &made.get(&ResourceId::new("restore-access-point")).unwrap().resource
    else {
        panic!("the access point is one")
    };
    assert_eq!(entrance.path, "/shared/back");
    assert_eq!(
        target_of(&made),
        ("/".into(), Some("${restore-access-point.arn}".into()), role.clone())
    );
    for (directory, subdirectory) in [("", "/shared/"), ("a/b/c/d/", "/shared/a/b/c/d/")] {
        let graph = with_restore("", directory);
        assert_eq!(target_of(&graph), (subdirectory.into(), None, role.clone()), "{directory}");
        assert!(
            ids(&graph, true).contains(&"restore-access-point"),
            "one of an earlier restore goes"
        );
    }
}

#[test]
fn a_restore_keeps_what_it_can_and_overwrites_and_deletes_nothing() {
    let graph = with_restore("", "back/");
    let Resource::Task(task) = &graph.get(&ResourceId::new(RESTORE_TASK)).unwrap().resource else {
        panic!("the task is a task")
    };
    let options = &task.options;
    assert_eq!(
        (options.overwrite_mode.as_str(), options.preserve_deleted_files.as_str()),
        ("NEVER", "PRESERVE")
    );
    assert_eq!((options.uid.as_str(), options.gid.as_str()), ("INT_VALUE", "INT_VALUE"));
    assert_eq!(
        (options.posix_permissions.as_str(), options.mtime.as_str()),
        ("PRESERVE", "PRESERVE")
    );
    assert_eq!(options.verify_mode, "ONLY_FILES_TRANSFERRED");
    assert_eq!(
        (task.includes.len(), task.excludes.len()),
        (0, 0),
        "what was excluded from a run later comes back too"
    );
    assert_eq!(
        (task.report.prefix.as_str(), task.report.object_version_ids.as_str()),
        ("restores/", "NONE")
    );
}
