//! The alert of a skipped retry.

use aws_fakes::TASK;
use aws_fakes::datasync::StartFault;
use domain::records::alert::{Alert, AlertReceipt};
use domain::records::keys;
use serde_json::{Value, json};

use crate::outcome::StartOutcome;
use crate::testing::{NOW, StartFixture};

const FIRST: &str = "exec-0aaaaaaaaaaaaaaa0";
const ALERT: &str = "[backup] files were busy and are not copied again yet";

/// With the record of an execution that found busy files.
fn fixture_with_busy_files() -> StartFixture {
    let fixture = StartFixture::configured();
    let counters = json!({"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0,
        "bytes_transferred": 0, "bytes_written": 0, "files_verified": 0, "files_deleted": 0,
            "files_skipped": 0});
    let run = json!({"execution": format!("{TASK}/execution/{FIRST}"), "outcome": "failed",
        "class": "busy-file",
        "recorded_at": "2023-11-14T22:00:00Z", "counters": counters,
        "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0},
        "problems": {"count": 1, "first": ["/a: changed"]}, "retries": ["/a"]});
    fixture.env.bucket.put(&keys::run_record(FIRST), run.to_string());
    fixture
}

fn add_execution(fixture: &StartFixture, status: &str) {
    let id = fixture.add_execution(9, NOW).arn;
    let mut state = fixture.env.datasync.state();
    let execution = state.executions.iter_mut().find(|execution| execution.arn == id).unwrap();
    execution.status = status.to_owned();
}

fn retry_request(when_busy: Option<&str>) -> Value {
    let mut request =
        json!({"slot": "retry-1", "overrides": {"includes": ["/a"]}, "retry_of": FIRST});
    if let Some(when_busy) = when_busy {
        request["when_busy"] = json!(when_busy);
    }
    request
}

#[tokio::test]
async fn a_retry_queues_behind_a_running_execution() {
    for (status, task_status) in [("TRANSFERRING", "RUNNING"), ("QUEUED", "QUEUED")] {
        let fixture = fixture_with_busy_files();
        add_execution(&fixture, status);
        fixture.env.datasync.state().task_status = Some(task_status.into());
        let outcome = fixture.invoke(retry_request(Some("queue")), "r1", NOW).await.unwrap();
        assert!(matches!(outcome, StartOutcome::Started { .. }), "{outcome:?}");
        assert_eq!((fixture.started_for("retry-1"), fixture.subjects().len()), (1, 0));
    }
}

fn prevent_start(fixture: &StartFixture, reason: &str) {
    match reason {
        "policy" => add_execution(fixture, "TRANSFERRING"),
        "refused" => fixture.env.datasync.state().start_faults.push_back(StartFault::Beaten),
        _ => fixture.env.datasync.state().task_status = Some("UNAVAILABLE".into()),
    }
}

#[tokio::test]
async fn a_retry_that_is_skipped_for_whatever_reason_alerts_once() {
    for reason in ["policy", "refused", "unavailable"] {
        let fixture = fixture_with_busy_files();
        prevent_start(&fixture, reason);
        let when_busy = (reason != "policy").then_some("queue");
        for request_id in ["r1", "r1", "r2"] {
            // An unavailable task is an error, and then the slot has its end.
            let outcome = fixture.invoke(retry_request(when_busy), request_id, NOW).await;
            assert!(
                matches!(outcome, Ok(StartOutcome::Skipped { .. }) | Err(_)),
                "{reason}: {outcome:?}"
            );
        }
        let subjects = fixture.subjects();
        let alerts = subjects.iter().filter(|subject| *subject == ALERT).count();
        assert_eq!((alerts, fixture.started_for("retry-1")), (1, 0), "{reason}: {subjects:?}");
    }
}

#[tokio::test]
async fn a_skipped_retry_does_not_repeat_an_alert() {
    let fixture = fixture_with_busy_files();
    let at = chrono::DateTime::from_timestamp(NOW - 60, 0).unwrap();
    let alert = Alert { what: "the execution failed".into(), ..Alert::default() };
    let receipt =
        AlertReceipt { alert, claimed_by: "r0".into(), claimed_at: at, sent_at: Some(at) };
    fixture.env.bucket.put(&keys::run_alert(FIRST), serde_json::to_vec(&receipt).unwrap());
    add_execution(&fixture, "TRANSFERRING");
    let outcome = fixture.invoke(retry_request(None), "r1", NOW).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Skipped { .. }), "{outcome:?}");
    assert_eq!(fixture.subjects(), Vec::<String>::new());
}
