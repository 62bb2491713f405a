//! The handler against a bucket in memory and scripted answers of DataSync.

use aws_edge::fakes::FakeBucket;
use aws_sdk_datasync::error::ErrorMetadata;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_datasync::operation::list_task_executions::ListTaskExecutionsOutput;
use aws_sdk_datasync::operation::start_task_execution::{StartTaskExecutionError, StartTaskExecutionOutput};
use aws_sdk_datasync::types::error::{InternalException, InvalidRequestException};
use aws_sdk_datasync::types::{TagListEntry, TaskExecutionListEntry, TaskStatus};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use chrono::TimeDelta;
use pipeline::names::SLOT_TAG;
use serde_json::json;

use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
const EXECUTION: &str =
    "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d";
const RECORD: &str = "starts/manual-1.json";

/// DataSync with one task, whose one execution may bear a slot as its tag.
struct FakeDataSync {
    describe: Rule,
    start: Rule,
    list: Rule,
    tags: Rule,
}

fn datasync(status: &'static str, tagged_slot: Option<&'static str>) -> FakeDataSync {
    FakeDataSync {
        describe: mock!(aws_sdk_datasync::Client::describe_task).then_output(move || {
            DescribeTaskOutput::builder().status(TaskStatus::from(status)).current_task_execution_arn(EXECUTION).build()
        }),
        start: mock!(aws_sdk_datasync::Client::start_task_execution)
            .then_output(|| StartTaskExecutionOutput::builder().task_execution_arn(EXECUTION).build()),
        list: mock!(aws_sdk_datasync::Client::list_task_executions).then_output(move || {
            let entry = TaskExecutionListEntry::builder().task_execution_arn(EXECUTION).build();
            let entries = tagged_slot.map(|_| vec![entry]);
            ListTaskExecutionsOutput::builder().set_task_executions(entries).build()
        }),
        tags: mock!(aws_sdk_datasync::Client::list_tags_for_resource).then_output(move || {
            let tag = TagListEntry::builder().key(SLOT_TAG).value(tagged_slot.unwrap_or_default()).build().unwrap();
            ListTagsForResourceOutput::builder().tags(tag).build()
        }),
    }
}

impl FakeDataSync {
    fn app(&self, bucket: &FakeBucket) -> App {
        let rules = [&self.describe, &self.start, &self.list, &self.tags];
        App {
            stack_name: "backup".into(),
            records: RecordsBucket::new(bucket.client(&[]), "records"),
            datasync: mock_client!(aws_sdk_datasync, RuleMode::MatchAny, rules),
        }
    }
}

fn bucket() -> FakeBucket {
    let bucket = FakeBucket::default();
    let outputs = json!({
        "task_arn": TASK, "source_location_arn": "", "destination_location_arn": "", "file_system_id": "",
        "file_system_arn": "", "destination_bucket": "", "destination_prefix": "", "log_group": "",
    });
    bucket.put(keys::OUTPUTS, outputs.to_string());
    bucket
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

async fn invoke(app: &App, request_id: &str) -> Result<Outcome, HandlerError> {
    start(app, "manual-1".into(), request_id, now()).await
}

fn record(bucket: &FakeBucket) -> StartRecord {
    serde_json::from_slice(&bucket.get(RECORD).unwrap()).unwrap()
}

#[tokio::test]
async fn a_duplicate_starts_nothing() {
    let (bucket, datasync) = (bucket(), datasync("AVAILABLE", None));
    let app = datasync.app(&bucket);
    assert!(matches!(invoke(&app, "first").await.unwrap(), Outcome::Started { .. }));
    for request_id in ["first", "second"] {
        assert!(matches!(invoke(&app, request_id).await.unwrap(), Outcome::AlreadyStarted { .. }));
    }
    assert_eq!(datasync.start.num_calls(), 1);
    assert_eq!(record(&bucket).execution.unwrap().as_str(), EXECUTION);
}

#[tokio::test]
async fn a_crash_after_the_start_adopts_the_execution() {
    let (bucket, datasync) = (bucket(), datasync("RUNNING", Some("manual-1")));
    let app = datasync.app(&bucket);
    slot_record::claim(&app.records, "manual-1", "first", now()).await.unwrap();
    assert!(matches!(invoke(&app, "first").await.unwrap(), Outcome::AlreadyStarted { .. }));
    assert_eq!(datasync.start.num_calls(), 0);
    assert_eq!(record(&bucket).execution.unwrap().as_str(), EXECUTION);
}

#[tokio::test]
async fn a_crash_before_the_start_starts() {
    let (bucket, datasync) = (bucket(), datasync("AVAILABLE", Some("another slot")));
    let app = datasync.app(&bucket);
    slot_record::claim(&app.records, "manual-1", "first", now() - TimeDelta::hours(1)).await.unwrap();
    assert!(matches!(invoke(&app, "second").await.unwrap(), Outcome::Started { .. }));
    assert_eq!(datasync.start.num_calls(), 1);
}

#[tokio::test]
async fn a_claim_of_somebody_at_work_is_respected() {
    let (bucket, datasync) = (bucket(), datasync("AVAILABLE", None));
    let app = datasync.app(&bucket);
    slot_record::claim(&app.records, "manual-1", "first", now()).await.unwrap();
    assert_eq!(invoke(&app, "second").await.unwrap(), Outcome::InProgress { slot: "manual-1".into() });
    assert_eq!(datasync.start.num_calls(), 0);
}

#[tokio::test]
async fn a_busy_task_is_skipped_and_stays_skipped() {
    let (bucket, busy) = (bucket(), datasync("RUNNING", None));
    assert!(matches!(invoke(&busy.app(&bucket), "first").await.unwrap(), Outcome::Skipped { running: Some(_), .. }));
    let free = datasync("AVAILABLE", None);
    assert!(matches!(invoke(&free.app(&bucket), "first").await.unwrap(), Outcome::Skipped { .. }));
    assert_eq!((busy.start.num_calls(), free.start.num_calls()), (0, 0));
}

#[tokio::test]
async fn a_failed_start_leaves_the_slot_to_the_retry() {
    let (bucket, mut datasync) = (bucket(), datasync("AVAILABLE", None));
    datasync.start = mock!(aws_sdk_datasync::Client::start_task_execution)
        .sequence()
        .error(|| StartTaskExecutionError::InternalException(InternalException::builder().build()))
        .output(|| StartTaskExecutionOutput::builder().task_execution_arn(EXECUTION).build())
        .build();
    let app = datasync.app(&bucket);
    invoke(&app, "first").await.unwrap_err();
    assert!(matches!(invoke(&app, "first").await.unwrap(), Outcome::Started { .. }));
}

#[tokio::test]
async fn a_lost_reply_is_not_followed_by_a_second_start() {
    let (bucket, mut datasync) = (bucket(), datasync("AVAILABLE", Some("manual-1")));
    datasync.start = mock!(aws_sdk_datasync::Client::start_task_execution)
        .sequence()
        .http_status(503, None)
        .output(|| StartTaskExecutionOutput::builder().task_execution_arn(EXECUTION).build())
        .build();
    let outcome = invoke(&datasync.app(&bucket), "first").await.unwrap();
    assert!(matches!(outcome, Outcome::AlreadyStarted { .. }), "{outcome:?}");
    assert_eq!(datasync.start.num_calls(), 1);
    assert_eq!(record(&bucket).execution.unwrap().as_str(), EXECUTION);
}

#[tokio::test]
async fn a_start_that_comes_second_is_a_skip() {
    let (bucket, mut datasync) = (bucket(), datasync("AVAILABLE", None));
    let task = |status| DescribeTaskOutput::builder().status(status).current_task_execution_arn(EXECUTION).build();
    datasync.describe = mock!(aws_sdk_datasync::Client::describe_task)
        .sequence()
        .output(move || task(TaskStatus::Available))
        .output(move || task(TaskStatus::Running))
        .build();
    datasync.start = mock!(aws_sdk_datasync::Client::start_task_execution).then_error(|| {
        let code = ErrorMetadata::builder().code("InvalidRequestException").build();
        StartTaskExecutionError::InvalidRequestException(InvalidRequestException::builder().meta(code).build())
    });
    let outcome = invoke(&datasync.app(&bucket), "first").await.unwrap();
    assert!(matches!(outcome, Outcome::Skipped { running: Some(_), .. }), "{outcome:?}");
    assert!(record(&bucket).skipped);
}

#[tokio::test]
async fn who_takes_an_abandoned_claim_up_holds_it() {
    let (bucket, mut datasync) = (bucket(), datasync("AVAILABLE", None));
    datasync.start = mock!(aws_sdk_datasync::Client::start_task_execution)
        .then_error(|| StartTaskExecutionError::InternalException(InternalException::builder().build()));
    let app = datasync.app(&bucket);
    slot_record::claim(&app.records, "manual-1", "first", now() - TimeDelta::hours(1)).await.unwrap();
    invoke(&app, "second").await.unwrap_err();
    assert_eq!(invoke(&app, "third").await.unwrap(), Outcome::InProgress { slot: "manual-1".into() });
    assert_eq!(datasync.start.num_calls(), 1);
}

#[tokio::test]
async fn an_execution_is_found_at_either_end_of_the_list() {
    let arn = |n: usize| format!("{TASK}/execution/exec-{n:017x}");
    for ours in [0, 19, 480, 499] {
        let (bucket, mut datasync) = (bucket(), datasync("AVAILABLE", None));
        datasync.list = mock!(aws_sdk_datasync::Client::list_task_executions).then_output(move || {
            let entries = (0..500).map(|n| TaskExecutionListEntry::builder().task_execution_arn(arn(n)).build());
            ListTaskExecutionsOutput::builder().set_task_executions(Some(entries.collect())).build()
        });
        datasync.tags = mock!(aws_sdk_datasync::Client::list_tags_for_resource).then_compute_output(move |asked| {
            let slot = if asked.resource_arn() == Some(&arn(ours)) { "manual-1" } else { "another" };
            ListTagsForResourceOutput::builder()
                .tags(TagListEntry::builder().key(SLOT_TAG).value(slot).build().unwrap())
                .build()
        });
        let app = datasync.app(&bucket);
        slot_record::claim(&app.records, "manual-1", "first", now()).await.unwrap();
        invoke(&app, "first").await.unwrap();
        assert_eq!(datasync.start.num_calls(), 0);
        assert_eq!(record(&bucket).execution.unwrap().as_str(), arn(ours));
    }
}

#[tokio::test]
async fn each_failure_has_its_own_type() {
    let unavailable = datasync("UNAVAILABLE", None);
    let types = [
        invoke(&unavailable.app(&bucket()), "first").await,
        invoke(&unavailable.app(&FakeBucket::default()), "first").await,
    ]
    .map(|result| Diagnostic::from(result.unwrap_err()).error_type);
    assert_eq!(types, ["TaskUnavailable", "NotDeployed"]);
}

#[tokio::test]
async fn an_unavailable_task_and_a_missing_deploy_say_so() {
    let unavailable = datasync("UNAVAILABLE", None);
    let error = invoke(&unavailable.app(&bucket()), "first").await.unwrap_err();
    assert!(error.to_string().contains("UNAVAILABLE"), "{error}");
    let error = invoke(&unavailable.app(&FakeBucket::default()), "first").await.unwrap_err();
    assert!(error.to_string().contains("efs-s3 deploy"), "{error}");
}
