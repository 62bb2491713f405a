use serde_json::json;

use super::*;

fn example_outputs() -> Value {
    json!({
        "file_system_id": "fs-1",
        "instance": { "id": "i-1", "private_ip": "10.42.0.5", "public_ip": null },
        "empty": [], "nothing": null, "destination_prefix": "",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "role_arns": { "destination-role": "arn:d", "report-role": "arn:r" },
        "vpc_id": "vpc-1",
    })
}

#[test]
fn values_are_aligned_and_lists_indented() {
    insta::assert_snapshot!(aligned_text(example_outputs().as_object().unwrap()), @r"
    file_system_id = fs-1
    instance
      id         = i-1
      private_ip = 10.42.0.5
    private_subnet_ids
      subnet-1
      subnet-2
    role_arns
      destination-role = arn:d
      report-role      = arn:r
    vpc_id         = vpc-1
    ");
}

fn outputs_of(sync: &str, number: u32, others: Vec<Outputs>) -> Outputs {
    let task = format!("task-{number:017x}");
    let outputs = json!({
        "sync": sync,
        "task_arn": format!("arn:aws:datasync:eu-central-1:111122223333:task/{task}"),
        "source_location_arn": format!("arn:source-{number}"),
        "destination_location_arn": format!("arn:destination-{number}"),
        "file_system_id": "fs-1", "file_system_arn": "arn:fs-1",
        "destination_bucket": format!("bucket-{}", number % 2),
        "destination_prefix": format!("{sync}/"),
        "instance": null, "log_group": "/efs-s3/backup/datasync",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "role_arns": { "source-role": "arn:s", format!("destination-role.{sync}"): "arn:d" },
    });
    Outputs { other_syncs: others, ..serde_json::from_value(outputs).unwrap() }
}

#[test]
fn shared_outputs_come_first_and_each_sync_has_its_block() {
    let others = vec![outputs_of("archive", 2, Vec::new()), outputs_of("projects", 3, Vec::new())];
    let three = outputs_of("home", 1, others);
    let names = ["home", "projects"].map(|name| SyncName::parse(name).unwrap());
    insta::assert_snapshot!(outputs_text(&three, &names).unwrap(), @"
    file_system_id  = fs-1
    file_system_arn = arn:fs-1
    private_subnet_ids
      subnet-1
      subnet-2
    role_arns
      source-role = arn:s
    log_group       = /efs-s3/backup/datasync

    sync home
      task_arn                 = arn:aws:datasync:eu-central-1:111122223333:task/task-00000000000000001
      source_location_arn      = arn:source-1
      destination_location_arn = arn:destination-1
      destination_bucket       = bucket-1
      destination_prefix       = home/
      role_arns
        destination-role.home = arn:d

    sync projects
      task_arn                 = arn:aws:datasync:eu-central-1:111122223333:task/task-00000000000000003
      source_location_arn      = arn:source-3
      destination_location_arn = arn:destination-3
      destination_bucket       = bucket-1
      destination_prefix       = projects/
      role_arns
        destination-role.projects = arn:d
    ");
}

#[test]
fn a_stack_with_one_sync_has_no_blocks() {
    let one = outputs_of("default", 1, Vec::new());
    let text = outputs_text(&one, &[SyncName::default()]).unwrap();
    assert!(text.contains("file_system_id") && text.contains("task-"), "{text}");
    assert!(!text.contains("\nsync "), "{text}");
}
