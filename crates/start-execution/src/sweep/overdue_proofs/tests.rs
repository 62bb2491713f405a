//! Overdue proofs are requested again, and then an alert is sent.

use aws_fakes::Interleaving;
use domain::records::alert::Alert;
use domain::records::keys;
use domain::records::start::Sweep;
use domain::sync_name::SyncName;
use serde_json::json;

use crate::testing::{NOW, STACKS, StartFixture};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// A run that ended and was recorded at `NOW`.
fn add_recorded_run(fixture: &StartFixture, report_status: &str) -> String {
    let arn = fixture.add_execution(1, NOW - 300).arn;
    fixture.env.datasync.state().executions[0].succeed(9, NOW);
    let counters = json!({"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0,
        "bytes_transferred": 0,
        "bytes_written": 0, "files_verified": 0, "files_deleted": 0, "files_skipped": 0});
    let record = json!({"execution": arn, "outcome": "succeeded",
        "recorded_at": "2023-11-14T22:13:20Z",
        "report_status": report_status, "counters": counters,
        "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0}});
    fixture.env.bucket.put(&keys::run_record(arn.id()), record.to_string());
    fixture.env.bucket.set_written_at(NOW);
    arn.id().to_owned()
}

/// The number of requested verifications so far, and the alerts about proofs: the execution that
/// the invocation starts gets stuck, and its alerts are left out.
async fn invoke_after(fixture: &StartFixture, seconds: i64) -> (usize, Vec<String>) {
    fixture.invoke_scheduled(&format!("request {seconds}"), NOW + seconds).await.unwrap();
    let mut alerts = fixture.subjects();
    alerts.retain(|subject| !subject.contains("stuck"));
    (fixture.env.functions.payloads().len(), alerts)
}

/// Seconds after the end, with the requests and alerts until then.
const REQUESTS_AND_ALERTS: [(i64, usize, usize); 9] = [
    (5 * MINUTE, 0, 0),
    (HOUR - 1, 0, 0),
    (HOUR + 5 * MINUTE, 1, 0),
    (HOUR + 10 * MINUTE, 1, 0),
    (2 * HOUR + 10 * MINUTE, 2, 0),
    (2 * HOUR + 50 * MINUTE, 2, 0),
    (3 * HOUR + 15 * MINUTE, 2, 1),
    (9 * HOUR, 2, 1),
    (40 * HOUR, 2, 1),
];

#[tokio::test]
async fn an_overdue_proof_is_requested_twice_and_then_alerts_once() {
    let fixture = StartFixture::new();
    let id = add_recorded_run(&fixture, "SUCCESS");
    for (seconds, requests, alerts) in REQUESTS_AND_ALERTS {
        let alerts = vec!["[backup] an execution has no proof".to_owned(); alerts];
        let found = invoke_after(&fixture, seconds).await;
        assert_eq!(found, (requests, alerts), "after {seconds} s");
    }
    let handed = fixture.handed_on();
    assert!(handed.iter().all(|execution| execution.ends_with(&id)), "{handed:?}");
    let sweep: Sweep = fixture.env.read_document(&keys::sweep(&SyncName::default()));
    assert!(sweep.unproven.is_empty(), "{sweep:?}");
}

#[tokio::test]
async fn a_proof_that_came_in_time_or_late_ends_it() {
    for asked in 0..3 {
        let fixture = StartFixture::new();
        let id = add_recorded_run(&fixture, "SUCCESS");
        for hour in 1..=asked {
            assert_eq!(
                invoke_after(&fixture, hour * HOUR + hour * MINUTE).await,
                (hour as usize, vec![])
            );
        }
        fixture.env.bucket.put(&keys::proof_document(&id), "{}");
        for hour in asked + 1..6 {
            assert_eq!(
                invoke_after(&fixture, hour * HOUR + hour * MINUTE).await,
                (asked as usize, vec![]),
                "hour {hour}"
            );
        }
    }
}

#[tokio::test]
async fn without_a_report_there_is_nothing_to_prove() {
    let fixture = StartFixture::new();
    add_recorded_run(&fixture, "ERROR");
    for hour in 1..6 {
        assert_eq!(invoke_after(&fixture, hour * HOUR + 1).await, (0, vec![]));
    }
}

#[tokio::test]
async fn the_proof_of_a_late_report_is_requested() {
    let fixture = StartFixture::new();
    add_recorded_run(&fixture, "PENDING");
    assert_eq!(invoke_after(&fixture, HOUR + 1).await, (1, vec![]));
}

#[tokio::test]
async fn a_sweep_that_dies_at_any_call_loses_no_run() {
    for syncs in STACKS {
        die_at_each_call(syncs).await;
    }
}

async fn die_at_each_call(syncs: &[&str]) {
    let new_fixture = || StartFixture::of_stack(syncs, &Interleaving::default());
    let no_proof = Alert {
        stack: "backup".into(),
        what: "an execution has no proof".into(),
        ..Alert::default()
    };
    let undisturbed = new_fixture();
    let no_proof = no_proof.of_sync(&undisturbed.sync).subject();
    add_recorded_run(&undisturbed, "SUCCESS");
    undisturbed.env.outage.restart(None);
    invoke_after(&undisturbed, 2 * HOUR).await;
    for dies_after in 1..=undisturbed.env.outage.calls() {
        let fixture = new_fixture();
        add_recorded_run(&fixture, "SUCCESS");
        fixture.env.outage.restart(Some(dies_after));
        let died = fixture.invoke_scheduled("dies", NOW + 2 * HOUR).await;
        assert!(died.is_err() || fixture.env.outage.is_dead(), "{died:?}");
        fixture.env.outage.restart(None);
        let (asked, _) = invoke_after(&fixture, 2 * HOUR + 10 * MINUTE).await;
        assert!((1..=2).contains(&asked), "asked {asked} times after a death at call {dies_after}");
        invoke_after(&fixture, 3 * HOUR + 20 * MINUTE).await;
        let (_, alerts) = invoke_after(&fixture, 4 * HOUR + 30 * MINUTE).await;
        assert_eq!(alerts, [no_proof.as_str()], "death at call {dies_after}");
    }
}
