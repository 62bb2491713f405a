//! The end of a slot, in each situation.

use aws_fakes::datasync::{FakeExecution, StartFault};
use aws_fakes::time_at;
use chrono::TimeDelta;
use domain::names::SLOT_TAG;
use domain::sync_name::SyncName;
use lambda_runtime::Diagnostic;
use serde_json::json;

use super::*;
use crate::testing::{NOW, StartFixture, scheduled_event};

const SLOT: &str = "schedule-2023-11-14T22:13:20Z";

async fn claim_slot(fixture: &StartFixture, request_id: &str, ago: TimeDelta) {
    fixture.claim(SLOT, request_id, time_at(NOW) - ago).await;
}

fn execution_of_slot(fixture: &StartFixture, number: usize) -> FakeExecution {
    let task = fixture.env.datasync.state().task.clone();
    let mut execution = FakeExecution::under_way(&task, number, NOW);
    execution.tags.insert(SLOT_TAG.into(), SLOT.into());
    execution
}

#[tokio::test]
async fn a_duplicate_starts_nothing() {
    let fixture = StartFixture::new();
    assert!(matches!(
        fixture.invoke_scheduled("first", NOW).await.unwrap(),
        StartOutcome::Started { .. }
    ));
    for request_id in ["first", "second"] {
        assert!(matches!(
            fixture.invoke_scheduled(request_id, NOW).await.unwrap(),
            StartOutcome::AlreadyStarted { .. }
        ));
    }
    assert_eq!(fixture.started_for(SLOT), 1);
    assert!(fixture.start_record(SLOT).execution.is_some());
}

#[tokio::test]
async fn a_crash_after_the_start_finds_the_execution() {
    let fixture = StartFixture::new();
    claim_slot(&fixture, "first", TimeDelta::zero()).await;
    let ours = execution_of_slot(&fixture, 1);
    fixture.env.datasync.state().executions.push(ours);
    assert!(matches!(
        fixture.invoke_scheduled("first", NOW).await.unwrap(),
        StartOutcome::AlreadyStarted { .. }
    ));
    assert_eq!(fixture.started_for(SLOT), 1);
}

#[tokio::test]
async fn a_crash_before_the_start_starts() {
    let fixture = StartFixture::new();
    claim_slot(&fixture, "first", TimeDelta::hours(1)).await;
    assert!(matches!(
        fixture.invoke_scheduled("second", NOW).await.unwrap(),
        StartOutcome::Started { .. }
    ));
}

#[tokio::test]
async fn a_claim_of_a_running_invocation_is_respected() {
    let fixture = StartFixture::new();
    claim_slot(&fixture, "first", TimeDelta::zero()).await;
    assert_eq!(
        fixture.invoke_scheduled("second", NOW).await.unwrap(),
        StartOutcome::InProgress { slot: SLOT.into(), sync: SyncName::default() }
    );
    assert_eq!(fixture.started_for(SLOT), 0);
}

#[tokio::test]
async fn a_busy_task_is_skipped_and_stays_skipped() {
    let fixture = StartFixture::new();
    fixture.add_execution(1, NOW - 60);
    assert!(matches!(
        fixture.invoke_scheduled("first", NOW).await.unwrap(),
        StartOutcome::Skipped { running: Some(_), .. }
    ));
    fixture.env.datasync.state().executions.clear();
    assert!(matches!(
        fixture.invoke_scheduled("first", NOW).await.unwrap(),
        StartOutcome::Skipped { .. }
    ));
    assert_eq!(fixture.started_for(SLOT), 0);
}

#[tokio::test]
async fn the_policy_decides_what_a_busy_task_means() {
    for (policy, outcome, queued) in
        [("skip", "skipped", 0), ("queue", "started", 1), ("adopt", "already-started", 0)]
    {
        let fixture = StartFixture::new();
        let running = fixture.add_execution(1, NOW - 60).arn;
        let response = fixture
            .invoke(json!({"slot": "manual-1", "when_busy": policy}), "first", NOW)
            .await
            .unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap()["outcome"], outcome);
        assert_eq!(fixture.started_for("manual-1"), queued);
        let record = fixture.start_record("manual-1");
        assert_eq!(
            (record.adopted, record.execution.is_some_and(|found| found == running)),
            (policy == "adopt", policy == "adopt")
        );
    }
}

#[tokio::test]
async fn a_failed_start_leaves_the_slot_to_the_retry() {
    let fixture = StartFixture::new();
    fixture.env.datasync.state().start_faults.push_back(StartFault::Internal);
    fixture.invoke_scheduled("first", NOW).await.unwrap_err();
    assert!(matches!(
        fixture.invoke_scheduled("first", NOW).await.unwrap(),
        StartOutcome::Started { .. }
    ));
}

#[tokio::test]
async fn a_lost_reply_is_not_followed_by_a_second_start() {
    let fixture = StartFixture::new();
    fixture.env.datasync.state().start_faults.push_back(StartFault::LostReply);
    let outcome = fixture.invoke_scheduled("first", NOW).await.unwrap();
    assert!(matches!(outcome, StartOutcome::AlreadyStarted { .. }), "{outcome:?}");
    assert_eq!(fixture.started_for(SLOT), 1);
    assert!(fixture.start_record(SLOT).execution.is_some());
}

#[tokio::test]
async fn a_start_that_comes_second_is_a_skip() {
    let fixture = StartFixture::new();
    fixture.env.datasync.state().start_faults.push_back(StartFault::Beaten);
    let outcome = fixture.invoke_scheduled("first", NOW).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Skipped { running: Some(_), .. }), "{outcome:?}");
    assert!(fixture.start_record(SLOT).skipped);
}

#[tokio::test]
async fn whoever_renews_an_abandoned_claim_holds_it() {
    let fixture = StartFixture::new();
    fixture.env.datasync.state().start_faults.push_back(StartFault::Internal);
    claim_slot(&fixture, "first", TimeDelta::hours(1)).await;
    fixture.invoke_scheduled("second", NOW).await.unwrap_err();
    assert_eq!(
        fixture.invoke_scheduled("third", NOW).await.unwrap(),
        StartOutcome::InProgress { slot: SLOT.into(), sync: SyncName::default() }
    );
    assert_eq!(fixture.started_for(SLOT), 0);
}

#[tokio::test]
async fn an_execution_is_found_at_either_end_of_the_list() {
    for ours in [0, 19, 480, 499] {
        let fixture = StartFixture::new();
        let task = fixture.env.datasync.state().task.clone();
        for number in 0..500 {
            let mut execution = match number == ours {
                true => execution_of_slot(&fixture, number),
                false => FakeExecution::under_way(&task, number, NOW),
            };
            execution.succeed(1, NOW);
            fixture.env.bucket.put(&keys::run_record(execution.arn.id()), "{}");
            fixture.env.datasync.state().executions.push(execution);
        }
        claim_slot(&fixture, "first", TimeDelta::zero()).await;
        fixture.invoke_scheduled("first", NOW).await.unwrap();
        assert_eq!(fixture.started_for(SLOT), 1);
        let found = fixture.start_record(SLOT).execution.unwrap();
        assert!(found.as_str().ends_with(&format!("{ours:x}")));
    }
}

fn set_availability(fixture: &StartFixture, broken: bool, at: i64) {
    let mut state = fixture.env.datasync.state();
    state.task_status = Some(if broken { "UNAVAILABLE" } else { "AVAILABLE" }.into());
    state.task_error = broken.then(|| "EniNotFound".to_owned());
    state.now = at;
}

fn require_unavailable(error: StartError) {
    assert!(error.to_string().contains("UNAVAILABLE (EniNotFound)"), "{error}");
    assert_eq!(Diagnostic::from(error).error_type, "TaskUnavailable");
}

#[tokio::test]
async fn an_unavailable_task_alerts_once_per_condition() {
    let fixture = StartFixture::new();
    for hour in 0..6 {
        let broken = hour != 3;
        let at = NOW + 3_600 * hour;
        set_availability(&fixture, broken, at);
        let first = fixture.invoke(scheduled_event(at), &format!("r{hour}"), at).await;
        if broken {
            require_unavailable(first.unwrap_err());
            let retry = fixture.invoke(scheduled_event(at), &format!("r{hour}"), at + 60).await;
            let has_end = matches!(retry, Ok(StartOutcome::Skipped { running: None, .. }));
            assert!(has_end, "the slot has its end: {retry:?}");
        } else {
            assert!(matches!(first.unwrap(), StartOutcome::Started { .. }));
            fixture.env.datasync.state().executions[0].succeed(1, at);
        }
    }
    let unavailable = "[backup] the task is UNAVAILABLE, no execution can start".to_owned();
    assert_eq!(fixture.subjects(), [unavailable.clone(), unavailable]);
}

#[tokio::test]
async fn a_schedule_that_datasync_disabled_alerts_once_and_stops_nothing() {
    let fixture = StartFixture::new();
    fixture.env.datasync.state().schedule_disabled = Some("too many failures".into());
    for slot in ["manual-1", "manual-2"] {
        let outcome = fixture.invoke(json!({"slot": slot}), slot, NOW).await.unwrap();
        assert!(matches!(outcome, StartOutcome::Started { .. }), "{outcome:?}");
        fixture
            .env
            .datasync
            .state()
            .executions
            .iter_mut()
            .for_each(|execution| execution.succeed(1, NOW));
    }
    assert_eq!(fixture.subjects(), ["[backup] DataSync has disabled a schedule of the task"]);
}

#[tokio::test]
async fn without_a_deployment_it_says_so() {
    let fixture = StartFixture::new();
    fixture.env.bucket.remove(keys::OUTPUTS);
    let error = fixture.invoke_scheduled("first", NOW).await.unwrap_err();
    assert!(error.to_string().contains("efs-s3 deploy"), "{error}");
    assert_eq!(Diagnostic::from(error).error_type, "NotDeployed");
}
