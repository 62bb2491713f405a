//! Reports, requests and audits of several syncs, with buckets of other regions and accounts.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_mocks::{MockResponse, Rule, mock};
use domain::arn::TaskArn;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::proof::Verdict;
use domain::sync_name::SyncName;
use serde_json::json;

use super::{TestStack, report_created, stack_with_report};
use crate::outcome::VerifyOutcome;
use crate::testing::fixtures::found_version;
use crate::testing::verification::stack_outputs;

const OWNER: &str = "222233334444";

/// The bucket and the expected owner of each request.
type Asked = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// All versions are there, in a bucket of the other account alone; `refused` is a bucket that
/// nobody may read any more.
fn recording_head_rule(asked: &Asked, refused: Option<&'static str>) -> Rule {
    let asked = Arc::clone(asked);
    mock!(aws_sdk_s3::Client::head_object).then_compute_response(move |request| {
        let bucket = request.bucket().unwrap_or_default().to_owned();
        let owner = request.expected_bucket_owner().map(str::to_owned);
        asked.lock().unwrap().push((bucket.clone(), owner));
        if refused == Some(bucket.as_str()) {
            let forbidden = 403.try_into().unwrap();
            return MockResponse::Http(HttpResponse::new(forbidden, SdkBody::empty()));
        }
        let metadata = found_version().posix.unwrap().to_metadata().into_iter().collect();
        let output = HeadObjectOutput::builder().content_length(6).version_id("v1");
        MockResponse::Output(output.set_metadata(Some(metadata)).build())
    })
}

/// The outputs of the sync `home`, whose task the report is of.
fn outputs_of_home() -> Outputs {
    Outputs {
        sync: SyncName::parse("home").unwrap(),
        destination_bucket: "vault".into(),
        destination_region: Some("eu-west-1".into()),
        destination_account: Some(OWNER.into()),
        ..stack_outputs()
    }
}

/// Three syncs; the task of the report is that of the last one.
fn stack_of_three() -> (TestStack, Asked) {
    let asked = Asked::default();
    let stack = TestStack { head: recording_head_rule(&asked, None), ..stack_with_report() };
    let of = |name: &str, task: &str| {
        let task_arn = format!("arn:aws:datasync:eu-central-1:111122223333:task/task-{task}");
        let (sync, task_arn) = (SyncName::parse(name).unwrap(), TaskArn::parse(&task_arn).unwrap());
        Outputs { sync, task_arn, ..stack_outputs() }
    };
    let photos = of("photos", "00000000000000001");
    let others = vec![of("default", "00000000000000002"), outputs_of_home()];
    put_outputs(&stack, &Outputs { other_syncs: others, ..photos });
    (stack, asked)
}

fn put_outputs(stack: &TestStack, outputs: &Outputs) {
    stack.bucket.put(keys::OUTPUTS, serde_json::to_vec(outputs).unwrap());
}

#[tokio::test]
async fn a_report_is_verified_in_the_bucket_of_its_sync() {
    let (stack, asked) = stack_of_three();
    let outcome = stack.invoke(report_created(), "r1").await.unwrap();
    let VerifyOutcome::Proven { proof, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((proof.verdict, proof.sync.as_str()), (Verdict::Verified, "home"));
    let place = (proof.bucket_region.as_deref(), proof.bucket_account.as_deref());
    assert_eq!((proof.bucket.as_str(), place), ("vault", (Some("eu-west-1"), Some(OWNER))));
    let asked = asked.lock().unwrap().clone();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|found| *found == ("vault".into(), Some(OWNER.into()))), "{asked:?}");
    let line = stack.metrics.lines().concat();
    assert!(line.contains(r#""Sync":"home""#), "{line}");
}

#[tokio::test]
async fn a_person_may_name_an_execution_of_any_sync_by_its_id() {
    let (stack, _) = stack_of_three();
    let manual = json!({"execution": "exec-0fcddf3728817690d"});
    let counters = json!({"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0,
        "bytes_transferred": 0, "bytes_written": 0, "files_verified": 0, "files_deleted": 0,
        "files_skipped": 0});
    let run = json!({"execution": crate::testing::fixtures::EXECUTION, "outcome": "succeeded",
        "recorded_at": "2023-11-14T22:00:00Z", "counters": counters,
        "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0}});
    stack.bucket.put(&keys::run_record("exec-0fcddf3728817690d"), run.to_string());
    let outcome = stack.invoke(manual, "r1").await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Proven { .. }), "{outcome:?}");
}

async fn audit_of(stack: &TestStack, sync: Option<&str>) -> domain::records::audit::AuditCounts {
    let request = match sync {
        Some(sync) => json!({"audit": {"sync": sync}}),
        None => json!({"audit": {}}),
    };
    let outcome = stack.invoke(request, "r2").await.unwrap();
    let VerifyOutcome::Audited { audit } = outcome else { panic!("{outcome:?}") };
    audit.counts
}

#[tokio::test]
async fn an_audit_is_of_one_sync_or_of_all_and_knows_the_bucket_of_each_proof() {
    let (stack, asked) = stack_of_three();
    stack.invoke(report_created(), "r1").await.unwrap();
    asked.lock().unwrap().clear();
    assert_eq!(audit_of(&stack, Some("photos")).await.proofs, 0);
    assert!(asked.lock().unwrap().is_empty(), "of another sync");
    for sync in [Some("home"), None] {
        let counts = audit_of(&stack, sync).await;
        assert_eq!((counts.proofs, counts.current), (1, 3), "{sync:?}");
    }
    let asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|found| *found == ("vault".into(), Some(OWNER.into()))), "{asked:?}");
}

#[tokio::test]
async fn a_proof_of_a_removed_sync_is_audited_as_long_as_its_bucket_can_be_read() {
    for (refused, expected) in [(None, (3, 0)), (Some("vault"), (0, 1))] {
        let (mut stack, asked) = stack_of_three();
        stack.invoke(report_created(), "r1").await.unwrap();
        stack.head = recording_head_rule(&asked, refused);
        put_outputs(&stack, &stack_outputs());
        let counts = audit_of(&stack, None).await;
        assert_eq!((counts.current, counts.unreachable), expected, "{refused:?}");
        assert!(!counts.has_losses());
    }
}

#[tokio::test]
async fn a_bucket_of_a_sync_that_cannot_be_read_fails_the_audit() {
    let (mut stack, asked) = stack_of_three();
    stack.invoke(report_created(), "r1").await.unwrap();
    stack.head = recording_head_rule(&asked, Some("vault"));
    let failed = stack.invoke(json!({"audit": {}}), "r2").await.unwrap_err();
    assert!(failed.to_string().contains("finding proven versions"), "{failed}");
}
