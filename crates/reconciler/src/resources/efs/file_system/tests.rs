//! Tests of the file system kind, with EFS's answers given.

use aws_sdk_efs::Client;
use aws_sdk_efs::operation::create_file_system::CreateFileSystemOutput;
use aws_sdk_efs::operation::describe_backup_policy::DescribeBackupPolicyOutput;
use aws_sdk_efs::operation::describe_file_systems::DescribeFileSystemsOutput;
use aws_sdk_efs::operation::describe_lifecycle_configuration::DescribeLifecycleConfigurationOutput;
use aws_sdk_efs::operation::put_backup_policy::PutBackupPolicyOutput;
use aws_sdk_efs::operation::put_lifecycle_configuration::PutLifecycleConfigurationOutput;
use aws_sdk_efs::types::{
    BackupPolicy, FileSystemSize, LifecyclePolicy, PerformanceMode, Status, ThroughputMode,
    TransitionToIaRules, TransitionToPrimaryStorageClassRules,
};
use aws_smithy_mocks::{Rule, mock};
use aws_smithy_types::DateTime;

use super::identity::creation_token;
use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_file_system() -> FileSystem {
    FileSystem {
        name: "backup".into(),
        encrypted: true,
        kms_key_arn: None,
        throughput_mode: "elastic".into(),
        performance_mode: "generalPurpose".into(),
        transition_to_ia_days: Some(30),
        backup: true,
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("file-system")
}

fn sdk_file_system(stack: &str, state: LifeCycleState) -> FileSystemDescription {
    FileSystemDescription::builder()
        .owner_id("111122223333")
        .creation_token("efs-s3/backup/file-system")
        .file_system_id("fs-0123456789abcdef0")
        .creation_time(DateTime::from_secs(0))
        .life_cycle_state(state)
        .number_of_mount_targets(0)
        .size_in_bytes(FileSystemSize::builder().value(0).build())
        .performance_mode(PerformanceMode::GeneralPurpose)
        .throughput_mode(ThroughputMode::Elastic)
        .encrypted(true)
        .tags(tag("Name", "backup".into()))
        .tags(tag("efs-s3:stack", stack.into()))
        .tags(tag("efs-s3:resource", "file-system".into()))
        .build()
        .unwrap()
}

fn mock_describe(stack: &'static str, state: LifeCycleState) -> Rule {
    mock!(Client::describe_file_systems).then_output(move || {
        DescribeFileSystemsOutput::builder()
            .file_systems(sdk_file_system(stack, state.clone()))
            .build()
    })
}

fn life_cycle() -> Rule {
    mock!(Client::describe_lifecycle_configuration).then_output(|| {
        let away =
            LifecyclePolicy::builder().transition_to_ia(TransitionToIaRules::After30Days).build();
        let back = TransitionToPrimaryStorageClassRules::After1Access;
        let back = LifecyclePolicy::builder().transition_to_primary_storage_class(back).build();
        DescribeLifecycleConfigurationOutput::builder()
            .lifecycle_policies(away)
            .lifecycle_policies(back)
            .build()
    })
}

fn mock_backup(status: Status) -> Rule {
    mock!(Client::describe_backup_policy).then_output(move || {
        let policy = BackupPolicy::builder().status(status.clone()).build().unwrap();
        DescribeBackupPolicyOutput::builder().backup_policy(policy).build()
    })
}

/// The settings that are put after it is made.
fn mock_puts() -> [Rule; 2] {
    let life_cycle = mock!(Client::put_lifecycle_configuration)
        .match_requests(|request| request.lifecycle_policies().len() == 2)
        .then_output(|| PutLifecycleConfigurationOutput::builder().build());
    let backup = mock!(Client::put_backup_policy)
        .match_requests(|request| {
            request.backup_policy().is_some_and(|policy| policy.status == Status::Enabled)
        })
        .then_output(|| PutBackupPolicyOutput::builder().build());
    [life_cycle, backup]
}

async fn read_live(describe: &Rule) -> Option<LiveResource> {
    let efs = client!(aws_sdk_efs, describe, &life_cycle(), &mock_backup(Status::Enabling));
    let aws = Aws { efs, ..mocked::aws() };
    desired_file_system().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn ours_is_read_as_it_is_desired() {
    let found = read_live(&mock_describe("backup", LifeCycleState::Available)).await.unwrap();
    assert_eq!(found.state, json!(desired_file_system()));
    assert_eq!(found.attribute("id"), "fs-0123456789abcdef0");
    let arn =
        "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-0123456789abcdef0";
    assert_eq!(found.attribute("arn"), arn);
}

#[tokio::test]
async fn anothers_or_a_dying_one_is_not_ours() {
    assert_eq!(read_live(&mock_describe("another", LifeCycleState::Available)).await, None);
    assert_eq!(read_live(&mock_describe("backup", LifeCycleState::Deleting)).await, None);
}

#[tokio::test]
async fn create_names_itself_by_token_and_tags() {
    let create = mock!(Client::create_file_system)
        .match_requests(|request| {
            let tags: Vec<_> = request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            request.creation_token() == Some("efs-s3/backup/file-system")
                && request.encrypted() == Some(true)
                && tags
                    == [
                        ("efs-s3:stack", "backup"),
                        ("efs-s3:resource", "file-system"),
                        ("Name", "backup"),
                    ]
        })
        .then_output(|| create_output("fs-0123456789abcdef0"));
    let describe = mock_describe("backup", LifeCycleState::Available);
    let [life_cycle, backup] = mock_puts();
    let aws = Aws {
        efs: client!(aws_sdk_efs, &create, &describe, &life_cycle, &backup),
        ..mocked::aws()
    };
    desired_file_system().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn create_returns_when_it_is_available() {
    let create =
        mock!(Client::create_file_system).then_output(|| create_output("fs-0123456789abcdef0"));
    let answer = |state| {
        DescribeFileSystemsOutput::builder().file_systems(sdk_file_system("backup", state)).build()
    };
    let describe = mock!(Client::describe_file_systems)
        .sequence()
        .output(move || answer(LifeCycleState::Creating))
        .output(move || answer(LifeCycleState::Available))
        .build();
    let [life_cycle, backup] = mock_puts();
    let aws = Aws {
        efs: client!(aws_sdk_efs, &create, &describe, &life_cycle, &backup),
        ..mocked::aws()
    };
    desired_file_system().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(describe.num_calls(), 2);
}

fn create_output(file_system_id: &str) -> CreateFileSystemOutput {
    CreateFileSystemOutput::builder()
        .owner_id("111122223333")
        .creation_token("efs-s3/backup/file-system")
        .file_system_id(file_system_id)
        .creation_time(DateTime::from_secs(0))
        .life_cycle_state(LifeCycleState::Creating)
        .number_of_mount_targets(0)
        .performance_mode(PerformanceMode::GeneralPurpose)
        .set_tags(Some(Vec::new()))
        .size_in_bytes(FileSystemSize::builder().value(0).build())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn settings_wait_for_a_file_system_that_is_still_being_made() {
    let answer = |state| {
        DescribeFileSystemsOutput::builder().file_systems(sdk_file_system("backup", state)).build()
    };
    let describe = mock!(Client::describe_file_systems)
        .sequence()
        .output(move || answer(LifeCycleState::Creating))
        .output(move || answer(LifeCycleState::Available))
        .build();
    let found = read_live(&mock_describe("backup", LifeCycleState::Creating)).await.unwrap();
    let [life_cycle, backup] = mock_puts();
    let aws = Aws { efs: client!(aws_sdk_efs, &describe, &life_cycle, &backup), ..mocked::aws() };
    let changed = ["transition_to_ia_days".to_owned(), "backup".to_owned()];
    desired_file_system().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!((describe.num_calls(), life_cycle.num_calls(), backup.num_calls()), (2, 1, 1));
}

fn used_token() -> Rule {
    mock!(Client::create_file_system)
        .then_http_response(|| refusal(409, "FileSystemAlreadyExists", "exists"))
}

#[tokio::test]
async fn a_used_token_means_that_an_earlier_call_arrived() {
    let describe = mock_describe("backup", LifeCycleState::Available);
    let [life_cycle, backup] = mock_puts();
    let aws = Aws {
        efs: client!(aws_sdk_efs, &used_token(), &describe, &life_cycle, &backup),
        ..mocked::aws()
    };
    desired_file_system().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(life_cycle.num_calls(), 1);
}

/// No call but the two reads: it is neither tagged nor changed, and no second one is made.
#[tokio::test]
async fn one_that_lost_its_tags_is_left_alone_and_the_message_says_what_to_do() {
    let aws = Aws {
        efs: client!(
            aws_sdk_efs,
            &used_token(),
            &mock_describe("untagged", LifeCycleState::Available)
        ),
        ..mocked::aws()
    };
    let error = desired_file_system().create(&aws, &resource_id()).await.unwrap_err();
    insta::assert_snapshot!(error.source, @"
    this stack created `fs-0123456789abcdef0`, which has lost its tags, and does not create a second one; to keep it, tag it again (`aws efs tag-resource --resource-id fs-0123456789abcdef0 --tags Key=efs-s3:stack,Value=backup Key=efs-s3:resource,Value=file-system`), or name it in stack.toml as `file_system.id`; or delete it, and the next deploy creates a new one
    ");
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already() {
    let delete = mock!(Client::delete_file_system)
        .then_http_response(|| refusal(404, "FileSystemNotFound", "gone"));
    let describe = mock_describe("backup", LifeCycleState::Available);
    let found = read_live(&describe).await.unwrap();
    let no_targets = mock!(Client::describe_mount_targets)
        .then_http_response(|| refusal(404, "FileSystemNotFound", "gone"));
    let aws = Aws { efs: client!(aws_sdk_efs, &delete, &no_targets), ..mocked::aws() };
    desired_file_system().delete(&aws, &found).await.unwrap();
}

#[test]
fn the_creation_token_of_the_longest_stack_name_fits() {
    let mut aws = mocked::aws();
    aws.names.stack = "a".repeat(20);
    assert!(creation_token(&aws, &resource_id()).len() <= 64);
}
