//! Tests of the task kind, with DataSync's answers given.

use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::cancel_task_execution::CancelTaskExecutionOutput;
use aws_sdk_datasync::operation::create_task::CreateTaskOutput;
use aws_sdk_datasync::operation::delete_task::DeleteTaskOutput;
use aws_sdk_datasync::operation::list_task_executions::ListTaskExecutionsOutput;
use aws_sdk_datasync::operation::list_tasks::ListTasksOutput;
use aws_sdk_datasync::operation::update_task::UpdateTaskOutput;
use aws_sdk_datasync::types::{
    ObjectTags, ReportLevel, ReportOverride, ReportOverrides, TaskExecutionListEntry,
    TaskExecutionStatus, TaskListEntry, TaskReportConfig, TaskStatus,
};
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::datasync::testing::mock_tags;
use crate::testing::mocked::{self, client, refusal};

const ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
const LOG_GROUP: &str = "arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/datasync";

fn desired_task() -> Task {
    let report = TaskReport::of_every_object(
        "arn:aws:s3:::backup-records".into(),
        "arn:aws:iam::1:role/r".into(),
        "reports/",
    );
    Task {
        name: "backup".into(),
        mode: "BASIC".into(),
        source_location_arn:
            "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef0".into(),
        destination_location_arn:
            "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef1".into(),
        log_group_arn: LOG_GROUP.into(),
        options: Box::new(TaskOptions { log_level: "BASIC".into(), ..TaskOptions::from_api(None) }),
        includes: vec!["/a".into(), "/b*".into()],
        excludes: Vec::new(),
        report,
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("task")
}

/// The output of `DescribeTask` for the desired task, with the differences that DataSync makes.
fn sdk_task() -> DescribeTaskOutput {
    let desired = desired_task();
    let report = desired.report.to_api().unwrap();
    let same = ReportOverride::builder().report_level("SUCCESSES_AND_ERRORS".into()).build();
    let skipped = report.overrides.unwrap().skipped.unwrap();
    let overrides = ReportOverrides::builder().transferred(same).skipped(skipped).build();
    let mut destination = report.destination.unwrap();
    destination.s3.as_mut().unwrap().subdirectory = Some("/reports".into());
    let report = TaskReportConfig::builder().destination(destination).overrides(overrides);
    let report = report.output_type("STANDARD".into()).report_level("SUCCESSES_AND_ERRORS".into());
    DescribeTaskOutput::builder()
        .task_arn(ARN)
        .status(TaskStatus::Available)
        .name(desired.name)
        .source_location_arn(desired.source_location_arn)
        .destination_location_arn(desired.destination_location_arn)
        .cloud_watch_log_group_arn(format!("{LOG_GROUP}:*"))
        .options(desired.options.to_api(&desired.mode))
        .set_includes(to_filters(&desired.includes))
        .set_excludes(Some(Vec::new()))
        .task_report_config(report.object_version_ids("INCLUDE".into()).build())
        .build()
}

fn mock_describe() -> Rule {
    mock!(Client::describe_task).then_output(sdk_task)
}

/// So many tasks of the desired name.
fn mock_list(count: usize) -> Rule {
    mock!(Client::list_tasks).then_output(move || {
        let task = TaskListEntry::builder().task_arn(ARN).name("backup").build();
        ListTasksOutput::builder().set_tasks(Some(vec![task; count])).build()
    })
}

#[tokio::test]
async fn the_tags_of_an_unchanged_one_are_read_only_where_its_name_is_not_enough() {
    let other = Task { includes: Vec::new(), ..desired_task() };
    for (count, desired, expected) in
        [(1, desired_task(), 0), (1, other, 1), (2, desired_task(), 1)]
    {
        let tags = mock_tags("backup", "task");
        let datasync = client!(aws_sdk_datasync, &mock_list(count), &tags, &mock_describe());
        let aws = Aws { datasync, ..mocked::aws() }.whose_unchanged_is_ours(true);
        let found = desired.read(&aws, &resource_id()).await.unwrap().unwrap();
        assert_eq!((found.attribute("arn"), tags.num_calls()), (ARN, expected));
    }
}

async fn read_live(stack: &'static str) -> Option<LiveResource> {
    let list = mock!(Client::list_tasks).then_output(|| {
        ListTasksOutput::builder().tasks(TaskListEntry::builder().task_arn(ARN).build()).build()
    });
    let (tags, describe) = (mock_tags(stack, "task"), mock_describe());
    let aws = Aws { datasync: client!(aws_sdk_datasync, &list, &tags, &describe), ..mocked::aws() };
    desired_task().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_desired_and_another_stacks_is_not_managed() {
    let found = read_live("backup").await.unwrap();
    assert_eq!(found.state, json!(desired_task()));
    assert_eq!((found.attribute("arn"), found.attribute("id")), (ARN, "task-0806c70094b09457b"));
    assert_eq!(read_live("another").await, None);
}

#[tokio::test]
async fn create_joins_patterns_names_the_log_group_and_waits() {
    let create = mock!(Client::create_task)
        .match_requests(|request| {
            let includes = request.includes().iter().map(|rule| rule.value()).collect::<Vec<_>>();
            includes == [Some("/a|/b*")]
                && request.excludes().is_empty()
                && request.cloud_watch_log_group_arn() == Some(&format!("{LOG_GROUP}:*"))
                && request.tags().len() == 2
        })
        .then_output(|| CreateTaskOutput::builder().task_arn(ARN).build());
    let describe = mock_describe();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &create, &describe), ..mocked::aws() };
    desired_task().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), describe.num_calls()), (1, 1));
}

fn lists_no_unchanged_files(report: Option<&TaskReportConfig>) -> bool {
    let overrides = report.and_then(TaskReportConfig::overrides);
    let skipped =
        overrides.and_then(ReportOverrides::skipped).and_then(ReportOverride::report_level);
    let others = overrides.map(|all| (all.transferred(), all.verified(), all.deleted()));
    skipped == Some(&ReportLevel::ErrorsOnly) && others == Some((None, None, None))
}

#[tokio::test]
async fn the_report_lists_no_unchanged_files() {
    let create = mock!(Client::create_task)
        .match_requests(|request| lists_no_unchanged_files(request.task_report_config()))
        .then_output(|| CreateTaskOutput::builder().task_arn(ARN).build());
    let update = mock!(Client::update_task)
        .match_requests(|request| lists_no_unchanged_files(request.task_report_config()))
        .then_output(|| UpdateTaskOutput::builder().build());
    let found = read_live("backup").await.unwrap();
    assert_eq!(found.state["report"]["overrides"], json!(["Skipped=ERRORS_ONLY"]));
    let aws = Aws {
        datasync: client!(aws_sdk_datasync, &create, &update, &mock_describe()),
        ..mocked::aws()
    };
    desired_task().create(&aws, &resource_id()).await.unwrap();
    desired_task().update(&aws, &resource_id(), &found, &["report".into()]).await.unwrap();
    assert_eq!((create.num_calls(), update.num_calls()), (1, 1));
}

#[test]
fn a_task_of_before_that_lists_unchanged_files_differs() {
    let mut config = desired_task().report.to_api().unwrap();
    config.overrides = None;
    let before = TaskReport::from_api(Some(config));
    assert_eq!(before.overrides, Vec::<String>::new());
    assert_ne!(before, desired_task().report);
}

#[test]
fn a_report_comes_back_as_it_was_sent() {
    for overrides in
        [vec![], vec!["Skipped=ERRORS_ONLY"], vec!["Verified=ERRORS_ONLY", "Deleted=ERRORS_ONLY"]]
    {
        let overrides = overrides.into_iter().map(str::to_owned).collect();
        let report = TaskReport { overrides, ..desired_task().report };
        assert_eq!(TaskReport::from_api(Some(report.to_api().unwrap())), report);
    }
}

#[tokio::test]
async fn enhanced_mode_leaves_object_tags_alone_and_chooses_its_log_group() {
    let create = mock!(Client::create_task)
        .match_requests(|request| {
            let tags = request.options().and_then(|options| options.object_tags());
            request.task_mode() == Some(&TaskMode::Enhanced)
                && tags == Some(&ObjectTags::None)
                && request.cloud_watch_log_group_arn().is_none()
        })
        .then_output(|| CreateTaskOutput::builder().task_arn(ARN).build());
    let aws =
        Aws { datasync: client!(aws_sdk_datasync, &create, &mock_describe()), ..mocked::aws() };
    Task { mode: "ENHANCED".into(), ..desired_task() }.create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_stays_unavailable_is_an_error_with_datasyncs_own_words() {
    let create = mock!(Client::create_task)
        .then_output(|| CreateTaskOutput::builder().task_arn(ARN).build());
    let describe = mock!(Client::describe_task).then_output(|| {
        let answer = DescribeTaskOutput::builder().task_arn(ARN).status(TaskStatus::Unavailable);
        answer.error_code("EniNotFound").error_detail("a network interface is gone").build()
    });
    let aws = Aws { datasync: client!(aws_sdk_datasync, &create, &describe), ..mocked::aws() };
    let error = desired_task().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(
        aws::failure::chain(&error),
        "waiting for DataSync task \
         `arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b`: it is not \
         AVAILABLE after 5 minutes; DataSync reports: EniNotFound: a network interface is \
         gone"
    );
}

#[tokio::test]
async fn an_update_removes_patterns_by_sending_an_empty_list() {
    let update = mock!(Client::update_task)
        .match_requests(|request| {
            request.includes.as_deref() == Some(&[]) && request.excludes.as_deref() == Some(&[])
        })
        .then_output(|| UpdateTaskOutput::builder().build());
    let found = read_live("backup").await.unwrap();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &update), ..mocked::aws() };
    let everything = Task { includes: Vec::new(), ..desired_task() };
    everything.update(&aws, &resource_id(), &found, &["includes".into()]).await.unwrap();
    assert_eq!(update.num_calls(), 1);
}

#[tokio::test]
async fn a_running_execution_is_cancelled_before_the_task_is_deleted() {
    let executions = |status: TaskExecutionStatus| {
        let execution =
            TaskExecutionListEntry::builder().task_execution_arn(format!("{ARN}/execution/exec-1"));
        ListTaskExecutionsOutput::builder()
            .task_executions(execution.status(status).build())
            .build()
    };
    let list = mock!(Client::list_task_executions)
        .sequence()
        .output(move || executions(TaskExecutionStatus::Transferring))
        .output(move || executions(TaskExecutionStatus::Error))
        .build();
    let cancel = mock!(Client::cancel_task_execution)
        .then_output(|| CancelTaskExecutionOutput::builder().build());
    let delete = mock!(Client::delete_task).then_output(|| DeleteTaskOutput::builder().build());
    let found = read_live("backup").await.unwrap();
    let describe = mock!(Client::describe_task).then_output(sdk_task);
    let aws = Aws {
        datasync: client!(aws_sdk_datasync, &list, &cancel, &describe, &delete),
        ..mocked::aws()
    };
    desired_task().delete(&aws, &found).await.unwrap();
    assert_eq!((cancel.num_calls(), delete.num_calls()), (1, 1));
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already() {
    let gone =
        || refusal(400, "InvalidRequestException", "Task task-0806c70094b09457b is not found.");
    let list = mock!(Client::list_task_executions).then_http_response(gone);
    let delete = mock!(Client::delete_task).then_http_response(gone);
    let describe = mock!(Client::describe_task).then_http_response(gone);
    let found = read_live("backup").await.unwrap();
    let aws =
        Aws { datasync: client!(aws_sdk_datasync, &list, &describe, &delete), ..mocked::aws() };
    desired_task().delete(&aws, &found).await.unwrap();
}

#[test]
fn an_override_that_differs_from_the_level_is_seen() {
    let errors_only = ReportOverride::builder().report_level("ERRORS_ONLY".into()).build();
    let overrides = ReportOverrides::builder().deleted(errors_only).build();
    let config = TaskReportConfig::builder()
        .report_level("SUCCESSES_AND_ERRORS".into())
        .overrides(overrides)
        .build();
    assert_eq!(TaskReport::from_api(Some(config)).overrides, ["Deleted=ERRORS_ONLY"]);
}

#[test]
fn patterns_survive_an_escaped_bar() {
    let desired = vec![r"/a\|b".to_owned(), "/c".to_owned()];
    assert_eq!(from_filters(&desired, to_filters(&desired)), desired);
    assert_eq!(from_filters(&[], to_filters(&["/a".to_owned(), "/b".to_owned()])), ["/a", "/b"]);
    assert_eq!(from_filters(&desired, None), Vec::<String>::new());
}
