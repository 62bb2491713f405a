//! Proofs that don't come are asked for, and then told of.

use aws::fakes::datasync::FakeExecution;
use domain::records::keys;
use domain::records::start::Sweep;
use serde_json::json;

use crate::world::{NOW, World};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// A run that ended and was recorded at `NOW`.
fn recorded(world: &World, report_status: &str) -> String {
    let mut state = world.datasync.state();
    let mut execution = FakeExecution::under_way(&state.task, 1, NOW - 300);
    execution.succeed(9, NOW);
    let arn = execution.arn.clone();
    state.executions.push(execution);
    let counters = json!({"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0, "bytes_transferred": 0,
        "bytes_written": 0, "files_verified": 0, "files_deleted": 0, "files_skipped": 0});
    let record = json!({"execution": arn, "outcome": "succeeded", "recorded_at": "2023-11-14T22:13:20Z",
        "report_status": report_status, "counters": counters,
        "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0}});
    world.bucket.put(&keys::run_record(arn.id()), record.to_string());
    world.bucket.set_written_at(NOW);
    arn.id().to_owned()
}

/// How often a check was asked for so far, and what people were told of proofs: the execution that
/// the ticks start gets stuck, which is told too.
async fn after(world: &World, seconds: i64) -> (usize, Vec<String>) {
    world.tick(&format!("tick {seconds}"), NOW + seconds).await.unwrap();
    let mut told = world.subjects();
    told.retain(|subject| !subject.contains("stuck"));
    (world.invoked.lock().unwrap().len(), told)
}

#[tokio::test]
async fn a_proof_that_does_not_come_is_asked_for_twice_and_then_told_once() {
    let world = World::new();
    let id = recorded(&world, "SUCCESS");
    let told = vec!["[backup] a run has no proof".to_owned()];
    for (seconds, expected) in [
        (5 * MINUTE, (0, vec![])),
        (HOUR - 1, (0, vec![])),
        (HOUR + 5 * MINUTE, (1, vec![])),
        (HOUR + 10 * MINUTE, (1, vec![])),
        (2 * HOUR + 10 * MINUTE, (2, vec![])),
        (2 * HOUR + 50 * MINUTE, (2, vec![])),
        (3 * HOUR + 15 * MINUTE, (2, told.clone())),
        (9 * HOUR, (2, told.clone())),
        (40 * HOUR, (2, told)),
    ] {
        assert_eq!(after(&world, seconds).await, expected, "after {seconds} s");
    }
    assert!(
        world.handed_on().iter().all(|execution| execution.ends_with(&id)),
        "{:?}",
        world.handed_on()
    );
    let sweep: Sweep = world.stored(keys::SWEEP);
    assert!(sweep.unproven.is_empty(), "{sweep:?}");
}

#[tokio::test]
async fn a_proof_that_came_in_time_or_late_ends_it() {
    for asked in 0..3 {
        let world = World::new();
        let id = recorded(&world, "SUCCESS");
        for hour in 1..=asked {
            assert_eq!(after(&world, hour * HOUR + hour * MINUTE).await, (hour as usize, vec![]));
        }
        world.bucket.put(&keys::proof_document(&id), "{}");
        for hour in asked + 1..6 {
            assert_eq!(
                after(&world, hour * HOUR + hour * MINUTE).await,
                (asked as usize, vec![]),
                "hour {hour}"
            );
        }
    }
}

#[tokio::test]
async fn without_a_report_there_is_nothing_to_prove() {
    let world = World::new();
    recorded(&world, "ERROR");
    for hour in 1..6 {
        assert_eq!(after(&world, hour * HOUR + 1).await, (0, vec![]));
    }
}

#[tokio::test]
async fn a_report_that_was_late_is_asked_for() {
    let world = World::new();
    recorded(&world, "PENDING");
    assert_eq!(after(&world, HOUR + 1).await, (1, vec![]));
}

#[tokio::test]
async fn a_sweep_that_dies_at_any_call_loses_no_run() {
    let undisturbed = World::new();
    recorded(&undisturbed, "SUCCESS");
    undisturbed.outage.restart(None);
    after(&undisturbed, 2 * HOUR).await;
    for dies_after in 1..=undisturbed.outage.calls() {
        let world = World::new();
        recorded(&world, "SUCCESS");
        world.outage.restart(Some(dies_after));
        let died = world.tick("dies", NOW + 2 * HOUR).await;
        assert!(died.is_err() || world.outage.is_dead(), "{died:?}");
        world.outage.restart(None);
        let (asked, _) = after(&world, 2 * HOUR + 10 * MINUTE).await;
        assert!((1..=2).contains(&asked), "asked {asked} times after a death at call {dies_after}");
        after(&world, 3 * HOUR + 20 * MINUTE).await;
        let (_, told) = after(&world, 4 * HOUR + 30 * MINUTE).await;
        assert_eq!(told, ["[backup] a run has no proof"], "death at call {dies_after}");
    }
}
