//! The outputs, from attributes.

use super::*;
use crate::testing::{config_with, stack_names, test_config};

const TASK_ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

fn existing_attribute(id: &str, name: &str) -> Option<&'static str> {
    match (id, name) {
        (TASK, "arn") => Some(TASK_ARN),
        (SOURCE_LOCATION, "arn") => Some("arn:source"),
        (DESTINATION_LOCATION, "arn") => Some("arn:destination"),
        (FILE_SYSTEM, "id") => Some("fs-1"),
        ("vpc", "id") => Some("vpc-1"),
        ("private-subnet-1", "id") => Some("subnet-1"),
        ("public-subnet-1", "id") => Some("subnet-2"),
        (INSTANCE, "id") => Some("i-1"),
        (INSTANCE, "private_ip") => Some("10.42.128.4"),
        ("source-role", "arn") => Some("arn:source-role"),
        _ => None,
    }
}

#[test]
fn a_complete_data_plane_has_outputs() {
    let outputs = build_outputs(&test_config(), &stack_names(), None, existing_attribute).unwrap();
    insta::assert_json_snapshot!(outputs, @r#"
    {
      "task_arn": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b",
      "source_location_arn": "arn:source",
      "destination_location_arn": "arn:destination",
      "file_system_id": "fs-1",
      "file_system_arn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-1",
      "file_system_dns_name": "fs-1.efs.eu-central-1.amazonaws.com",
      "destination_bucket": "backup-data-111122223333-eu-central-1",
      "destination_bucket_arn": "arn:aws:s3:::backup-data-111122223333-eu-central-1",
      "destination_prefix": "files/",
      "vpc_id": "vpc-1",
      "private_subnet_ids": [
        "subnet-1"
      ],
      "public_subnet_ids": [
        "subnet-2"
      ],
      "instance": {
        "id": "i-1",
        "private_ip": "10.42.128.4",
        "public_ip": null,
        "session_command": "aws ssm start-session --region eu-central-1 --target i-1"
      },
      "role_arns": {
        "source-role": "arn:source-role"
      },
      "log_group": "/efs-s3/backup/datasync"
    }
    "#);
}

#[test]
fn existing_resources_of_the_configuration_are_in_the_outputs() {
    let with_existing = config_with(
        "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\n\
         subnet_ids = [\"subnet-0123456789abcdef0\"]\n\
         [file_system]\nid = \"fs-0123456789abcdef0\"\nsecurity_group_ids = \
         [\"sg-0123456789abcdef0\"]",
    );
    let outputs = build_outputs(&with_existing, &stack_names(), None, existing_attribute).unwrap();
    assert_eq!(outputs.vpc_id, "vpc-0123456789abcdef0");
    assert_eq!(outputs.private_subnet_ids, ["subnet-0123456789abcdef0"]);
    assert_eq!(outputs.file_system_dns_name, "fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com");
}

#[test]
fn the_age_of_versioning_is_kept_and_begins_with_a_bucket_of_ours() {
    let (first, later) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1));
    let ours = "backup-data-111122223333-eu-central-1";
    assert_eq!(versioning_enabled_at(&test_config(), ours, None, first), Some(first));
    let mut before =
        build_outputs(&test_config(), &stack_names(), None, existing_attribute).unwrap();
    assert_eq!(
        versioning_enabled_at(&test_config(), ours, Some(&before), later),
        None,
        "outputs of an earlier release: old"
    );
    before.versioning_enabled_at = Some(first);
    assert_eq!(versioning_enabled_at(&test_config(), ours, Some(&before), later), Some(first));
    assert_eq!(versioning_enabled_at(&test_config(), "another", Some(&before), later), Some(later));
    let mut with_existing = test_config();
    with_existing.destination.bucket = Some("theirs".to_owned());
    assert_eq!(versioning_enabled_at(&with_existing, "theirs", None, later), None);
}

#[test]
fn without_any_required_resource_there_are_none() {
    for missing in [TASK, SOURCE_LOCATION, DESTINATION_LOCATION, FILE_SYSTEM] {
        let partial = |id: &str, name: &str| existing_attribute(id, name).filter(|_| id != missing);
        assert_eq!(build_outputs(&test_config(), &stack_names(), None, partial), None, "{missing}");
    }
}
