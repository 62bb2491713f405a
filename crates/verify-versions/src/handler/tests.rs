//! The handler against a bucket in memory and scripted answers of DataSync, S3 and SNS.

mod requests;
mod syncs;
mod unsettled_versioning;

use aws::metrics::MetricsSink;
use aws_fakes::FakeBucket;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{
    Options, PhaseStatus, ReportResult, TaskExecutionStatus, VerifyMode,
};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::metrics;
use domain::names::PART_TAG;
use domain::records::hash_chain::sha256_hex;
use domain::records::keys;
use domain::records::proof::{Defect, Proof, ProvenObject, Verdict};
use lambda_runtime::{Context, Diagnostic};
use serde_json::json;

use super::*;
use crate::testing::fake_app::{PROOF, RECORDS, fake_app, publish_rule, tags_rule};
use crate::testing::fixtures::{EXECUTION, found_version, transferred_row, verified_row};
use crate::testing::verification::stack_outputs;

const PART: &str = concat!(
    "reports/Detailed-Reports/task-0806c70094b09457b/exec-0fcddf3728817690d/",
    "exec-0fcddf3728817690d.files-"
);

/// A stack whose execution transferred `/a`, `/b` and `/c`, in two parts, below `backup/`.
struct TestStack {
    bucket: FakeBucket,
    describe: Rule,
    publish: Rule,
    head: Rule,
    metrics: MetricsSink,
}

fn stack_with_report() -> TestStack {
    let bucket = FakeBucket::default();
    bucket.put(keys::OUTPUTS, serde_json::to_vec(&stack_outputs()).unwrap());
    put_part(
        &bucket,
        "transferred-v1-00001",
        json!({"Transferred": [transferred_row("/a"), transferred_row("/b")]}),
    );
    put_part(&bucket, "transferred-v1-00002", json!({"Transferred": [transferred_row("/c")]}));
    put_part(
        &bucket,
        "verified-v1-00001",
        json!({"Verified": [verified_row("/a"), verified_row("/b"), verified_row("/c")]}),
    );
    let (describe, metrics) = (describe_rule("SUCCESS", "SUCCESS"), MetricsSink::keeping());
    TestStack { bucket, describe, publish: publish_rule(), head: head_object_rule(&[]), metrics }
}

fn put_part(bucket: &FakeBucket, name: &str, mut part: Value) {
    part["TaskExecutionId"] = json!("exec-0fcddf3728817690d");
    bucket.put(&format!("{PART}{name}-0a123abc12d3b0e4f.json"), part.to_string());
}

/// Each version is as reported, but for the keys that are `gone`.
fn head_object_rule(gone: &'static [&'static str]) -> Rule {
    mock!(aws_sdk_s3::Client::head_object)
        .match_requests(|asked| {
            asked.bucket() == Some("data") && matches!(asked.version_id(), None | Some("v1"))
        })
        .then_compute_response(move |asked| {
            if gone.contains(&asked.key().unwrap()) {
                return MockResponse::Http(HttpResponse::new(
                    404.try_into().unwrap(),
                    SdkBody::empty(),
                ));
            }
            let metadata = found_version().posix.unwrap().to_metadata().into_iter().collect();
            let output = HeadObjectOutput::builder().content_length(6).version_id("v1");
            MockResponse::Output(output.set_metadata(Some(metadata)).build())
        })
}

fn execution_output(status: &str, report: &str) -> DescribeTaskExecutionOutput {
    DescribeTaskExecutionOutput::builder()
        .status(TaskExecutionStatus::from(status))
        .options(Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).build())
        .report_result(ReportResult::builder().status(PhaseStatus::from(report)).build())
        .files_transferred(3)
        .build()
}

fn describe_rule(status: &'static str, report: &'static str) -> Rule {
    mock!(aws_sdk_datasync::Client::describe_task_execution)
        .match_requests(|asked| asked.task_execution_arn() == Some(EXECUTION))
        .then_output(move || execution_output(status, report))
}

impl TestStack {
    fn build_app(&self) -> VerifyApp {
        let s3 = self.bucket.client(std::slice::from_ref(&self.head));
        let app = fake_app(s3, &self.describe, &[], &self.publish);
        VerifyApp { metrics: self.metrics.clone(), ..app }
    }

    async fn invoke(&self, payload: Value, request_id: &str) -> Result<VerifyOutcome, VerifyError> {
        let mut context = Context::default();
        context.request_id = request_id.into();
        handle(&self.build_app(), LambdaEvent::new(payload, context)).await
    }

    /// The key of the list of proven objects, which fits one part.
    fn objects_key(&self) -> String {
        let keys = self.bucket.keys();
        let mut found = keys
            .into_iter()
            .filter(|key| key.starts_with("proofs/exec-0fcddf3728817690d/objects/"));
        let key = found.next().unwrap();
        assert_eq!(found.next(), None);
        key
    }

    fn read_proof(&self) -> Proof {
        serde_json::from_slice(&self.bucket.get(PROOF).unwrap()).unwrap()
    }
}

fn report_created() -> Value {
    serde_json::from_str(include_str!("../../../../events/verify-versions/report-created.json"))
        .unwrap()
}

fn defects_of(proof: &Proof) -> Vec<(&str, Defect)> {
    proof.findings.iter().map(|finding| (finding.path.as_str(), finding.defect)).collect()
}

/// The list of proven objects has all three, and the proof its link.
fn require_objects(stack: &TestStack, proof: &Proof) {
    let lines = String::from_utf8(stack.bucket.get(&stack.objects_key()).unwrap()).unwrap();
    let objects: Vec<ProvenObject> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(),
        ["backup/a", "backup/b", "backup/c"]
    );
    let [link] = proof.object_parts.as_slice() else { panic!("{:?}", proof.object_parts) };
    assert!(
        link.is_valid_for(None, lines.as_bytes())
            && link.objects == 3
            && link.key == stack.objects_key(),
        "{link:?}"
    );
}

#[tokio::test]
async fn a_report_becomes_one_proof_without_an_alert() {
    let stack = stack_with_report();
    let first = stack.invoke(report_created(), "r1").await.unwrap();
    let VerifyOutcome::Proven { proof, alerted: false } = first else { panic!("{first:?}") };
    assert_eq!(
        (proof.verdict, proof.counts.transferred, proof.counts.proven, proof.counts.proven_bytes),
        (Verdict::Verified, 3, 3, 18)
    );
    assert_eq!(stack.read_proof(), proof);
    require_objects(&stack, &proof);
    for part in &proof.report_parts {
        assert_eq!(part.sha256, sha256_hex(&stack.bucket.get(&part.key).unwrap()));
    }
    assert_eq!((proof.report_parts.len(), proof.code_version.len()), (3, 64));

    let again = stack.invoke(report_created(), "r2").await.unwrap();
    let VerifyOutcome::AlreadyProven { verdict: Verdict::Verified, alerted: false, .. } = again
    else {
        panic!("{again:?}")
    };
    assert_eq!((stack.head.num_calls(), stack.publish.num_calls()), (3, 0));
    assert_eq!(stack.metrics.lines().len(), 1, "a verified run is counted once");
}

#[tokio::test]
async fn a_part_of_the_source_renews_no_freshness() {
    for (tags, fresh) in [(&[][..], true), (&[PART_TAG], false)] {
        let stack = stack_with_report();
        let rules = [&stack.describe, &tags_rule(tags)];
        let datasync = mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &rules);
        let app = VerifyApp { datasync, ..stack.build_app() };
        let mut context = Context::default();
        context.request_id = "r1".into();
        let proven = handle(&app, LambdaEvent::new(report_created(), context)).await.unwrap();
        assert!(matches!(proven, VerifyOutcome::Proven { .. }), "{proven:?}");
        let lines = stack.metrics.lines().concat();
        assert!(lines.contains(metrics::VERIFIED_RUNS), "{lines}");
        assert_eq!(lines.contains(&format!("\"{}\":1", metrics::FRESH)), fresh, "{lines}");
    }
}

#[tokio::test]
async fn a_missing_version_alerts_once_for_all_deliveries() {
    let stack = TestStack { head: head_object_rule(&["backup/b"]), ..stack_with_report() };
    let first = stack.invoke(report_created(), "r1").await.unwrap();
    assert!(matches!(first, VerifyOutcome::Proven { alerted: true, .. }), "{first:?}");
    assert_eq!(defects_of(&stack.read_proof()), [("/b", Defect::VersionMissing)]);
    for request in ["r1", "r2"] {
        let again = stack.invoke(report_created(), request).await.unwrap();
        assert!(matches!(again, VerifyOutcome::AlreadyProven { alerted: false, .. }), "{again:?}");
    }
    assert_eq!(stack.publish.num_calls(), 1);
}

fn publish_rule_denied_once() -> Rule {
    let denied = || {
        PublishError::generic(
            aws_sdk_sns::error::ErrorMetadata::builder().code("AuthorizationError").build(),
        )
    };
    mock!(aws_sdk_sns::Client::publish)
        .sequence()
        .error(denied)
        .output(|| PublishOutput::builder().build())
        .build()
}

#[tokio::test]
async fn a_crash_between_proof_and_alert_is_completed_by_the_retry() {
    let publish = publish_rule_denied_once();
    let stack = TestStack { head: head_object_rule(&["backup/b"]), publish, ..stack_with_report() };
    let crash = stack.invoke(report_created(), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(crash).error_type, "AlertFailed");
    assert_eq!(stack.read_proof().verdict, Verdict::Mismatch);
    let retry = stack.invoke(report_created(), "r1").await.unwrap();
    assert!(matches!(retry, VerifyOutcome::AlreadyProven { alerted: true, .. }), "{retry:?}");
    let duplicate = stack.invoke(report_created(), "r2").await.unwrap();
    assert!(
        matches!(duplicate, VerifyOutcome::AlreadyProven { alerted: false, .. }),
        "{duplicate:?}"
    );
    assert_eq!((stack.publish.num_calls(), stack.head.num_calls()), (2, 4));
}

fn describe_rule_unfinished(status: &'static str, report: &'static str, times: usize) -> Rule {
    mock!(aws_sdk_datasync::Client::describe_task_execution)
        .sequence()
        .output(move || execution_output(status, report))
        .times(times)
        .output(|| execution_output("SUCCESS", "SUCCESS"))
        .build()
}

#[tokio::test]
async fn an_unfinished_report_is_waited_for_within_a_limit() {
    for (status, report) in [("SUCCESS", "PENDING"), ("VERIFYING", "SUCCESS")] {
        for (unfinished, proven) in [(2, true), (3, false)] {
            let describe = describe_rule_unfinished(status, report, unfinished);
            let stack = TestStack { describe, ..stack_with_report() };
            let outcome = stack.invoke(report_created(), "r1").await;
            assert_eq!(stack.bucket.get(PROOF).is_some(), proven);
            // No function error, so no dead letter and no alarm: the sweep asks again.
            let outcome = outcome.unwrap();
            assert_eq!(
                matches!(outcome, VerifyOutcome::ReportPending { .. }),
                !proven,
                "{outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_missing_or_broken_report_is_incomplete_and_alerted() {
    let failed = TestStack { describe: describe_rule("ERROR", "ERROR"), ..stack_with_report() };
    let (broken, absent) = (stack_with_report(), stack_with_report());
    let part = format!("{PART}transferred-v1-00003-0a123abc12d3b0e4f.json");
    broken.bucket.put(&part, "{\"TaskExecu");
    for key in absent.bucket.keys().iter().filter(|key| key.starts_with(PART)) {
        absent.bucket.put(key, "{\"TaskExecutionId\":\"\"}");
    }
    // A failed execution has an alert of its own.
    for (stack, alerts) in [(failed, false), (broken, true), (absent, true)] {
        let outcome = stack.invoke(report_created(), "r1").await.unwrap();
        let VerifyOutcome::Proven { proof, alerted } = outcome else { panic!("{outcome:?}") };
        assert_eq!((alerted, proof.execution_failed), (alerts, !alerts));
        assert_eq!(proof.verdict, Verdict::Incomplete);
        assert!(defects_of(&proof).contains(&("/", Defect::ReportMissing)), "{:?}", proof.findings);
    }
}

#[tokio::test]
async fn objects_that_are_no_summary_of_ours_are_ignored() {
    let stack = stack_with_report();
    for (bucket, key) in [
        ("another", "reports/Summary-Reports/task-0806c70094b09457b/exec-0fcddf3728817690d/x.json"),
        (RECORDS, "runs/exec-0fcddf3728817690d.json"),
        (RECORDS, "reports/Summary-Reports/task-00000000000000000/exec-0fcddf3728817690d/x.json"),
        (RECORDS, &format!("{PART}verified-v1-00001-0a123abc12d3b0e4f.json")),
    ] {
        let mut event = report_created();
        event["detail"]["bucket"]["name"] = json!(bucket);
        event["detail"]["object"]["key"] = json!(key);
        let outcome = stack.invoke(event, "r1").await.unwrap();
        assert_eq!(
            serde_json::to_value(&outcome).unwrap(),
            json!({"outcome": "ignored", "key": key})
        );
    }
    assert_eq!(stack.describe.num_calls(), 0);
}
