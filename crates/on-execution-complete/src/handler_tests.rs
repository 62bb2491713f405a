//! The handler against a bucket, a task and a topic in memory.

use chrono::TimeDelta;
use domain::records::class::Class;
use domain::records::last_run::LastRun;
use domain::records::run::RunOutcome;
use serde_json::json;

use super::*;
use crate::world::{ENDED, World};

const BUSY: &str = "Transfer and verification completed. Selected files transferred except for \
    files skipped due to errors.";

fn alerted(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Recorded { alerted, .. } | Outcome::AlreadyRecorded { alerted, .. } => *alerted,
        Outcome::NotTerminal { .. } | Outcome::ReportPending { .. } => panic!("{outcome:?}"),
    }
}

fn busy_part(path: &str) -> Value {
    json!({"TaskExecutionId": "exec-1", "Transferred": [
        {"RelativePath": path, "TransferStatus": "FAILED", "FailureReason": "Source file changed \
            while it was read"}]})
}

#[tokio::test]
async fn a_success_is_recorded_and_measured_once_and_alerts_nobody() {
    let world = World::new();
    world.succeed(1, 7);
    let first = world.invoke(world.event(1, "SUCCESS"), "r1").await.unwrap();
    assert!(
        matches!(first, Outcome::Recorded { result: RunOutcome::Succeeded, alerted: false, .. }),
        "{first:?}"
    );
    let before =
        world.bucket.keys().into_iter().map(|key| world.bucket.get(&key)).collect::<Vec<_>>();
    let again = world.invoke(world.event(1, "SUCCESS"), "r2").await.unwrap();
    assert!(matches!(again, Outcome::AlreadyRecorded { alerted: false, .. }), "{again:?}");
    let after =
        world.bucket.keys().into_iter().map(|key| world.bucket.get(&key)).collect::<Vec<_>>();
    assert_eq!(after, before);
    assert_eq!((world.metrics.lines().len(), world.subjects().len()), (1, 0));
    assert_eq!(world.run(1).listed, Some(7));
}

#[tokio::test]
async fn a_failure_alerts_once_however_often_its_event_comes() {
    let world = World::new();
    world.fail(1, "OpNotSupp", "x40016: mount.nfs4: Connection timed out");
    let mut alerts = Vec::new();
    for request in ["r1", "r2", "r3"] {
        alerts.push(alerted(&world.invoke(world.event(1, "ERROR"), request).await.unwrap()));
    }
    assert_eq!(alerts, [true, false, false]);
    assert_eq!(world.subjects(), ["[backup] the run failed: the file system could not be reached"]);
    assert_eq!(world.metrics.lines().len(), 1);
    assert_eq!(world.run(1).class, Some(Class::Network));
}

#[tokio::test]
async fn a_crash_between_record_and_alert_is_completed_by_the_retry() {
    let world = World::new();
    world.fail(1, "OpNotSupp", "x40016");
    *world.refusals.lock().unwrap() = 1;
    let crash = world.invoke(world.event(1, "ERROR"), "r1").await.unwrap_err();
    assert_eq!(Diagnostic::from(crash).error_type, "AlertFailed");
    assert_eq!(world.run(1).outcome, RunOutcome::Failed, "the record was written before the alert");

    let meanwhile = world.invoke(world.event(1, "ERROR"), "r2").await.unwrap_err();
    assert_eq!(Diagnostic::from(meanwhile).error_type, "AlertFailed", "r1 holds the claim");

    assert!(alerted(&world.invoke(world.event(1, "ERROR"), "r1").await.unwrap()));
    assert!(!alerted(&world.invoke(world.event(1, "ERROR"), "r2").await.unwrap()));
    assert_eq!((world.subjects().len(), world.metrics.lines().len()), (1, 1));
}

#[tokio::test]
async fn an_abandoned_claim_is_taken_over() {
    let world = World::new();
    world.fail(1, "OpNotSupp", "x40016");
    world.invoke(world.event(1, "ERROR"), "r1").await.unwrap();
    let key = keys::run_alert(world.arn(1).id());
    let receipt: AlertReceipt = world.stored(&key);
    let claimed_at = receipt.claimed_at - TimeDelta::minutes(3);
    let abandoned =
        AlertReceipt { claimed_by: "gone".into(), claimed_at, sent_at: None, ..receipt };
    world.bucket.put(&key, serde_json::to_vec(&abandoned).unwrap());
    assert!(alerted(&world.invoke(world.event(1, "ERROR"), "r2").await.unwrap()));
}

#[tokio::test]
async fn a_pending_report_is_waited_for_but_not_for_ever() {
    let world = World::new();
    world.succeed(1, 7);
    world.change(1, |execution| execution.report = Some("PENDING".into()));
    let early = world.invoke(world.event(1, "SUCCESS"), "r1").await.unwrap();
    assert!(matches!(early, Outcome::ReportPending { .. }), "left to the sweep: {early:?}");
    assert!(world.subjects().is_empty());
    let asked = world.invoke(json!({"execution": world.arn(1).id()}), "r2").await.unwrap();
    assert!(matches!(asked, Outcome::ReportPending { .. }), "{asked:?}");
    assert!(alerted(&world.invoke_at(world.event(1, "SUCCESS"), "r1", ENDED + 600).await.unwrap()));
    assert_eq!(world.run(1).class, Some(Class::ReportMissing));
    assert_eq!(world.subjects(), ["[backup] the run succeeded, but there is no report"]);
}

/// No function error, so no dead letter and no alarm.
#[tokio::test(start_paused = true)]
async fn a_report_that_takes_minutes_is_waited_for_by_one_invocation() {
    for (minutes, recorded) in [(5, true), (9, true), (11, true)] {
        let mut world = World::new();
        world.app.report_patience = REPORT_PATIENCE;
        world.succeed(1, 7);
        world.change(1, |execution| execution.report = Some("PENDING".into()));
        let later = world.clone();
        let writes = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
            later.change(1, |execution| execution.report = Some("SUCCESS".into()));
        });
        let outcome = world.invoke_at(world.event(1, "SUCCESS"), "r1", ENDED).await.unwrap();
        assert_eq!(matches!(outcome, Outcome::Recorded { .. }), recorded, "{minutes}: {outcome:?}");
        let missing = world.run(1).class == Some(Class::ReportMissing);
        assert_eq!(missing, minutes > 10, "{minutes}");
        writes.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_ahead_of_datasync_is_waited_for() {
    let mut world = World::new();
    world.app.report_patience = REPORT_PATIENCE;
    let later = world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        later.succeed(1, 7);
    });
    let outcome = world.invoke_at(world.event(1, "SUCCESS"), "r1", ENDED).await.unwrap();
    assert!(matches!(outcome, Outcome::Recorded { .. }), "{outcome:?}");
}

#[tokio::test]
async fn datasync_is_believed_before_the_event() {
    let world = World::new();
    let early = world.invoke(world.event(1, "SUCCESS"), "r1").await.unwrap();
    assert!(
        matches!(&early, Outcome::NotTerminal { state, .. } if state == "LAUNCHING"),
        "{early:?}"
    );
    let asked = world.invoke(json!({"execution": world.arn(1).id()}), "r2").await.unwrap();
    assert!(
        matches!(&asked, Outcome::NotTerminal { state, .. } if state == "LAUNCHING"),
        "{asked:?}"
    );
    assert_eq!(world.bucket.keys(), [keys::OUTPUTS]);
}

#[tokio::test]
async fn a_person_may_name_the_execution() {
    for whole in [false, true] {
        let world = World::new();
        world.succeed(1, 7);
        let arn = world.arn(1);
        let name = if whole { arn.as_str() } else { arn.id() };
        let outcome = world.invoke(json!({"execution": name}), "r1").await.unwrap();
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
async fn busy_files_are_copied_again_once_before_anybody_is_told() {
    let world = World::new();
    world.fail(1, "OpPartialTransfer", BUSY);
    world.put_report(
        1,
        "Detailed-Reports",
        "files-transferred-v1-00001-0123456789abcdef0",
        &busy_part("/a*"),
    );
    for request in ["r1", "r2"] {
        assert!(!alerted(&world.invoke(world.event(1, "ERROR"), request).await.unwrap()));
    }
    let id = world.arn(1).id().to_owned();
    let asked = world.invoked.lock().unwrap().clone();
    let request = json!({"slot": format!("retry-{id}"), "overrides": {"includes": [r"/a\*"]}, "when_busy": "queue",
        "retry_of": id});
    assert_eq!(asked, [request.clone(), request], "the slot makes it one start");
    assert_eq!(world.metrics.lines().len(), 1);

    world.add();
    world.change(2, |execution| drop(execution.tags.insert("efs-s3:retry-of".into(), id.clone())));
    world.fail(2, "OpPartialTransfer", BUSY);
    world.put_report(
        2,
        "Detailed-Reports",
        "files-transferred-v1-00001-0123456789abcdef0",
        &busy_part("/a*"),
    );
    assert!(alerted(&world.invoke(world.event(2, "ERROR"), "r3").await.unwrap()));
    assert_eq!(world.subjects(), ["[backup] the run failed: files were busy"]);
    assert_eq!(world.invoked.lock().unwrap().len(), 2, "no retry of a retry");
}

/// As on AWS: each unchanged file counts as skipped, and some tasks list them all.
#[tokio::test]
async fn unchanged_files_alert_nobody_and_the_baseline_moves_on() {
    for listed in [false, true] {
        let world = World::new();
        for number in 1..=4 {
            if number > 1 {
                world.add();
            }
            let files = 1_000 + number as i64;
            world.succeed(number, files);
            world.change(number, |execution| {
                execution.counters.files_skipped = if number == 1 { 0 } else { files }
            });
            if listed && number > 1 {
                let row = |n: i64| json!({"RelativePath": format!("/{n}"), "SkipReason": "same", "SkipStatus": "SUCCESS"});
                let part = json!({"TaskExecutionId": "exec-1", "Skipped": (0..files).map(row).collect::<Vec<_>>()});
                world.put_report(
                    number,
                    "Detailed-Reports",
                    "files-skipped-v1-00001-0123456789abcdef0",
                    &part,
                );
            }
            assert!(
                !alerted(&world.invoke(world.event(number, "SUCCESS"), "r1").await.unwrap()),
                "{number}"
            );
            let run = world.run(number);
            assert!(run.is_good() && run.problems.is_empty(), "{run:?}");
            let last: LastRun = world.stored(keys::LAST_RUN);
            let baseline = last.baseline.unwrap();
            assert_eq!(
                (last.execution, baseline.listed, baseline.skipped),
                (world.arn(number), Some(files), 0)
            );
        }
        assert_eq!(world.subjects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn files_skipped_with_an_error_are_told_when_there_are_more_of_them() {
    let world = World::new();
    for (number, failed) in [(1, 1), (2, 1), (3, 2)] {
        if number > 1 {
            world.add();
        }
        world.succeed(number, 1_000);
        world.change(number, |execution| execution.counters.files_skipped = 900);
        let row = |n: i64| json!({"RelativePath": format!("/pipe-{n}"), "SkipReason": "FIFO", "SkipStatus": "FAILED"});
        let same = json!({"RelativePath": "/same", "SkipReason": "same", "SkipStatus": "SUCCESS"});
        let rows: Vec<Value> = (0..failed).map(row).chain([same]).collect();
        let part = json!({"TaskExecutionId": "exec-1", "Skipped": rows});
        world.put_report(
            number,
            "Detailed-Reports",
            "files-skipped-v1-00001-0123456789abcdef0",
            &part,
        );
        let told = alerted(&world.invoke(world.event(number, "SUCCESS"), "r1").await.unwrap());
        // The first has nothing to be compared with.
        assert_eq!(told, number == 3, "{number}");
        assert_eq!(world.run(number).problems.skipped, failed);
    }
    assert_eq!(world.run(3).class, Some(Class::SkippedRising));
}

/// Unchanged files on the report are no reason not to copy the busy ones again, however many parts
/// they fill.
#[tokio::test]
async fn busy_files_are_copied_again_beside_unchanged_ones() {
    let world = World::new();
    world.fail(1, "OpPartialTransfer", BUSY);
    world.change(1, |execution| execution.counters.files_skipped = 1_000);
    let same = json!({"TaskExecutionId": "exec-1",
        "Skipped": [{"RelativePath": "/same", "SkipReason": "same", "SkipStatus": "SUCCESS"}]});
    for number in 1..=17 {
        let name = format!("files-skipped-v1-{number:05}-0123456789abcdef0");
        world.put_report(1, "Detailed-Reports", &name, &same);
    }
    world.put_report(
        1,
        "Detailed-Reports",
        "files-transferred-v1-00001-0123456789abcdef0",
        &busy_part("/a"),
    );
    assert!(!alerted(&world.invoke(world.event(1, "ERROR"), "r1").await.unwrap()));
    assert_eq!(world.run(1).retries, ["/a"]);
}

/// `FilesVerified` may count objects that only the destination has: an emptied source leaves them
/// all behind.
#[tokio::test]
async fn objects_at_the_destination_alone_are_no_files_at_the_source() {
    for (rows, expected) in
        [(Some(0), Some(Class::NothingListed)), (Some(100), Some(Class::Shrunk)), (None, None)]
    {
        let world = World::new();
        for number in [1, 2] {
            if number > 1 {
                world.add();
            }
            world.succeed(number, 1_000);
            let at_source = if number == 1 { Some(1_000) } else { rows };
            if let Some(at_source) = at_source {
                let row = |n: i64| match n < at_source {
                    true => {
                        json!({"RelativePath": format!("/{n}"), "SrcMetadata": {"Type": "Regular"},
                        "DstMetadata": {"Type": "Regular"}, "VerifyStatus": "SUCCESS"})
                    }
                    false => {
                        json!({"RelativePath": format!("/{n}"), "DstMetadata": {"Type": "Regular"},
                        "VerifyStatus": "SUCCESS"})
                    }
                };
                let part = json!({"TaskExecutionId": "exec-1", "Verified": (0..1_000).map(row).collect::<Vec<_>>()});
                world.put_report(
                    number,
                    "Detailed-Reports",
                    "files-verified-v1-00001-0123456789abcdef0",
                    &part,
                );
            }
            world.invoke(world.event(number, "SUCCESS"), "r1").await.unwrap();
        }
        assert_eq!(world.run(2).class, expected, "{rows:?}");
        // Where no row is there, the counter is all there is.
        assert_eq!(world.run(2).listed, rows.or(Some(1_000)));
    }
}

#[tokio::test]
async fn recovery_is_told_once_with_the_number_of_failures() {
    let world = World::new();
    for number in 1..=5 {
        if number > 1 {
            world.add();
        }
        if number <= 3 {
            world.fail(number, "OpNotSupp", "x40016")
        } else {
            world.succeed(number, 7)
        }
        let state = if number <= 3 { "ERROR" } else { "SUCCESS" };
        for _ in 0..2 {
            world.invoke(world.event(number, state), "r1").await.unwrap();
        }
    }
    let unreachable = "[backup] the run failed: the file system could not be reached".to_owned();
    let again = "[backup] the run succeeds again after 3 failures".to_owned();
    assert_eq!(world.subjects(), [unreachable.clone(), unreachable.clone(), unreachable, again]);
    assert_eq!(world.stored::<LastRun>(keys::LAST_RUN).bad_in_a_row, 0);
    assert_eq!(world.metrics.lines().len(), 5);
}

#[tokio::test]
async fn an_empty_source_is_no_success_and_no_new_baseline() {
    let world = World::new();
    world.succeed(1, 1_000);
    world.invoke(world.event(1, "SUCCESS"), "r1").await.unwrap();
    for number in [2, 3] {
        world.add();
        world.succeed(number, 0);
        assert!(alerted(&world.invoke(world.event(number, "SUCCESS"), "r2").await.unwrap()));
        assert_eq!(world.run(number).class, Some(Class::NothingListed));
    }
}

#[tokio::test]
async fn of_a_stuck_run_nobody_is_told_twice() {
    for sent in [true, false] {
        let world = World::new();
        world.fail(1, "Cancelled", "The task execution was cancelled.");
        let at = DateTime::from_timestamp(ENDED - 600, 0).unwrap();
        let alert =
            domain::records::alert::Alert { what: "a run is stuck".into(), ..Default::default() };
        let sent_at = sent.then_some(at);
        let receipt =
            AlertReceipt { alert, claimed_by: "start-execution".into(), claimed_at: at, sent_at };
        world
            .bucket
            .put(&keys::stuck_alert(world.arn(1).id()), serde_json::to_vec(&receipt).unwrap());
        for request in ["r1", "r2"] {
            world.invoke(world.event(1, "ERROR"), request).await.unwrap();
        }
        assert_eq!(world.subjects().len(), usize::from(!sent), "what was cut off is told here");
        assert_eq!(world.run(1).class, Some(Class::Stuck));
    }
}
