//! What no event has told is told by a sweep.

use std::time::Duration;

use aws::executions::Patience;
use aws::fakes::datasync::FakeExecution;
use aws::metrics::MetricsSink;
use domain::config::{TemplateValues, parse, render_template};
use domain::limits::Limits;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::records::start::StartRecord;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::world::{NOW, World, environment, sns};

/// The function that this one hands executions to, on the same bucket and the same task.
fn on_execution_complete(world: &World) -> on_execution_complete::App {
    on_execution_complete::App {
        environment: environment(),
        records: world.app.records.clone(),
        datasync: world.app.datasync.clone(),
        sns: sns(&world.alerts, &world.outage),
        lambda: world.app.lambda.clone(),
        metrics: MetricsSink::keeping(),
        report_patience: Patience { attempts: 1, pause: Duration::ZERO },
    }
}

async fn complete(app: &on_execution_complete::App, payload: Value) {
    let mut context = Context::default();
    context.request_id = payload.to_string();
    let now = chrono::DateTime::from_timestamp(NOW, 0).unwrap();
    on_execution_complete::handle_at(app, LambdaEvent::new(payload, context), now).await.unwrap();
}

fn under_way(world: &World, since: i64) {
    let mut state = world.datasync.state();
    let execution = FakeExecution::under_way(&state.task, 1, since);
    state.executions.push(execution);
}

/// Runs that ended an hour apart, every other one badly.
fn ended(world: &World, runs: usize) {
    let mut state = world.datasync.state();
    for number in 1..=runs {
        let ended = NOW - 3_600 * (runs - number + 1) as i64;
        let mut execution = FakeExecution::under_way(&state.task, number, ended - 300);
        if number % 2 == 0 {
            execution.fail("OpNotSupp", "x40016", ended)
        } else {
            execution.succeed(9, ended)
        }
        let (task, id) = (state.task.id(), execution.arn.id());
        world.bucket.put(&format!("reports/Summary-Reports/{task}/{id}/{id}.json"), "{}");
        state.executions.push(execution);
    }
}

#[tokio::test]
async fn after_one_sweep_each_execution_has_its_outcome_whatever_events_were_lost() {
    const RUNS: usize = 5;
    let (mut subsets, mut lost_events) = (0, 0);
    for lost in 0_u32..1 << RUNS {
        let world = World::new();
        ended(&world, RUNS);
        let app = on_execution_complete(&world);
        let arns: Vec<_> =
            world.datasync.state().executions.iter().map(|found| found.arn.clone()).collect();
        for (bit, arn) in arns.iter().enumerate().filter(|(bit, _)| lost & (1 << bit) == 0) {
            complete(&app, json!({"execution": arn, })).await;
            assert!(world.bucket.get(&keys::run_record(arn.id())).is_some(), "{bit}");
        }
        world.tick("tick", NOW).await.unwrap();
        assert_eq!(world.handed_on().len(), lost.count_ones() as usize);
        let handed: Vec<Value> = world.invoked.lock().unwrap().clone();
        for payload in handed {
            complete(&app, payload).await;
        }
        for (number, arn) in arns.iter().enumerate() {
            let run: RunRecord = world.stored(&keys::run_record(arn.id()));
            assert_eq!(run.is_good(), number % 2 == 0, "{arn}");
        }
        let bad = world.subjects().iter().filter(|subject| subject.contains("failed")).count();
        assert_eq!((bad, app.metrics.lines().len()), (RUNS / 2, RUNS), "lost {lost:b}");
        subsets += 1;
        lost_events += lost.count_ones();
    }
    measurements::proven(
        "subsets of lost events: each execution has its outcome after one sweep",
        subsets,
        "subsets",
    );
    measurements::proven("lost events of those subsets", lost_events, "events");
}

#[tokio::test]
async fn a_sweep_is_bounded_and_not_repeated_at_once() {
    let world = World::new();
    let most = Limits::default().max_handed_on;
    ended(&world, most + 2);
    world.tick("r1", NOW).await.unwrap();
    world.tick("r2", NOW + 299).await.unwrap();
    assert_eq!(world.invoked.lock().unwrap().len(), most);
    world.tick("r3", NOW + 300).await.unwrap();
    assert_eq!(world.invoked.lock().unwrap().len(), 2 * most, "none has its record yet");
    world.invoke(json!({"slot": "manual-1"}), "r4", NOW + 301).await.unwrap();
    assert_eq!(world.invoked.lock().unwrap().len(), 3 * most, "a person does not wait");
}

#[tokio::test]
async fn a_run_is_stuck_as_configured() {
    let world = World::new();
    under_way(&world, NOW - 31 * 60);
    let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
    let mut config = parse(&render_template(&values)).unwrap();
    config.limits.max_launching_minutes = 32;
    world.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());
    world.tick("r1", NOW).await.unwrap();
    assert_eq!(world.datasync.state().cancels, 0);
    world.tick("r2", NOW + 301).await.unwrap();
    assert_eq!(world.datasync.state().cancels, 1);
}

#[tokio::test]
async fn a_stuck_run_is_cancelled_once_and_told_once_wherever_a_crash_comes() {
    let stuck = || {
        let world = World::new();
        under_way(&world, NOW - 31 * 60);
        world
    };
    let undisturbed = stuck();
    undisturbed.tick("r1", NOW).await.unwrap();
    let calls = undisturbed.outage.calls();
    let (mut crashes, mut doubles) = (0, 0);
    for dies_after in 1..=calls {
        let world = stuck();
        world.outage.restart(Some(dies_after));
        let _ = world.tick("r1", NOW).await;
        world.outage.restart(None);
        world.tick("r1", NOW + 60).await.unwrap();
        world.tick("r2", NOW + 600).await.unwrap();
        assert_eq!(world.datasync.state().cancels, 1, "after call {dies_after}");
        let told = world
            .subjects()
            .iter()
            .filter(|subject| subject.contains("stuck in LAUNCHING"))
            .count();
        assert!((1..=2).contains(&told), "after call {dies_after}: told {told} times");
        doubles += told - 1;
        crashes += 1;
    }
    // Between SNS's taking the alert and our knowing it lies one call, and one more keeps the
    // receipt.
    assert!(doubles <= 2, "{doubles}");
    assert_eq!((undisturbed.subjects().len(), undisturbed.metrics.lines().len()), (1, 1));
    measurements::proven("crashes around a stuck run: cancelled once each", crashes, "crashes");
    measurements::proven("of those, told twice", doubles, "crashes");
}

#[tokio::test]
async fn a_run_in_time_is_left_alone() {
    let world = World::new();
    under_way(&world, NOW - 29 * 60);
    world.tick("r1", NOW).await.unwrap();
    assert_eq!((world.datasync.state().cancels, world.subjects().len()), (0, 0));
}

#[tokio::test]
async fn a_slot_without_an_end_gets_one() {
    for started in [true, false] {
        let world = World::new();
        let slot = "schedule-2023-11-14T21:00:00Z";
        let at = chrono::DateTime::from_timestamp(NOW - 4_400, 0).unwrap();
        crate::slot_record::claim(&world.app.records, slot, "gone", at).await.unwrap();
        if started {
            let mut state = world.datasync.state();
            let mut execution = FakeExecution::under_way(&state.task, 7, NOW - 4_400);
            execution.tags.insert(domain::names::SLOT_TAG.into(), slot.into());
            execution.succeed(1, NOW - 4_000);
            state.executions.push(execution);
        }
        for request in ["r1", "r2"] {
            let later = if request == "r1" { NOW } else { NOW + 600 };
            world.tick(request, later).await.unwrap();
        }
        let record: StartRecord = world.record(slot);
        assert_eq!((record.execution.is_some(), record.missed), (started, !started));
        assert_eq!(world.subjects().len(), usize::from(!started), "{:?}", world.subjects());
    }
}

/// Whatever the schedule does: its own rule's payload is all that comes.
#[tokio::test]
async fn the_sweeps_own_rule_finds_what_was_lost_and_starts_nothing() {
    let world = World::new();
    ended(&world, 2);
    {
        let mut state = world.datasync.state();
        let stuck = FakeExecution::under_way(&state.task, 3, NOW - 31 * 60);
        state.executions.push(stuck);
    }
    let swept = world.invoke(json!({"action": "sweep"}), "sweep", NOW).await.unwrap();
    let Outcome::Swept(swept) = swept else { panic!("{swept:?}") };
    assert_eq!((swept.handed_on, swept.cancelled), (2, 1));
    assert_eq!(world.datasync.state().executions.len(), 3, "nothing was started");
    let again = world.invoke(json!({"action": "sweep"}), "next", NOW + 1).await.unwrap();
    assert!(matches!(again, Outcome::Swept(_)), "it is not put off: {again:?}");
}

#[tokio::test]
async fn a_sweep_before_the_first_deploy_has_ended_is_quiet() {
    let world = World::new();
    world.bucket.remove(keys::OUTPUTS);
    let swept = world.invoke(json!({"action": "sweep"}), "sweep", NOW).await.unwrap();
    assert_eq!(swept, Outcome::NothingToSweep);
    assert!(world.subjects().is_empty() && world.bucket.keys().is_empty());
}

#[tokio::test]
async fn a_tick_sweeps_before_it_starts_and_starts_whatever_becomes_of_the_sweep() {
    let world = World::new();
    under_way(&world, NOW - 31 * 60);
    let tick = world.tick("r1", NOW).await.unwrap();
    assert!(matches!(tick, Outcome::Skipped { .. }), "{tick:?}");
    assert_eq!(world.datasync.state().cancels, 1);
    let broken = World::new();
    broken.bucket.put(keys::SWEEP, "no JSON");
    let tick = broken.tick("r1", NOW).await.unwrap();
    assert!(matches!(tick, Outcome::Started { .. }), "{tick:?}");
    broken.invoke(json!({"action": "sweep"}), "sweep", NOW).await.unwrap_err();
}

#[tokio::test]
async fn records_of_all_time_are_listed_once() {
    let world = World::new();
    ended(&world, 40);
    for number in 0..40 {
        let id = world.datasync.state().executions[number].arn.id().to_owned();
        world.bucket.put(&keys::run_record(&id), "{}");
    }
    world.invoke(json!({"action": "sweep"}), "first", NOW).await.unwrap();
    assert!(world.bucket.take_listed().iter().any(|prefix| prefix == keys::RUNS_PREFIX));
    {
        let mut state = world.datasync.state();
        let mut execution = FakeExecution::under_way(&state.task, 41, NOW);
        execution.succeed(1, NOW);
        state.executions.push(execution);
    }
    let swept = world.invoke(json!({"action": "sweep"}), "second", NOW + 300).await.unwrap();
    assert!(matches!(swept, Outcome::Swept(swept) if swept.handed_on == 1));
    let listed = world.bucket.take_listed();
    assert!(listed.iter().all(|prefix| prefix != keys::RUNS_PREFIX), "{listed:?}");
}
