//! A full verification is started in its turn, once, whatever is under way when its rule ticks.

use aws::fakes::datasync::{FakeExecution, StartFault};
use aws_sdk_datasync::types::{LogLevel, Options, VerifyMode};
use chrono::{DateTime, TimeDelta};
use domain::config::{TemplateValues, parse, render_template};
use domain::records::keys;
use domain::records::start::{StartRecord, scheduled_slot};
use serde_json::json;

use crate::outcome::Outcome;
use crate::world::{NOW, World};

const SLOT: &str = "full-verification-2023-11-14T22:13:20Z";
const SCHEDULED: &str = "schedule-2023-11-14T22:13:20Z";
const NEVER_STARTED: &str = "[backup] a full verification was never started";

/// A deployed stack whose schedule skips what comes while an execution is under way.
fn world() -> World {
    let world = World::new();
    let config =
        parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
            .unwrap();
    world.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());
    world
}

fn under_way(world: &World) {
    let mut state = world.datasync.state();
    let execution = FakeExecution::under_way(&state.task, 9, NOW);
    state.executions.push(execution);
}

fn end_all(world: &World) {
    world.datasync.state().executions.iter_mut().for_each(|execution| execution.succeed(1, NOW));
}

/// DataSync refuses the next so many starts.
fn refuse(world: &World, starts: usize) {
    world.datasync.state().start_faults.extend(std::iter::repeat_n(StartFault::Beaten, starts));
}

async fn sweep(world: &World, request: &str, later: i64) -> usize {
    let swept = world.invoke(json!({"action": "sweep"}), request, NOW + later).await.unwrap();
    let Outcome::Swept(swept) = swept else { panic!("{swept:?}") };
    swept.waiting_starts
}

#[tokio::test]
async fn it_overrides_the_verify_mode_and_no_other_option() {
    let world = world();
    let of_task = || {
        Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).log_level(LogLevel::Basic)
    };
    world.datasync.state().options = of_task().build();
    world.datasync.state().excludes = Some("*.tmp".into());
    let outcome = world.invoke(world.full_verification(NOW), "first", NOW).await.unwrap();
    assert!(matches!(&outcome, Outcome::Started { slot, .. } if slot == SLOT), "{outcome:?}");
    let state = world.datasync.state();
    let whole = of_task().verify_mode(VerifyMode::PointInTimeConsistent).build();
    assert_eq!(state.executions[0].override_options, Some(whole));
    assert_eq!(state.executions[0].excludes.as_deref(), Some("*.tmp"));
    assert!(
        !state.executions[0].tags.contains_key(domain::names::PART_TAG),
        "it is no part of the source"
    );
}

#[tokio::test]
async fn of_two_ticks_at_the_same_time_the_full_verification_is_started_in_either_order() {
    for full_first in [true, false] {
        let world = world();
        let mut ticks = [world.scheduled(NOW), world.full_verification(NOW)];
        if full_first {
            ticks.reverse();
        }
        for tick in ticks {
            world.invoke(tick.clone(), "first", NOW).await.unwrap();
            let again = world.invoke(tick, "second", NOW + 1).await.unwrap();
            assert!(
                matches!(again, Outcome::AlreadyStarted { .. } | Outcome::Skipped { .. }),
                "{again:?}"
            );
        }
        assert_eq!((world.started(SLOT), world.started(SCHEDULED)), (1, usize::from(!full_first)));
    }
}

#[tokio::test]
async fn where_datasync_queues_none_behind_the_one_under_way_a_sweep_starts_it_after() {
    for queued in [false, true] {
        let world = world();
        under_way(&world);
        if queued {
            world.datasync.state().task_status = Some("QUEUED".into());
        } else {
            refuse(&world, 3);
        }
        for request in ["first", "second"] {
            let outcome = world.invoke(world.full_verification(NOW), request, NOW).await.unwrap();
            assert!(matches!(&outcome, Outcome::Waiting { running: Some(_), .. }), "{outcome:?}");
        }
        assert_eq!(sweep(&world, "busy", 300).await, 0, "its turn has not come");
        assert!(world.record(SLOT).waiting);
        end_all(&world);
        world.datasync.state().task_status = None;
        assert_eq!(sweep(&world, "free", 600).await, 1);
        assert_eq!(sweep(&world, "after", 900).await, 0);
        let duplicate =
            world.invoke(world.full_verification(NOW), "late", NOW + 901).await.unwrap();
        assert!(matches!(duplicate, Outcome::AlreadyStarted { .. }), "{duplicate:?}");
        assert_eq!((world.started(SLOT), world.record(SLOT).waiting), (1, false));
        assert_eq!(world.subjects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn one_that_was_cut_off_before_it_was_started_is_started_by_a_sweep() {
    let world = world();
    let at = DateTime::from_timestamp(NOW, 0).unwrap();
    crate::slot_record::claim(&world.app.records, SLOT, "cut off", at).await.unwrap();
    for second in 1..=40 {
        // Those of a schedule that ticks often are no reason to overlook it.
        let slot = scheduled_slot(at + TimeDelta::seconds(second));
        crate::slot_record::skip(&world.app.records, StartRecord::new_claim(&slot, "r", at), None)
            .await
            .unwrap();
    }
    assert_eq!(sweep(&world, "early", 899).await, 0, "whoever claimed it may be at work");
    assert_eq!(sweep(&world, "late", 900).await, 1);
    assert_eq!((world.started(SLOT), world.subjects().len()), (1, 0));
}

#[tokio::test]
async fn one_whose_turn_does_not_come_for_a_day_is_given_up_and_told_once() {
    const A_DAY: i64 = 24 * 3_600;
    let world = world();
    under_way(&world);
    world.datasync.state().task_status = Some("QUEUED".into());
    world.invoke(world.full_verification(NOW), "first", NOW).await.unwrap();
    let told =
        |world: &World| world.subjects().iter().filter(|subject| *subject == NEVER_STARTED).count();
    sweep(&world, "still waiting", A_DAY - 1).await;
    assert_eq!((told(&world), world.record(SLOT).waiting), (0, true));
    for later in [A_DAY, A_DAY + 300] {
        sweep(&world, "given up", later).await;
    }
    assert_eq!((told(&world), world.record(SLOT).missed, world.started(SLOT)), (1, true, 0));
}

#[tokio::test]
async fn a_crash_after_each_call_of_it_is_one_execution_in_the_end() {
    let refused = || {
        let world = world();
        under_way(&world);
        refuse(&world, 1);
        world
    };
    let all = async |world: &World, dies_after: Option<usize>| {
        world.outage.restart(dies_after);
        let _ = world.invoke(world.full_verification(NOW), "first", NOW).await;
        let _ = world.invoke(json!({"action": "sweep"}), "sweep", NOW + 300).await;
        world.outage.calls()
    };
    let undisturbed = refused();
    let calls = all(&undisturbed, None).await;
    assert_eq!(undisturbed.started(SLOT), 1);
    let mut crashes = 0;
    for dies_after in 1..=calls {
        let world = refused();
        all(&world, Some(dies_after)).await;
        world.outage.restart(None);
        // Lambda tries an event again that failed.
        let _ = world.invoke(world.full_verification(NOW), "first", NOW + 60).await;
        end_all(&world);
        for (request, later) in [("sweep", 360), ("next", 1_300), ("later", 2_300)] {
            let _ = world.invoke(json!({"action": "sweep"}), request, NOW + later).await;
        }
        assert_eq!(world.started(SLOT), 1, "after call {dies_after}");
        let record = world.record(SLOT);
        assert!(
            record.execution.is_some() && !record.waiting && !record.missed,
            "after call {dies_after}: {record:?}"
        );
        crashes += 1;
    }
    measurements::proven(
        "crashes around a full verification that waits: 1 execution each",
        crashes,
        "crashes",
    );
}
