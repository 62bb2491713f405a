//! The handler against a bucket in memory and scripted answers of DataSync and SNS.

use aws_edge::fakes::FakeBucket;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{PhaseStatus, ReportResult, TaskExecutionResultDetail, TaskExecutionStatus};
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use chrono::TimeDelta;
use lambda_runtime::Context;
use pipeline::records::alert::AlertReceipt;
use pipeline::records::run::RunOutcome;
use serde_json::json;

use super::*;
use crate::fixtures::EXECUTION;

const RUN: &str = "runs/exec-0fcddf3728817690d.json";
const RECEIPT: &str = "alerts/exec-0fcddf3728817690d/run.json";

fn app(bucket: &FakeBucket, describe: &Rule, publish: &Rule) -> App {
    App {
        environment: Environment {
            stack_name: "backup".into(),
            account: "111122223333".into(),
            records_bucket: "records".into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
        },
        records: RecordsBucket::new(bucket.client(&[]), "records"),
        datasync: mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &[describe]),
        sns: mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[publish]),
        report_patience: Patience { attempts: 3, pause: Duration::ZERO },
    }
}

fn described(status: &str, report: &str) -> DescribeTaskExecutionOutput {
    let failed = TaskExecutionResultDetail::builder().error_code("OpNotSupp").error_detail("x40016").build();
    DescribeTaskExecutionOutput::builder()
        .status(TaskExecutionStatus::from(status))
        .set_result((status == "ERROR").then_some(failed))
        .report_result(ReportResult::builder().status(PhaseStatus::from(report)).build())
        .files_transferred(7)
        .build()
}

fn describes(status: &'static str, report: &'static str) -> Rule {
    mock!(aws_sdk_datasync::Client::describe_task_execution)
        .match_requests(|asked| asked.task_execution_arn() == Some(EXECUTION))
        .then_output(move || described(status, report))
}

fn publishes() -> Rule {
    mock!(aws_sdk_sns::Client::publish).then_output(|| PublishOutput::builder().build())
}

fn event(state: &str) -> Value {
    let file = include_str!("../../../events/on-execution-complete/success.json");
    let mut event: Value = serde_json::from_str(file).unwrap();
    event["detail"]["State"] = json!(state);
    event
}

async fn invoke(app: &App, payload: Value, request_id: &str) -> Result<Outcome, HandlerError> {
    let mut context = Context::default();
    context.request_id = request_id.into();
    handle(app, LambdaEvent::new(payload, context)).await
}

fn stored<T: serde::de::DeserializeOwned>(bucket: &FakeBucket, key: &str) -> T {
    serde_json::from_slice(&bucket.get(key).unwrap()).unwrap()
}

fn outputs() -> Vec<u8> {
    let outputs = Outputs {
        task_arn: ExecutionArn::parse(EXECUTION).unwrap().task(),
        source_location_arn: String::new(),
        destination_location_arn: String::new(),
        file_system_id: String::new(),
        file_system_arn: String::new(),
        destination_bucket: "data".into(),
        destination_prefix: "backup/".into(),
        log_group: String::new(),
    };
    serde_json::to_vec(&outputs).unwrap()
}

#[tokio::test]
async fn a_success_is_recorded_once_and_alerts_nobody() {
    let (bucket, describe, publish) = (FakeBucket::default(), describes("SUCCESS", "SUCCESS"), publishes());
    let app = app(&bucket, &describe, &publish);
    let first = invoke(&app, event("SUCCESS"), "r1").await.unwrap();
    assert!(matches!(first, Outcome::Recorded { result: RunOutcome::Succeeded, alerted: false, .. }), "{first:?}");
    let before = bucket.get(RUN);
    let again = invoke(&app, event("SUCCESS"), "r2").await.unwrap();
    assert!(matches!(again, Outcome::AlreadyRecorded { alerted: false, .. }), "{again:?}");
    assert_eq!(bucket.get(RUN), before);
    assert_eq!((bucket.keys(), publish.num_calls()), (vec![RUN.to_owned()], 0));
    assert_eq!(stored::<RunRecord>(&bucket, RUN).counters.files_transferred, 7);
}

#[tokio::test]
async fn a_failure_alerts_once_however_often_its_event_comes() {
    let (bucket, describe, publish) = (FakeBucket::default(), describes("ERROR", "SUCCESS"), publishes());
    let app = app(&bucket, &describe, &publish);
    for request in ["r1", "r2", "r3"] {
        let outcome = invoke(&app, event("ERROR"), request).await.unwrap();
        match outcome {
            Outcome::Recorded { result, alerted, .. } => {
                assert_eq!((request, result, alerted), ("r1", RunOutcome::Failed, true))
            }
            Outcome::AlreadyRecorded { alerted, .. } => assert_eq!((request != "r1", alerted), (true, false)),
            Outcome::NotTerminal { .. } => panic!("{outcome:?}"),
        }
    }
    assert_eq!((publish.num_calls(), describe.num_calls()), (1, 1));
    assert!(stored::<AlertReceipt>(&bucket, RECEIPT).sent_at.is_some());
}

#[tokio::test]
async fn a_crash_between_record_and_alert_is_completed_by_the_retry() {
    let denied =
        || PublishError::generic(aws_sdk_sns::error::ErrorMetadata::builder().code("AuthorizationError").build());
    let publish = mock!(aws_sdk_sns::Client::publish)
        .sequence()
        .error(denied)
        .output(|| PublishOutput::builder().build())
        .build();
    let (bucket, describe) = (FakeBucket::default(), describes("ERROR", "SUCCESS"));
    let app = app(&bucket, &describe, &publish);
    let crash = invoke(&app, event("ERROR"), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(crash).error_type, "AlertFailed");
    assert!(bucket.get(RUN).is_some(), "the record was written before the alert");

    let meanwhile = invoke(&app, event("ERROR"), "r2").await.unwrap_err();
    assert!(matches!(meanwhile, HandlerError::Alert(AlertOnceError::Elsewhere { .. })), "{meanwhile:?}");

    let retry = invoke(&app, event("ERROR"), "r1").await.unwrap();
    assert!(matches!(retry, Outcome::AlreadyRecorded { alerted: true, .. }), "{retry:?}");
    let again = invoke(&app, event("ERROR"), "r2").await.unwrap();
    assert!(matches!(again, Outcome::AlreadyRecorded { alerted: false, .. }), "{again:?}");
    assert_eq!(publish.num_calls(), 2);
}

#[tokio::test]
async fn an_abandoned_claim_is_taken_over() {
    let (bucket, describe, publish) = (FakeBucket::default(), describes("ERROR", "SUCCESS"), publishes());
    let app = app(&bucket, &describe, &publish);
    invoke(&app, event("ERROR"), "r1").await.unwrap();
    let receipt: AlertReceipt = stored(&bucket, RECEIPT);
    let claimed_at = receipt.claimed_at - TimeDelta::minutes(3);
    let abandoned = AlertReceipt { claimed_by: "gone".into(), claimed_at, sent_at: None, ..receipt };
    bucket.put(RECEIPT, serde_json::to_vec(&abandoned).unwrap());
    let outcome = invoke(&app, event("ERROR"), "r2").await.unwrap();
    assert!(matches!(outcome, Outcome::AlreadyRecorded { alerted: true, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_pending_report_is_waited_for_but_not_for_ever() {
    for (pending, expected) in [(2, "SUCCESS"), (3, "PENDING")] {
        let describe = mock!(aws_sdk_datasync::Client::describe_task_execution)
            .sequence()
            .output(|| described("SUCCESS", "PENDING"))
            .times(pending)
            .output(|| described("SUCCESS", "SUCCESS"))
            .build();
        let (bucket, publish) = (FakeBucket::default(), publishes());
        invoke(&app(&bucket, &describe, &publish), event("SUCCESS"), "r1").await.unwrap();
        let run: RunRecord = stored(&bucket, RUN);
        assert_eq!((run.report_status.as_deref(), describe.num_calls()), (Some(expected), 3));
    }
}

#[tokio::test]
async fn datasync_is_believed_before_the_event() {
    let (bucket, describe, publish) = (FakeBucket::default(), describes("VERIFYING", "PENDING"), publishes());
    bucket.put(keys::OUTPUTS, outputs());
    let app = app(&bucket, &describe, &publish);
    let early = invoke(&app, event("SUCCESS"), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(early).error_type, "StillRunning");
    let asked = invoke(&app, json!({"execution": "exec-0fcddf3728817690d"}), "r2").await.unwrap();
    assert!(matches!(&asked, Outcome::NotTerminal { state, .. } if state == "VERIFYING"), "{asked:?}");
    assert_eq!(bucket.keys(), [keys::OUTPUTS]);
}

#[tokio::test]
async fn an_event_of_a_running_execution_makes_no_call() {
    let (bucket, describe, publish) = (FakeBucket::default(), describes("SUCCESS", "SUCCESS"), publishes());
    let app = app(&bucket, &describe, &publish);
    let outcome = invoke(&app, event("TRANSFERRING"), "r1").await.unwrap();
    assert!(matches!(outcome, Outcome::NotTerminal { .. }), "{outcome:?}");
    assert_eq!(describe.num_calls(), 0);
}

#[tokio::test]
async fn a_person_may_name_the_execution() {
    for name in ["exec-0fcddf3728817690d", EXECUTION] {
        let (bucket, describe, publish) = (FakeBucket::default(), describes("SUCCESS", "SUCCESS"), publishes());
        let app = app(&bucket, &describe, &publish);
        let before_deploy = invoke(&app, json!({"execution": name}), "r1").await.unwrap_err();
        assert_eq!(Diagnostic::from(before_deploy).error_type, "NotDeployed");
        bucket.put(keys::OUTPUTS, outputs());
        let outcome = invoke(&app, json!({"execution": name}), "r1").await.unwrap();
        let answer = serde_json::to_string(&outcome).unwrap();
        assert_eq!(
            answer,
            format!(r#"{{"outcome":"recorded","execution":"{EXECUTION}","result":"succeeded","alerted":false}}"#)
        );
    }
}
