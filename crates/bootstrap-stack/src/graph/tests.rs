//! The graph of each configuration.

use reconciler::graph::ResourceId;
use reconciler::resources::Resource;

use super::*;
use crate::testing::{config_with, stack_names, test_config, three_zones};

/// A line for each resource that is not pruned: its kind and its dependencies.
pub(super) fn describe_resources(graph: &Graph) -> String {
    let lines = graph.nodes().filter(|node| !node.pruned).map(|node| {
        let needed: Vec<_> = graph.dependencies(node).iter().map(ToString::to_string).collect();
        let data = if node.holds_data { " [data]" } else { "" };
        format!("{}: {}{data} <- [{}]", node.id, node.resource.kind_name(), needed.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn resource_ids(graph: &Graph, pruned: bool) -> Vec<&str> {
    graph.nodes().filter(|node| node.pruned == pruned).map(|node| node.id.as_str()).collect()
}

pub(super) fn data_plane_with(sections: &str) -> Graph {
    data_plane(&config_with(sections), &stack_names(), &three_zones())
}

#[test]
fn every_resource_has_its_dependencies() {
    insta::assert_snapshot!(describe_resources(&data_plane_with("")), @"
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

const PRIVATE_NETWORK: &str = "[network]\nmode = \"private\"";
const EXISTING_NETWORK: &str = "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\nsubnet_ids = \
    [\"subnet-0123456789abcdef0\"]";
const EXISTING_FILE_SYSTEM: &str = "[file_system]\nid = \"fs-0123456789abcdef0\"\n\
    security_group_ids = [\"sg-0123456789abcdef0\"]";

#[test]
fn no_resource_depends_on_a_pruned_one() {
    let sections = [
        "",
        EXISTING_NETWORK,
        &format!("{EXISTING_NETWORK}\n{EXISTING_FILE_SYSTEM}"),
        "[instance]\nenabled = false",
        "[instance]\nssh_cidrs = [\"203.0.113.0/24\"]",
        "[network]\navailability_zones = 1\nnat_gateway = false",
        PRIVATE_NETWORK,
        &format!("{PRIVATE_NETWORK}\n[instance]\nenabled = false"),
    ];
    let every = resource_ids(&data_plane_with(""), true).len()
        + resource_ids(&data_plane_with(""), false).len();
    for section in sections {
        let graph = data_plane_with(section);
        assert_eq!(graph.len(), every, "each graph has every resource, wanted or not: {section}");
        for node in graph.nodes().filter(|node| !node.pruned) {
            for needed in graph.dependencies(node) {
                let is_pruned = graph.get(&needed).unwrap().pruned;
                assert!(!is_pruned, "{section}: {} needs {needed}", node.id);
            }
        }
    }
}

#[test]
fn with_an_existing_network_and_file_system_little_is_managed() {
    let graph = data_plane_with(
        "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\n\
         subnet_ids = [\"subnet-0123456789abcdef0\"]\n\
         [file_system]\nid = \"fs-0123456789abcdef0\"\nsecurity_group_ids = [\"sg-0123456789abcdef0\"]\n\
         [instance]\nenabled = false",
    );
    insta::assert_snapshot!(describe_resources(&graph), @"
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
fn a_network_for_ssh_moves_the_instance_to_a_public_subnet() {
    let graph = data_plane_with("[instance]\nssh_cidrs = [\"203.0.113.0/24\"]");
    let Resource::Instance(instance) = &graph.get(&ResourceId::new(INSTANCE)).unwrap().resource
    else {
        panic!("the instance is an instance")
    };
    assert!(instance.associate_public_ip);
    assert_eq!(instance.subnet_id, "${public-subnet-1.id}");
    assert!(
        resource_ids(&graph, true).contains(&"nat-gateway"),
        "a public instance needs no NAT gateway"
    );
}

#[test]
fn the_task_follows_the_configuration() {
    let graph = data_plane(&test_config(), &stack_names(), &three_zones());
    let Resource::Task(task) = &graph.get(&ResourceId::new("task")).unwrap().resource else {
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
