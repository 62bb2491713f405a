//! The handler against a bucket in memory and scripted answers of DataSync, S3 and SNS.

use aws::fakes::FakeBucket;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{
    Options, PhaseStatus, ReportResult, TaskExecutionStatus, VerifyMode,
};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::records::hash_chain::sha256_hex;
use domain::records::outputs::VERSIONING_SETTLES;
use domain::records::proof::{Defect, ProvenObject, Verdict};
use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::fixtures::{EXECUTION, found, transferred, verified};

const RECORDS: &str = "backup-records-111122223333-eu-central-1";
const PROOF: &str = "proofs/exec-0fcddf3728817690d/proof.json";
const PART: &str = "reports/Detailed-Reports/task-0806c70094b09457b/exec-0fcddf3728817690d/exec-0fcddf3728817690d.files-";

/// A stack whose execution transferred `/a`, `/b` and `/c`, in two parts, below `backup/`.
struct World {
    bucket: FakeBucket,
    describe: Rule,
    publish: Rule,
    head: Rule,
    metrics: MetricsSink,
}

fn world() -> World {
    let bucket = FakeBucket::default();
    bucket.put(keys::OUTPUTS, outputs());
    put_part(
        &bucket,
        "transferred-v1-00001",
        json!({"Transferred": [transferred("/a"), transferred("/b")]}),
    );
    put_part(&bucket, "transferred-v1-00002", json!({"Transferred": [transferred("/c")]}));
    put_part(
        &bucket,
        "verified-v1-00001",
        json!({"Verified": [verified("/a"), verified("/b"), verified("/c")]}),
    );
    let (describe, metrics) = (describes("SUCCESS", "SUCCESS"), MetricsSink::keeping());
    World { bucket, describe, publish: publishes(), head: heads(&[]), metrics }
}

fn outputs() -> Vec<u8> {
    let outputs = json!({
        "task_arn": ExecutionArn::parse(EXECUTION).unwrap().task(), "source_location_arn": "",
        "destination_location_arn": "", "file_system_id": "", "file_system_arn": "", "destination_bucket": "data",
        "destination_prefix": "backup/", "log_group": "",
    });
    serde_json::to_vec(&outputs).unwrap()
}

fn put_part(bucket: &FakeBucket, name: &str, mut part: Value) {
    part["TaskExecutionId"] = json!("exec-0fcddf3728817690d");
    bucket.put(&format!("{PART}{name}-0a123abc12d3b0e4f.json"), part.to_string());
}

/// Each version is as reported, but for the keys that are `gone`.
fn heads(gone: &'static [&'static str]) -> Rule {
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
            let metadata = found().posix.unwrap().to_metadata().into_iter().collect();
            let output = HeadObjectOutput::builder().content_length(6).version_id("v1");
            MockResponse::Output(output.set_metadata(Some(metadata)).build())
        })
}

fn described(status: &str, report: &str) -> DescribeTaskExecutionOutput {
    DescribeTaskExecutionOutput::builder()
        .status(TaskExecutionStatus::from(status))
        .options(Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).build())
        .report_result(ReportResult::builder().status(PhaseStatus::from(report)).build())
        .files_transferred(3)
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

impl World {
    fn app(&self) -> App {
        App {
            environment: Environment {
                stack_name: "backup".into(),
                account: "111122223333".into(),
                records_bucket: RECORDS.into(),
                alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
            },
            records: RecordsBucket::new(
                self.bucket.client(std::slice::from_ref(&self.head)),
                RECORDS,
            ),
            heads: None,
            datasync: mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &[&self.describe]),
            lambda: mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &[]),
            sns: mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[&self.publish]),
            metrics: self.metrics.clone(),
            report_patience: Patience { attempts: 3, pause: Duration::ZERO },
            parts_a_slice: PARTS_A_SLICE,
            versioning_settles: VERSIONING_SETTLES,
        }
    }

    async fn invoke(&self, payload: Value, request_id: &str) -> Result<Outcome, HandlerError> {
        let mut context = Context::default();
        context.request_id = request_id.into();
        handle(&self.app(), LambdaEvent::new(payload, context)).await
    }

    /// The key of the list of proven objects, which fits one part.
    fn objects(&self) -> String {
        let keys = self.bucket.keys();
        let mut found = keys
            .into_iter()
            .filter(|key| key.starts_with("proofs/exec-0fcddf3728817690d/objects/"));
        let key = found.next().unwrap();
        assert_eq!(found.next(), None);
        key
    }

    fn proof(&self) -> Proof {
        serde_json::from_slice(&self.bucket.get(PROOF).unwrap()).unwrap()
    }
}

fn report_created() -> Value {
    serde_json::from_str(include_str!("../../../events/verify-versions/report-created.json"))
        .unwrap()
}

fn manual() -> Value {
    serde_json::from_str(include_str!("../../../events/verify-versions/manual.json")).unwrap()
}

fn defects(proof: &Proof) -> Vec<(&str, Defect)> {
    proof.findings.iter().map(|finding| (finding.path.as_str(), finding.defect)).collect()
}

#[tokio::test]
async fn a_report_becomes_a_proof_once_and_alerts_nobody() {
    let world = world();
    let first = world.invoke(report_created(), "r1").await.unwrap();
    let Outcome::Proven { proof, alerted: false } = first else { panic!("{first:?}") };
    assert_eq!(
        (proof.verdict, proof.counts.transferred, proof.counts.proven, proof.counts.proven_bytes),
        (Verdict::Verified, 3, 3, 18)
    );
    assert_eq!(world.proof(), proof);
    let lines = String::from_utf8(world.bucket.get(&world.objects()).unwrap()).unwrap();
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
            && link.key == world.objects(),
        "{link:?}"
    );
    for part in &proof.report_parts {
        assert_eq!(part.sha256, sha256_hex(&world.bucket.get(&part.key).unwrap()));
    }
    assert_eq!((proof.report_parts.len(), proof.code_version.len()), (3, 64));

    let again = world.invoke(report_created(), "r2").await.unwrap();
    assert!(
        matches!(again, Outcome::AlreadyProven { verdict: Verdict::Verified, alerted: false, .. }),
        "{again:?}"
    );
    assert_eq!((world.head.num_calls(), world.publish.num_calls()), (3, 0));
    assert_eq!(world.metrics.lines().len(), 1, "a verified run is counted once");
}

#[tokio::test]
async fn a_missing_version_is_found_and_alerted_once_however_often_the_event_comes() {
    let world = World { head: heads(&["backup/b"]), ..world() };
    let first = world.invoke(report_created(), "r1").await.unwrap();
    assert!(matches!(first, Outcome::Proven { alerted: true, .. }), "{first:?}");
    assert_eq!(defects(&world.proof()), [("/b", Defect::VersionMissing)]);
    for request in ["r1", "r2"] {
        let again = world.invoke(report_created(), request).await.unwrap();
        assert!(matches!(again, Outcome::AlreadyProven { alerted: false, .. }), "{again:?}");
    }
    assert_eq!(world.publish.num_calls(), 1);
}

#[tokio::test]
async fn a_crash_between_proof_and_alert_is_completed_by_the_retry() {
    let denied = || {
        PublishError::generic(
            aws_sdk_sns::error::ErrorMetadata::builder().code("AuthorizationError").build(),
        )
    };
    let publish = mock!(aws_sdk_sns::Client::publish)
        .sequence()
        .error(denied)
        .output(|| PublishOutput::builder().build())
        .build();
    let world = World { head: heads(&["backup/b"]), publish, ..world() };
    let crash = world.invoke(report_created(), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(crash).error_type, "AlertFailed");
    assert_eq!(world.proof().verdict, Verdict::Mismatch);
    let retry = world.invoke(report_created(), "r1").await.unwrap();
    assert!(matches!(retry, Outcome::AlreadyProven { alerted: true, .. }), "{retry:?}");
    let duplicate = world.invoke(report_created(), "r2").await.unwrap();
    assert!(matches!(duplicate, Outcome::AlreadyProven { alerted: false, .. }), "{duplicate:?}");
    assert_eq!((world.publish.num_calls(), world.head.num_calls()), (2, 4));
}

#[tokio::test]
async fn a_person_makes_it_look_again_and_is_told_each_time() {
    let mut world = world();
    world.invoke(report_created(), "r1").await.unwrap();
    let first = world.proof();
    world.head = heads(&["backup/c"]);
    for request in ["r2", "r3"] {
        let audit = world.invoke(manual(), request).await.unwrap();
        let Outcome::Proven { proof, alerted: true } = audit else { panic!("{audit:?}") };
        assert_eq!(
            (proof.verdict, defects(&proof)),
            (Verdict::Mismatch, vec![("/c", Defect::VersionMissing)])
        );
    }
    assert_eq!((world.proof(), world.publish.num_calls()), (first, 2), "the first proof stands");
    assert!(
        world
            .bucket
            .keys()
            .iter()
            .any(|key| key.starts_with("proofs/exec-0fcddf3728817690d/audits/"))
    );
}

#[tokio::test]
async fn an_audit_finds_what_was_proven_and_is_gone_and_broken_parts_of_proofs() {
    let mut world = world();
    world.invoke(report_created(), "r1").await.unwrap();
    let audited = async |world: &World, prefix: &str| {
        let outcome = world.invoke(json!({"audit": {"prefix": prefix}}), "r2").await.unwrap();
        let Outcome::Audited { audit } = outcome else { panic!("{outcome:?}") };
        assert_eq!(audit.next, None);
        audit
    };
    let clean = audited(&world, "").await;
    assert_eq!(
        (clean.counts.proofs, clean.counts.current, clean.counts.has_losses()),
        (1, 3, false)
    );
    world.head = heads(&["backup/c"]);
    let lost = audited(&world, "").await;
    assert_eq!((lost.counts.current, lost.counts.gone, lost.losses[0].path.as_str()), (2, 1, "/c"));
    assert_eq!(audited(&world, "/a").await.counts.versions, 1);
    world.bucket.put(&world.objects(), "");
    assert_eq!(audited(&world, "").await.counts.broken_parts, 1);
}

#[tokio::test]
async fn a_person_may_be_the_first_to_ask() {
    let world = world();
    let outcome = world.invoke(json!({"execution": EXECUTION}), "r1").await.unwrap();
    assert!(matches!(outcome, Outcome::Proven { alerted: false, .. }), "{outcome:?}");
    assert_eq!(world.proof().verdict, Verdict::Verified);
    let event = world.invoke(report_created(), "r2").await.unwrap();
    assert!(matches!(event, Outcome::AlreadyProven { .. }), "{event:?}");
}

#[tokio::test]
async fn an_unfinished_report_is_waited_for_but_not_for_ever() {
    for (status, report) in [("SUCCESS", "PENDING"), ("VERIFYING", "SUCCESS")] {
        for (unfinished, proven) in [(2, true), (3, false)] {
            let describe = mock!(aws_sdk_datasync::Client::describe_task_execution)
                .sequence()
                .output(move || described(status, report))
                .times(unfinished)
                .output(|| described("SUCCESS", "SUCCESS"))
                .build();
            let world = World { describe, ..world() };
            let outcome = world.invoke(report_created(), "r1").await;
            assert_eq!(world.bucket.get(PROOF).is_some(), proven);
            // No function error, so no dead letter and no alarm: the sweep asks again.
            let outcome = outcome.unwrap();
            assert_eq!(matches!(outcome, Outcome::ReportPending { .. }), !proven, "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_or_broken_report_is_incomplete_and_alerted() {
    let failed = World { describe: describes("ERROR", "ERROR"), ..world() };
    let broken = world();
    broken
        .bucket
        .put(&format!("{PART}transferred-v1-00003-0a123abc12d3b0e4f.json"), "{\"TaskExecu");
    let absent = world();
    absent
        .bucket
        .keys()
        .iter()
        .filter(|key| key.starts_with(PART))
        .for_each(|key| absent.bucket.put(key, "{\"TaskExecutionId\":\"\"}"));
    // Of a failed run its own alert speaks.
    for (world, told) in [(failed, false), (broken, true), (absent, true)] {
        let outcome = world.invoke(report_created(), "r1").await.unwrap();
        let Outcome::Proven { proof, alerted } = outcome else { panic!("{outcome:?}") };
        assert_eq!((alerted, proof.execution_failed), (told, !told));
        assert_eq!(proof.verdict, Verdict::Incomplete);
        assert!(defects(&proof).contains(&("/", Defect::ReportMissing)), "{:?}", proof.findings);
    }
}

#[tokio::test]
async fn objects_that_are_no_summary_of_ours_are_ignored() {
    let world = world();
    for (bucket, key) in [
        ("another", "reports/Summary-Reports/task-0806c70094b09457b/exec-0fcddf3728817690d/x.json"),
        (RECORDS, "runs/exec-0fcddf3728817690d.json"),
        (RECORDS, "reports/Summary-Reports/task-00000000000000000/exec-0fcddf3728817690d/x.json"),
        (RECORDS, &format!("{PART}verified-v1-00001-0a123abc12d3b0e4f.json")),
    ] {
        let mut event = report_created();
        event["detail"]["bucket"]["name"] = json!(bucket);
        event["detail"]["object"]["key"] = json!(key);
        let outcome = world.invoke(event, "r1").await.unwrap();
        assert_eq!(
            serde_json::to_value(&outcome).unwrap(),
            json!({"outcome": "ignored", "key": key})
        );
    }
    assert_eq!(world.describe.num_calls(), 0);
}

#[tokio::test]
async fn a_request_that_cannot_be_met_says_why() {
    let other_task = EXECUTION.replace("task-0806c70094b09457b", "task-00000000000000000");
    for (execution, error_type) in [("exec-1", "BadPayload"), (other_task.as_str(), "BadPayload")] {
        let refusal = world().invoke(json!({"execution": execution}), "r1").await.unwrap_err();
        assert_eq!(Diagnostic::from(refusal).error_type, error_type);
    }
    let not_deployed = World { bucket: FakeBucket::default(), ..world() };
    let refusal = Diagnostic::from(not_deployed.invoke(manual(), "r1").await.unwrap_err());
    assert!(
        refusal.error_type == "NotDeployed" && refusal.error_message.contains("efs-s3 deploy"),
        "{refusal:?}"
    );
}

/// The first execution of a stack, which began a minute after the bucket's versioning was enabled.
#[tokio::test]
async fn before_versioning_holds_everywhere_nothing_is_a_mismatch() {
    let enabled = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let bucket = FakeBucket::default();
    let mut outputs: Value = serde_json::from_slice(&outputs()).unwrap();
    outputs["versioning_enabled_at"] = json!(enabled);
    bucket.put(keys::OUTPUTS, outputs.to_string());
    let mut row = transferred("/a");
    row.dst_s3_version_id = Some(String::new());
    put_part(&bucket, "transferred-v1-00001", json!({"Transferred": [row]}));
    put_part(&bucket, "verified-v1-00001", json!({"Verified": [verified("/a")]}));
    let describe =
        mock!(aws_sdk_datasync::Client::describe_task_execution).then_output(move || {
            let started = aws_sdk_s3::primitives::DateTime::from_secs(enabled.timestamp() + 60);
            let mut output = described("SUCCESS", "SUCCESS");
            (output.start_time, output.files_transferred) = (Some(started), 1);
            output
        });
    let head = mock!(aws_sdk_s3::Client::head_object).then_output(|| {
        let metadata = found().posix.unwrap().to_metadata().into_iter().collect();
        HeadObjectOutput::builder()
            .content_length(6)
            .version_id("null")
            .set_metadata(Some(metadata))
            .build()
    });
    let world = World { bucket, describe, head, ..world() };
    let app = world.app();
    let at = async |minutes: i64| {
        let event = LambdaEvent::new(report_created(), Context::default());
        handle_at(&app, event, enabled + TimeDelta::minutes(minutes)).await.unwrap()
    };
    for minutes in [1, 5, 14] {
        let outcome = at(minutes).await;
        assert!(matches!(outcome, Outcome::Held { .. }), "{minutes}: {outcome:?}");
        assert!(world.bucket.get(PROOF).is_none());
    }
    let Outcome::Proven { proof, .. } = at(15).await else { panic!("not proven") };
    assert_eq!(
        (proof.verdict, proof.counts.findings, proof.counts.warnings),
        (Verdict::VerifiedWithWarnings, 0, 1),
        "{:?}",
        proof.findings
    );
}
