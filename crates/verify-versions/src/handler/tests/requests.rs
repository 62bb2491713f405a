//! A person's requests and audits.

use aws_fakes::FakeBucket;
use domain::records::audit::Audit;
use domain::records::proof::{Defect, Verdict};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use super::{TestStack, defects_of, head_object_rule, report_created, stack_with_report};
use crate::outcome::VerifyOutcome;
use crate::testing::fixtures::EXECUTION;

#[tokio::test]
async fn each_request_verifies_again_and_alerts() {
    let mut stack = stack_with_report();
    stack.invoke(report_created(), "r1").await.unwrap();
    let first = stack.read_proof();
    stack.head = head_object_rule(&["backup/c"]);
    for request in ["r2", "r3"] {
        let audit = stack.invoke(manual_request(), request).await.unwrap();
        let VerifyOutcome::Proven { proof, alerted: true } = audit else { panic!("{audit:?}") };
        assert_eq!(
            (proof.verdict, defects_of(&proof)),
            (Verdict::Mismatch, vec![("/c", Defect::VersionMissing)])
        );
    }
    let found = (stack.read_proof(), stack.publish.num_calls());
    assert_eq!(found, (first, 2), "the first proof stands");
    let audits = "proofs/exec-0fcddf3728817690d/audits/";
    assert!(stack.bucket.keys().iter().any(|key| key.starts_with(audits)));
}

#[tokio::test]
async fn a_request_may_make_the_first_proof() {
    let stack = stack_with_report();
    let outcome = stack.invoke(json!({"execution": EXECUTION}), "r1").await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Proven { alerted: false, .. }), "{outcome:?}");
    assert_eq!(stack.read_proof().verdict, Verdict::Verified);
    let event = stack.invoke(report_created(), "r2").await.unwrap();
    assert!(matches!(event, VerifyOutcome::AlreadyProven { .. }), "{event:?}");
}

async fn audit_below(stack: &TestStack, prefix: &str) -> Audit {
    let outcome = stack.invoke(json!({"audit": {"prefix": prefix}}), "r2").await.unwrap();
    let VerifyOutcome::Audited { audit } = outcome else { panic!("{outcome:?}") };
    assert_eq!(audit.next, None);
    audit
}

#[tokio::test]
async fn an_audit_finds_lost_versions_and_broken_parts() {
    let mut stack = stack_with_report();
    stack.invoke(report_created(), "r1").await.unwrap();
    let clean = audit_below(&stack, "").await;
    assert_eq!(
        (clean.counts.proofs, clean.counts.current, clean.counts.has_losses()),
        (1, 3, false)
    );
    stack.head = head_object_rule(&["backup/c"]);
    let lost = audit_below(&stack, "").await;
    assert_eq!((lost.counts.current, lost.counts.gone, lost.losses[0].path.as_str()), (2, 1, "/c"));
    assert_eq!(audit_below(&stack, "/a").await.counts.versions, 1);
    stack.bucket.put(&stack.objects_key(), "");
    assert_eq!(audit_below(&stack, "").await.counts.broken_parts, 1);
}

#[tokio::test]
async fn a_refused_request_has_an_error_type() {
    let other_task = EXECUTION.replace("task-0806c70094b09457b", "task-00000000000000000");
    for (execution, error_type) in [("exec-1", "BadPayload"), (other_task.as_str(), "BadPayload")] {
        let refusal =
            stack_with_report().invoke(json!({"execution": execution}), "r1").await.unwrap_err();
        assert_eq!(Diagnostic::from(refusal).error_type, error_type);
    }
    let not_deployed = TestStack { bucket: FakeBucket::default(), ..stack_with_report() };
    let refusal = Diagnostic::from(not_deployed.invoke(manual_request(), "r1").await.unwrap_err());
    assert!(
        refusal.error_type == "NotDeployed" && refusal.error_message.contains("efs-s3 deploy"),
        "{refusal:?}"
    );
}

fn manual_request() -> Value {
    serde_json::from_str(include_str!("../../../../../events/verify-versions/manual.json")).unwrap()
}
