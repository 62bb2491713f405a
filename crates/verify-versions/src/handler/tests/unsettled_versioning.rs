//! Executions that began before the versioning of the bucket held everywhere.

use aws_fakes::FakeBucket;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_smithy_mocks::{Rule, mock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::proof::Verdict;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use super::{TestStack, execution_output, put_part, report_created, stack_with_report};
use crate::handler::handle_at;
use crate::outcome::VerifyOutcome;
use crate::testing::fake_app::PROOF;
use crate::testing::fixtures::{found_version, transferred_row, verified_row};
use crate::testing::verification::stack_outputs;

/// A stack whose first execution began a minute after this time, with versions that have no id.
fn stack_enabled_at(enabled: DateTime<Utc>) -> TestStack {
    let bucket = FakeBucket::default();
    let mut outputs: Value = serde_json::to_value(stack_outputs()).unwrap();
    outputs["versioning_enabled_at"] = json!(enabled);
    bucket.put(keys::OUTPUTS, outputs.to_string());
    let mut row = transferred_row("/a");
    row.dst_s3_version_id = Some(String::new());
    put_part(&bucket, "transferred-v1-00001", json!({"Transferred": [row]}));
    put_part(&bucket, "verified-v1-00001", json!({"Verified": [verified_row("/a")]}));
    let describe =
        mock!(aws_sdk_datasync::Client::describe_task_execution).then_output(move || {
            let started = aws_sdk_s3::primitives::DateTime::from_secs(enabled.timestamp() + 60);
            let mut output = execution_output("SUCCESS", "SUCCESS");
            (output.start_time, output.files_transferred) = (Some(started), 1);
            output
        });
    let head = head_rule_of_null_version();
    TestStack { bucket, describe, head, ..stack_with_report() }
}

fn head_rule_of_null_version() -> Rule {
    mock!(aws_sdk_s3::Client::head_object).then_output(|| {
        let metadata = found_version().posix.unwrap().to_metadata().into_iter().collect();
        HeadObjectOutput::builder()
            .content_length(6)
            .version_id("null")
            .set_metadata(Some(metadata))
            .build()
    })
}

/// The first execution of a stack, which began a minute after the bucket's versioning was enabled.
#[tokio::test]
async fn before_versioning_holds_everywhere_nothing_is_a_mismatch() {
    let enabled = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let stack = stack_enabled_at(enabled);
    let app = stack.build_app();
    let at = async |minutes: i64| {
        let event = LambdaEvent::new(report_created(), Context::default());
        handle_at(&app, event, enabled + TimeDelta::minutes(minutes)).await.unwrap()
    };
    for minutes in [1, 5, 14] {
        let outcome = at(minutes).await;
        assert!(matches!(outcome, VerifyOutcome::Held { .. }), "{minutes}: {outcome:?}");
        assert!(stack.bucket.get(PROOF).is_none());
    }
    let VerifyOutcome::Proven { proof, .. } = at(15).await else { panic!("not proven") };
    assert_eq!(
        (proof.verdict, proof.counts.findings, proof.counts.warnings),
        (Verdict::VerifiedWithWarnings, 0, 1),
        "{:?}",
        proof.findings
    );
}
