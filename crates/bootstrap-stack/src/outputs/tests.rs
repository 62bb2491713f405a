//! The outputs, from attributes.

use super::*;
use crate::testing::{config_with, stack_names, test_config};

const TASK_ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

fn existing_attribute(id: &str, name: &str) -> Option<&'static str> {
    match (id, name) {
        ("task", "arn") => Some(TASK_ARN),
        ("source-location", "arn") => Some("arn:source"),
        ("destination-location", "arn") => Some("arn:destination"),
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

fn build_with(
    config: &StackConfig,
    attribute: impl Fn(&str, &str) -> Option<&'static str>,
) -> Option<Outputs> {
    let restores = BTreeMap::new();
    let recorded = RecordedRestores { restores: &restores, directories: Vec::new() };
    build_outputs(config, &stack_names(), recorded, attribute)
}

#[test]
fn a_complete_data_plane_has_outputs() {
    let outputs = build_with(&test_config(), existing_attribute).unwrap();
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
    let outputs = build_with(&with_existing, existing_attribute).unwrap();
    assert_eq!(outputs.vpc_id, "vpc-0123456789abcdef0");
    assert_eq!(outputs.private_subnet_ids, ["subnet-0123456789abcdef0"]);
    assert_eq!(outputs.file_system_dns_name, "fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com");
}

#[test]
fn the_age_of_versioning_is_kept_and_begins_with_a_bucket_of_ours() {
    let (first, later) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1));
    let config = test_config();
    let time_after = |config: &StackConfig, before: Option<&Outputs>, now| {
        let mut outputs = build_with(config, existing_attribute).unwrap();
        set_versioning_times(&mut outputs, config, before, now);
        outputs.versioning_enabled_at
    };
    assert_eq!(time_after(&config, None, first), Some(first));
    let mut before = build_with(&config, existing_attribute).unwrap();
    assert_eq!(
        time_after(&config, Some(&before), later),
        None,
        "outputs of an earlier release: old"
    );
    before.versioning_enabled_at = Some(first);
    assert_eq!(time_after(&config, Some(&before), later), Some(first));
    before.destination_bucket = "another".to_owned();
    assert_eq!(time_after(&config, Some(&before), later), Some(later));
    let mut with_existing = test_config();
    with_existing.destination.bucket = Some("theirs".to_owned());
    assert_eq!(time_after(&with_existing, None, later), None);
}

#[test]
fn each_sync_has_outputs_under_the_ids_of_the_only_one() {
    let config = config_with(
        "[[sync]]\nname = \"home\"\ndestination.prefix = \"home/\"\n\
         [[sync]]\nname = \"far\"\ndestination.prefix = \"far/\"\n\
         destination.region = \"eu-west-1\"",
    );
    let attribute = |id: &str, name: &str| match (id, name) {
        ("task.home" | "task.far", "arn") => Some(TASK_ARN),
        ("source-location.home" | "source-location.far", "arn") => Some("arn:source"),
        ("destination-location.home", "arn") => Some("arn:here"),
        ("destination-location.far@eu-west-1", "arn") => Some("arn:there"),
        ("destination-role.backup-data-111122223333-eu-west-1", "arn") => Some("arn:far"),
        ("task" | "source-location" | "destination-location", _) => None,
        _ => existing_attribute(id, name),
    };
    let home = SyncName::parse("home").unwrap();
    let target = RestoreTarget { directory: "back/".to_owned(), existed: false };
    let restores = BTreeMap::from([(home, target)]);
    let syncs = config.resolve_syncs();
    let directories =
        domain::records::restored_directory::remember_restores(&[], &syncs, &restores);
    let recorded = RecordedRestores { restores: &restores, directories };
    let outputs = build_outputs(&config, &stack_names(), recorded, attribute).unwrap();
    let [home, far] = [&outputs, &outputs.other_syncs[0]];
    assert_eq!((home.sync.as_str(), far.sync.as_str()), ("home", "far"));
    assert_eq!(home.destination_bucket, "backup-data-111122223333-eu-central-1");
    assert_eq!(far.destination_bucket, "backup-data-111122223333-eu-west-1");
    assert_eq!(far.destination_location_arn, "arn:there");
    assert_eq!(far.role_arns["destination-role"], "arn:far");
    assert_eq!(far.role_arns["source-role"], "arn:source-role");
    assert_eq!(home.restore_excludes, ["/back"]);
    assert_eq!(far.restore_excludes, home.restore_excludes, "the same directory is copied");
    assert_eq!((home.restored_directories.len(), far.restored_directories.len()), (1, 0));
}

#[test]
fn without_any_required_resource_there_are_none() {
    for missing in ["task", "source-location", "destination-location", FILE_SYSTEM] {
        let partial = |id: &str, name: &str| existing_attribute(id, name).filter(|_| id != missing);
        assert_eq!(build_with(&test_config(), partial), None, "{missing}");
    }
}
