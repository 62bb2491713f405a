//! The requests of an observation.

use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_datasync::operation::list_tasks::ListTasksOutput;
use aws_sdk_datasync::types::{TagListEntry, TaskListEntry};
use aws_smithy_mocks::{Rule, mock};

use crate::Aws;
use crate::resource_id::ResourceId;
use crate::resource_kind::ResourceKind;
use crate::resources::datasync::locations::find_location;
use crate::resources::datasync::task::Task;
use crate::resources::datasync::testing::{lists_location, mock_tags};
use crate::testing::mocked::{self, client};

#[tokio::test]
async fn an_observation_reads_the_list_and_the_tags_once() {
    let (list, tags) =
        (lists_location("arn:l", "s3://bucket/"), mock_tags("backup", "destination-location"));
    let aws = Aws { datasync: client!(aws_sdk_datasync, &list, &tags), ..mocked::aws() };
    let find = async |aws: &Aws, id: &str| {
        find_location(aws, &ResourceId::new(id), "s3://", "").await.unwrap()
    };

    let observation = aws.with_own_cache();
    assert!(find(&observation, "destination-location").await.is_some());
    assert!(find(&observation, "restore-source-location").await.is_none());
    assert_eq!((list.num_calls(), tags.num_calls()), (1, 1));

    assert!(find(&aws.with_own_cache(), "destination-location").await.is_some());
    assert_eq!((list.num_calls(), tags.num_calls()), (2, 2), "the next observation reads anew");
    assert!(find(&aws, "destination-location").await.is_some());
    assert!(find(&aws, "destination-location").await.is_some());
    assert_eq!((list.num_calls(), tags.num_calls()), (4, 4), "outside of one nothing is kept");
}

/// The ARN of the task of a sync, which its tags and its name agree with.
fn task_arn(sync: usize) -> String {
    format!("arn:aws:datasync:eu-central-1:111122223333:task/task-{sync:017}")
}

fn lists_tasks(count: usize) -> Rule {
    mock!(Client::list_tasks).then_output(move || {
        // In the order opposite to that in which they are asked for.
        let entry = |sync: usize| {
            let name = format!("backup-efs-to-s3.s{sync}");
            TaskListEntry::builder().task_arn(task_arn(sync)).name(name).build()
        };
        let tasks = (0..count).rev().map(entry).collect();
        ListTasksOutput::builder().set_tasks(Some(tasks)).build()
    })
}

fn tags_of_tasks() -> Rule {
    mock!(Client::list_tags_for_resource).then_compute_output(|request| {
        let sync: usize =
            request.resource_arn().unwrap().rsplit('-').next().unwrap().parse().unwrap();
        let tag = |key: &str, value: &str| TagListEntry::builder().key(key).value(value).build();
        let tags = [
            tag("efs-s3:stack", "backup").unwrap(),
            tag("efs-s3:resource", &format!("task.s{sync}")).unwrap(),
        ];
        ListTagsForResourceOutput::builder().set_tags(Some(tags.to_vec())).build()
    })
}

fn desired_task(sync: usize) -> Task {
    serde_json::from_value(serde_json::json!({
        "name": format!("backup-efs-to-s3.s{sync}"),
        "mode": "BASIC",
        "source_location_arn": "arn:from",
        "destination_location_arn": "arn:to",
        "log_group_arn": "arn:group",
        "options": {
            "verify_mode": "", "overwrite_mode": "", "atime": "", "mtime": "", "uid": "",
            "gid": "", "posix_permissions": "", "preserve_deleted_files": "",
            "preserve_devices": "", "bytes_per_second": -1, "task_queueing": "", "log_level": "",
            "transfer_mode": "",
        },
        "includes": [],
        "excludes": [],
        "report": {
            "bucket_arn": "", "role_arn": "", "prefix": "", "output_type": "", "level": "",
            "overrides": [], "object_version_ids": "",
        },
    }))
    .unwrap()
}

/// Two requests a task, however many there are: its tags and its description. The name in the list
/// says whose tags to read.
#[tokio::test]
async fn the_requests_grow_with_the_tasks_and_no_faster() {
    for count in [1, 50] {
        let (list, tags) = (lists_tasks(count), tags_of_tasks());
        let describe =
            mock!(Client::describe_task).then_output(|| DescribeTaskOutput::builder().build());
        let aws =
            Aws { datasync: client!(aws_sdk_datasync, &list, &tags, &describe), ..mocked::aws() };
        let observation = aws.with_own_cache();
        for sync in 0..count {
            let id = ResourceId::new(format!("task.s{sync}"));
            let found = desired_task(sync).read(&observation, &id).await.unwrap().unwrap();
            assert_eq!(found.attribute("arn"), task_arn(sync));
        }
        let calls = (list.num_calls(), tags.num_calls(), describe.num_calls());
        assert_eq!(calls, (1, count, count));
    }
}
