//! The end of an execution, in each situation.

use chrono::TimeDelta;
use domain::records::alert::AlertReceipt;
use domain::records::class::Class;
use domain::records::last_run::LastRun;
use domain::records::run::RunOutcome;
use domain::sync_name::SyncName;
use lambda_runtime::Diagnostic;
use serde_json::json;

use super::*;
use crate::app::REPORT_PATIENCE;
use crate::testing::{CompletionFixture, ENDED};

pub(super) fn is_alerted(outcome: &CompletionOutcome) -> bool {
    match outcome {
        CompletionOutcome::Recorded { alerted, .. }
        | CompletionOutcome::AlreadyRecorded { alerted, .. } => *alerted,
        CompletionOutcome::NotTerminal { .. }
        | CompletionOutcome::NotOfStack { .. }
        | CompletionOutcome::ReportPending { .. } => {
            panic!("{outcome:?}")
        }
    }
}

fn stored_documents(fixture: &CompletionFixture) -> Vec<Option<Vec<u8>>> {
    let bucket = &fixture.env.bucket;
    bucket.keys().into_iter().map(|key| bucket.get(&key)).collect()
}

#[tokio::test]
async fn a_success_is_recorded_and_measured_once_and_sends_no_alert() {
    let fixture = CompletionFixture::new();
    fixture.succeed(1, 7);
    let first = fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
    let CompletionOutcome::Recorded { result: RunOutcome::Succeeded, alerted: false, .. } = first
    else {
        panic!("{first:?}")
    };
    let before = stored_documents(&fixture);
    let again = fixture.invoke(fixture.state_change(1, "SUCCESS"), "r2").await.unwrap();
    assert!(
        matches!(again, CompletionOutcome::AlreadyRecorded { alerted: false, .. }),
        "{again:?}"
    );
    let after = stored_documents(&fixture);
    assert_eq!(after, before);
    assert_eq!((fixture.metrics.lines().len(), fixture.subjects().len()), (1, 0));
    assert_eq!(fixture.run_record(1).listed, Some(7));
}

#[tokio::test]
async fn a_failure_alerts_once_however_often_its_event_comes() {
    let fixture = CompletionFixture::new();
    fixture.fail(1, "OpNotSupp", "x40016: mount.nfs4: Connection timed out");
    let mut alerts = Vec::new();
    for request in ["r1", "r2", "r3"] {
        alerts.push(is_alerted(
            &fixture.invoke(fixture.state_change(1, "ERROR"), request).await.unwrap(),
        ));
    }
    assert_eq!(alerts, [true, false, false]);
    assert_eq!(
        fixture.subjects(),
        ["[backup] the execution failed: the file system could not be reached"]
    );
    assert_eq!(fixture.metrics.lines().len(), 1);
    assert_eq!(fixture.run_record(1).class, Some(Class::Network));
}

#[tokio::test]
async fn a_crash_between_record_and_alert_is_completed_by_the_retry() {
    let fixture = CompletionFixture::new();
    fixture.fail(1, "OpNotSupp", "x40016");
    fixture.env.topic.deny_next(1);
    let crash = fixture.invoke(fixture.state_change(1, "ERROR"), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(crash).error_type, "AlertFailed");
    assert_eq!(
        fixture.run_record(1).outcome,
        RunOutcome::Failed,
        "the record was written before the alert"
    );

    let meanwhile = fixture.invoke(fixture.state_change(1, "ERROR"), "r2").await.unwrap_err();
    assert_eq!(Diagnostic::from(meanwhile).error_type, "AlertFailed", "r1 holds the claim");

    assert!(is_alerted(&fixture.invoke(fixture.state_change(1, "ERROR"), "r1").await.unwrap()));
    assert!(!is_alerted(&fixture.invoke(fixture.state_change(1, "ERROR"), "r2").await.unwrap()));
    assert_eq!((fixture.subjects().len(), fixture.metrics.lines().len()), (1, 1));
}

#[tokio::test]
async fn an_abandoned_claim_is_renewed() {
    let fixture = CompletionFixture::new();
    fixture.fail(1, "OpNotSupp", "x40016");
    fixture.invoke(fixture.state_change(1, "ERROR"), "r1").await.unwrap();
    let key = keys::run_alert(fixture.execution_arn(1).id());
    let receipt: AlertReceipt = fixture.env.read_document(&key);
    let claimed_at = receipt.claimed_at - TimeDelta::minutes(3);
    let abandoned =
        AlertReceipt { claimed_by: "gone".into(), claimed_at, sent_at: None, ..receipt };
    fixture.env.bucket.put(&key, serde_json::to_vec(&abandoned).unwrap());
    assert!(is_alerted(&fixture.invoke(fixture.state_change(1, "ERROR"), "r2").await.unwrap()));
}

#[tokio::test]
async fn a_pending_report_is_awaited_but_not_forever() {
    let fixture = CompletionFixture::new();
    fixture.succeed(1, 7);
    fixture.change_execution(1, |execution| execution.report = Some("PENDING".into()));
    let early = fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
    assert!(
        matches!(early, CompletionOutcome::ReportPending { .. }),
        "left to the sweep: {early:?}"
    );
    assert!(fixture.subjects().is_empty());
    let asked =
        fixture.invoke(json!({"execution": fixture.execution_arn(1).id()}), "r2").await.unwrap();
    assert!(matches!(asked, CompletionOutcome::ReportPending { .. }), "{asked:?}");
    assert!(is_alerted(
        &fixture.invoke_at(fixture.state_change(1, "SUCCESS"), "r1", ENDED + 600).await.unwrap()
    ));
    assert_eq!(fixture.run_record(1).class, Some(Class::ReportMissing));
    assert_eq!(fixture.subjects(), ["[backup] the execution succeeded, but it has no report"]);
}

async fn write_report_after(fixture: CompletionFixture, minutes: u64) {
    tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
    fixture.change_execution(1, |execution| execution.report = Some("SUCCESS".into()));
}

/// No function error, so no dead letter and no alarm.
#[tokio::test(start_paused = true)]
async fn a_report_that_takes_minutes_is_waited_for_by_one_invocation() {
    for (minutes, recorded) in [(5, true), (9, true), (11, true)] {
        let mut fixture = CompletionFixture::new();
        fixture.app.report_patience = REPORT_PATIENCE;
        fixture.succeed(1, 7);
        fixture.change_execution(1, |execution| execution.report = Some("PENDING".into()));
        let writes = tokio::spawn(write_report_after(fixture.clone(), minutes));
        let outcome =
            fixture.invoke_at(fixture.state_change(1, "SUCCESS"), "r1", ENDED).await.unwrap();
        assert_eq!(
            matches!(outcome, CompletionOutcome::Recorded { .. }),
            recorded,
            "{minutes}: {outcome:?}"
        );
        let missing = fixture.run_record(1).class == Some(Class::ReportMissing);
        assert_eq!(missing, minutes > 10, "{minutes}");
        writes.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_ahead_of_datasync_is_waited_for() {
    let mut fixture = CompletionFixture::new();
    fixture.app.report_patience = REPORT_PATIENCE;
    let later = fixture.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        later.succeed(1, 7);
    });
    let outcome = fixture.invoke_at(fixture.state_change(1, "SUCCESS"), "r1", ENDED).await.unwrap();
    assert!(matches!(outcome, CompletionOutcome::Recorded { .. }), "{outcome:?}");
}

#[tokio::test]
async fn datasync_is_believed_before_the_event() {
    let fixture = CompletionFixture::new();
    let early = fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
    assert!(
        matches!(&early, CompletionOutcome::NotTerminal { state, .. } if state == "LAUNCHING"),
        "{early:?}"
    );
    let asked =
        fixture.invoke(json!({"execution": fixture.execution_arn(1).id()}), "r2").await.unwrap();
    assert!(
        matches!(&asked, CompletionOutcome::NotTerminal { state, .. } if state == "LAUNCHING"),
        "{asked:?}"
    );
    assert_eq!(fixture.env.bucket.keys(), [keys::OUTPUTS]);
}

#[tokio::test]
async fn a_person_may_name_the_execution() {
    for whole in [false, true] {
        let fixture = CompletionFixture::new();
        fixture.succeed(1, 7);
        let arn = fixture.execution_arn(1);
        let name = if whole { arn.as_str() } else { arn.id() };
        let outcome = fixture.invoke(json!({"execution": name}), "r1").await.unwrap();
        let answer = serde_json::to_string(&outcome).unwrap();
        assert_eq!(
            answer,
            format!(
                r#"{{"outcome":"recorded","execution":"{arn}","result":"succeeded","alerted":false}}"#
            )
        );
    }
}

#[tokio::test]
async fn recovery_alerts_once_with_the_number_of_failures() {
    let fixture = CompletionFixture::new();
    for number in 1..=5 {
        if number > 1 {
            fixture.add_execution();
        }
        let state = if number <= 3 { "ERROR" } else { "SUCCESS" };
        match state {
            "ERROR" => fixture.fail(number, "OpNotSupp", "x40016"),
            _ => fixture.succeed(number, 7),
        }
        for _ in 0..2 {
            fixture.invoke(fixture.state_change(number, state), "r1").await.unwrap();
        }
    }
    let unreachable = "[backup] the execution failed: the file system could not be reached";
    let again = "[backup] the execution succeeded after 3 failures";
    assert_eq!(fixture.subjects(), [unreachable, unreachable, unreachable, again]);
    assert_eq!(
        fixture.env.read_document::<LastRun>(&keys::last_run(&SyncName::default())).bad_in_a_row,
        0
    );
    assert_eq!(fixture.metrics.lines().len(), 5);
}

#[tokio::test]
async fn an_empty_source_is_no_success_and_no_new_baseline() {
    let fixture = CompletionFixture::new();
    fixture.succeed(1, 1_000);
    fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
    for number in [2, 3] {
        fixture.add_execution();
        fixture.succeed(number, 0);
        assert!(is_alerted(
            &fixture.invoke(fixture.state_change(number, "SUCCESS"), "r2").await.unwrap()
        ));
        assert_eq!(fixture.run_record(number).class, Some(Class::NothingListed));
    }
}

fn stuck_receipt(sent: bool) -> AlertReceipt {
    let at = DateTime::from_timestamp(ENDED - 600, 0).unwrap();
    let alert =
        domain::records::alert::Alert { what: "a run is stuck".into(), ..Default::default() };
    let sent_at = sent.then_some(at);
    AlertReceipt { alert, claimed_by: "start-execution".into(), claimed_at: at, sent_at }
}

#[tokio::test]
async fn a_stuck_execution_alerts_once() {
    for sent in [true, false] {
        let fixture = CompletionFixture::new();
        fixture.fail(1, "Cancelled", "The task execution was cancelled.");
        let key = keys::stuck_alert(fixture.execution_arn(1).id());
        fixture.env.bucket.put(&key, serde_json::to_vec(&stuck_receipt(sent)).unwrap());
        for request in ["r1", "r2"] {
            fixture.invoke(fixture.state_change(1, "ERROR"), request).await.unwrap();
        }
        assert_eq!(
            fixture.subjects().len(),
            usize::from(!sent),
            "an interrupted alert is sent here"
        );
        assert_eq!(fixture.run_record(1).class, Some(Class::Stuck));
    }
}
