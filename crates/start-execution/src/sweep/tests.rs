//! The sweep, whatever events were lost.

use std::time::Duration;

use aws::executions::Patience;
use aws::metrics::MetricsSink;
use aws_fakes::datasync::FakeExecution;
use aws_fakes::{Interleaving, environment, lambda_event, time_at};
use domain::limits::Limits;
use domain::names::SLOT_TAG;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::records::start::StartRecord;
use domain::sync_name::SyncName;
use on_execution_complete::CompletionApp;
use serde_json::{Value, json};

use crate::outcome::StartOutcome;
use crate::testing::{NOW, STACKS, StartFixture, template_config};

/// The function that this one hands executions to, on the same bucket and the same task.
fn completion_app(fixture: &StartFixture) -> CompletionApp {
    CompletionApp {
        environment: environment(),
        records: fixture.app.records.clone(),
        datasync: fixture.app.datasync.clone(),
        sns: fixture.app.sns.clone(),
        lambda: fixture.app.lambda.clone(),
        metrics: MetricsSink::keeping(),
        report_patience: Patience { attempts: 1, pause: Duration::ZERO },
    }
}

async fn invoke_complete(app: &CompletionApp, payload: Value) {
    let request_id = payload.to_string();
    let event = lambda_event(payload, &request_id);
    on_execution_complete::handle_at(app, event, time_at(NOW)).await.unwrap();
}

/// Adds executions that ended an hour apart, every other one with an error.
fn add_ended(fixture: &StartFixture, runs: usize) {
    let mut state = fixture.env.datasync.state();
    for number in 1..=runs {
        let ended = NOW - 3_600 * (runs - number + 1) as i64;
        state.add_execution(number, ended - 300);
        let mut execution = state.executions.pop().unwrap();
        if number % 2 == 0 {
            execution.fail("OpNotSupp", "x40016", ended)
        } else {
            execution.succeed(9, ended)
        }
        let (task, id) = (state.task.id(), execution.arn.id());
        fixture.env.bucket.put(&format!("reports/Summary-Reports/{task}/{id}/{id}.json"), "{}");
        state.executions.push(execution);
    }
}

#[tokio::test]
async fn after_one_sweep_each_execution_has_its_outcome_whatever_events_were_lost() {
    const RUNS: usize = 5;
    let (mut subsets, mut lost_events) = (0, 0);
    // Of the stack of three syncs every third subset.
    let stacks = STACKS
        .iter()
        .zip([1, 3])
        .flat_map(|(syncs, step)| (0_u32..1 << RUNS).step_by(step).map(move |lost| (syncs, lost)));
    for (syncs, lost) in stacks {
        let fixture = StartFixture::of_stack(syncs, &Interleaving::default());
        add_ended(&fixture, RUNS);
        let app = completion_app(&fixture);
        let arns: Vec<_> =
            fixture.env.datasync.state().executions.iter().map(|found| found.arn.clone()).collect();
        for (bit, arn) in arns.iter().enumerate().filter(|(bit, _)| lost & (1 << bit) == 0) {
            invoke_complete(&app, json!({"execution": arn, })).await;
            assert!(fixture.env.bucket.get(&keys::run_record(arn.id())).is_some(), "{bit}");
        }
        fixture.invoke_scheduled("tick", NOW).await.unwrap();
        assert_eq!(fixture.handed_on().len(), lost.count_ones() as usize);
        let handed: Vec<Value> = fixture.env.functions.payloads();
        for payload in handed {
            invoke_complete(&app, payload).await;
        }
        for (number, arn) in arns.iter().enumerate() {
            let run: RunRecord = fixture.env.read_document(&keys::run_record(arn.id()));
            assert_eq!(run.is_good(), number % 2 == 0, "{arn}");
        }
        let bad = fixture.subjects().iter().filter(|subject| subject.contains("failed")).count();
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
    let fixture = StartFixture::new();
    let most = Limits::default().max_handed_on;
    add_ended(&fixture, most + 2);
    fixture.invoke_scheduled("r1", NOW).await.unwrap();
    fixture.invoke_scheduled("r2", NOW + 299).await.unwrap();
    assert_eq!(fixture.env.functions.payloads().len(), most);
    fixture.invoke_scheduled("r3", NOW + 300).await.unwrap();
    assert_eq!(fixture.env.functions.payloads().len(), 2 * most, "none has its record yet");
    fixture.invoke(json!({"slot": "manual-1"}), "r4", NOW + 301).await.unwrap();
    assert_eq!(fixture.env.functions.payloads().len(), 3 * most, "a person does not wait");
}

#[tokio::test]
async fn an_execution_is_stuck_as_configured() {
    let fixture = StartFixture::new();
    fixture.add_execution(1, NOW - 31 * 60);
    let mut config = template_config();
    config.limits.max_launching_minutes = 32;
    fixture.put_config(&config);
    fixture.invoke_scheduled("r1", NOW).await.unwrap();
    assert_eq!(fixture.env.datasync.state().cancels, 0);
    fixture.invoke_scheduled("r2", NOW + 301).await.unwrap();
    assert_eq!(fixture.env.datasync.state().cancels, 1);
}

#[tokio::test]
async fn a_stuck_execution_is_cancelled_once_and_alerts_once_wherever_a_crash_comes() {
    let (mut crashes, mut doubles) = (0, 0);
    for syncs in STACKS {
        let (crashed, doubled) = crash_around_a_stuck_execution(syncs).await;
        // One call is between the publication and our knowledge of it, and one more writes the
        // receipt.
        assert!(doubled <= 2, "{doubled}");
        (crashes, doubles) = (crashes + crashed, doubles + doubled);
    }
    measurements::proven("crashes around a stuck run: cancelled once each", crashes, "crashes");
    measurements::proven("of those, told twice", doubles, "crashes");
}

/// Returns the number of crashes, and of those with two alerts.
async fn crash_around_a_stuck_execution(syncs: &[&str]) -> (usize, usize) {
    let stuck = || {
        let fixture = StartFixture::of_stack(syncs, &Interleaving::default());
        fixture.add_execution(1, NOW - 31 * 60);
        fixture
    };
    let undisturbed = stuck();
    undisturbed.invoke_scheduled("r1", NOW).await.unwrap();
    let calls = undisturbed.env.outage.calls();
    let (mut crashes, mut doubles) = (0, 0);
    for dies_after in 1..=calls {
        let fixture = stuck();
        fixture.env.outage.restart(Some(dies_after));
        let _ = fixture.invoke_scheduled("r1", NOW).await;
        fixture.env.outage.restart(None);
        fixture.invoke_scheduled("r1", NOW + 60).await.unwrap();
        fixture.invoke_scheduled("r2", NOW + 600).await.unwrap();
        assert_eq!(fixture.env.datasync.state().cancels, 1, "after call {dies_after}");
        let alerts = fixture
            .subjects()
            .iter()
            .filter(|subject| subject.contains("stuck in LAUNCHING"))
            .count();
        assert!((1..=2).contains(&alerts), "after call {dies_after}: {alerts} alerts");
        doubles += alerts - 1;
        crashes += 1;
    }
    assert_eq!((undisturbed.subjects().len(), undisturbed.metrics.lines().len()), (1, 1));
    (crashes, doubles)
}

#[tokio::test]
async fn an_execution_in_time_is_left_alone() {
    let fixture = StartFixture::new();
    fixture.add_execution(1, NOW - 29 * 60);
    fixture.invoke_scheduled("r1", NOW).await.unwrap();
    assert_eq!((fixture.env.datasync.state().cancels, fixture.subjects().len()), (0, 0));
}

fn add_ended_of_slot(fixture: &StartFixture, slot: &str) {
    let mut state = fixture.env.datasync.state();
    let mut execution = FakeExecution::under_way(&state.task, 7, NOW - 4_400);
    execution.tags.insert(SLOT_TAG.into(), slot.into());
    execution.succeed(1, NOW - 4_000);
    state.executions.push(execution);
}

#[tokio::test]
async fn a_slot_without_an_end_gets_one() {
    let stacks = [true, false]
        .into_iter()
        .flat_map(|started| StartFixture::of_each_stack().map(|fixture| (started, fixture)));
    for (started, fixture) in stacks {
        let slot = "schedule-2023-11-14T21:00:00Z";
        let at = time_at(NOW - 4_400);
        fixture.claim(slot, "gone", at).await;
        if started {
            add_ended_of_slot(&fixture, &fixture.sync.slot(slot));
        }
        for request in ["r1", "r2"] {
            let later = if request == "r1" { NOW } else { NOW + 600 };
            fixture.invoke_scheduled(request, later).await.unwrap();
        }
        let record: StartRecord = fixture.start_record(slot);
        assert_eq!((record.execution.is_some(), record.missed), (started, !started));
        assert_eq!(fixture.subjects().len(), usize::from(!started), "{:?}", fixture.subjects());
    }
}

/// It does not depend on the schedule: the payload of its own rule is enough.
#[tokio::test]
async fn the_sweeps_own_rule_finds_what_was_lost_and_starts_nothing() {
    let fixture = StartFixture::new();
    add_ended(&fixture, 2);
    {
        let mut state = fixture.env.datasync.state();
        let stuck = FakeExecution::under_way(&state.task, 3, NOW - 31 * 60);
        state.executions.push(stuck);
    }
    let swept = fixture.invoke_sweep("sweep", NOW).await.unwrap();
    let StartOutcome::Swept(swept) = swept else { panic!("{swept:?}") };
    assert_eq!((swept.handed_on, swept.cancelled), (2, 1));
    assert_eq!(fixture.env.datasync.state().executions.len(), 3, "nothing was started");
    let again = fixture.invoke_sweep("next", NOW + 1).await.unwrap();
    assert!(matches!(again, StartOutcome::Swept(_)), "it is not put off: {again:?}");
}

#[tokio::test]
async fn a_sweep_before_the_first_deploy_has_ended_is_quiet() {
    let fixture = StartFixture::new();
    fixture.env.bucket.remove(keys::OUTPUTS);
    let swept = fixture.invoke_sweep("sweep", NOW).await.unwrap();
    assert_eq!(swept, StartOutcome::NothingToSweep);
    assert!(fixture.subjects().is_empty() && fixture.env.bucket.keys().is_empty());
}

#[tokio::test]
async fn a_start_sweeps_first_and_starts_whatever_the_sweep_returns() {
    let fixture = StartFixture::new();
    fixture.add_execution(1, NOW - 31 * 60);
    let outcome = fixture.invoke_scheduled("r1", NOW).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Skipped { .. }), "{outcome:?}");
    assert_eq!(fixture.env.datasync.state().cancels, 1);
    let broken = StartFixture::new();
    broken.env.bucket.put(&keys::sweep(&SyncName::default()), "no JSON");
    let outcome = broken.invoke_scheduled("r1", NOW).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Started { .. }), "{outcome:?}");
    broken.invoke_sweep("sweep", NOW).await.unwrap_err();
}

#[tokio::test]
async fn records_of_all_time_are_listed_once() {
    let fixture = StartFixture::new();
    add_ended(&fixture, 40);
    for number in 0..40 {
        let id = fixture.env.datasync.state().executions[number].arn.id().to_owned();
        fixture.env.bucket.put(&keys::run_record(&id), "{}");
    }
    fixture.invoke_sweep("first", NOW).await.unwrap();
    assert!(fixture.env.bucket.take_listed().iter().any(|prefix| prefix == keys::RUNS_PREFIX));
    {
        let mut state = fixture.env.datasync.state();
        let mut execution = FakeExecution::under_way(&state.task, 41, NOW);
        execution.succeed(1, NOW);
        state.executions.push(execution);
    }
    let swept = fixture.invoke_sweep("second", NOW + 300).await.unwrap();
    assert!(matches!(swept, StartOutcome::Swept(swept) if swept.handed_on == 1));
    let listed = fixture.env.bucket.take_listed();
    assert!(listed.iter().all(|prefix| prefix != keys::RUNS_PREFIX), "{listed:?}");
}
