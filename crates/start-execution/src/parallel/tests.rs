//! Many schedules at once, with a limit: never more executions than it, one for each slot, and all
//! of them in the end, in order.

use aws_fakes::{Interleaving, time_at};
use domain::records::keys;
use domain::records::parallel::ParallelExecutions;
use domain::records::start::StartRecord;
use serde_json::json;

use crate::error::StartError;
use crate::outcome::StartOutcome;
use crate::testing::{NOW, StartFixture, config_of_stack};

const LIMIT: usize = 3;
const SLOT: &str = "schedule-2023-11-14T22:13:20Z";

fn sync_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("sync-{number}")).collect()
}

fn limited_stack(names: &[String], limit: usize, order: &Interleaving) -> StartFixture {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fixture = StartFixture::of_stack(&names, order);
    let mut config = config_of_stack(&names);
    config.limits.max_parallel_executions = i32::try_from(limit).ok();
    fixture.put_config(&config);
    fixture
}

/// The syncs whose executions run, in the order of the stack.
fn running(stack: &StartFixture) -> Vec<usize> {
    let all = 0..stack.env.datasync.task_count();
    let is_running = |number: &usize| {
        let task = stack.env.datasync.task(*number);
        task.state().executions.iter().any(|execution| !execution.is_terminal())
    };
    all.filter(is_running).collect()
}

fn end_executions(stack: &StartFixture, numbers: &[usize]) {
    for number in numbers {
        let task = stack.env.datasync.task(*number);
        task.state().executions.iter_mut().for_each(|execution| execution.succeed(1, NOW));
    }
}

/// Lets all schedules fire at once; Lambda tries what fails twice more.
async fn fire_all(stack: &StartFixture, syncs: usize) {
    let mut open: Vec<usize> = (0..syncs).collect();
    for _ in 0..3 {
        let mut tasks = tokio::task::JoinSet::new();
        for number in open {
            let fixture = stack.seen_from(number);
            let request = format!("request-{number}");
            tasks.spawn(async move { (fixture.invoke_scheduled(&request, NOW).await, number) });
        }
        open = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let (outcome, number) = done.unwrap();
            open.extend(outcome.is_err().then_some(number));
            let found = running(stack);
            assert!(found.len() <= LIMIT, "{found:?}");
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn waiting_in_order(stack: &StartFixture) -> Vec<String> {
    let found: ParallelExecutions = stack.env.read_document(keys::PARALLEL_EXECUTIONS);
    let mut waiting: Vec<_> = found.waiting.into_iter().collect();
    waiting.sort_by_key(|(name, start)| (start.since, name.clone()));
    waiting.into_iter().map(|(name, _)| name.to_string()).collect()
}

async fn start_waiting(stack: &StartFixture, request: &str, later: i64) -> StartOutcome {
    stack.invoke(json!({"action": "start-waiting"}), request, NOW + later).await.unwrap()
}

#[tokio::test]
async fn twenty_schedules_at_once_are_one_execution_each_and_never_more_than_the_limit() {
    const SYNCS: usize = 20;
    let seeds = if measurements::is_quick() { 1 } else { 4 };
    let mut executions = 0;
    for seed in 1..=seeds {
        let stack = limited_stack(&sync_names(SYNCS), LIMIT, &Interleaving::seeded(seed));
        fire_all(&stack, SYNCS).await;
        assert_eq!(running(&stack).len(), LIMIT, "seed {seed}");
        let mut round = 0;
        while !running(&stack).is_empty() {
            round += 1;
            let expected = waiting_in_order(&stack);
            let ended = running(&stack);
            end_executions(&stack, &ended[..1 + round % ended.len().min(2)]);
            // Two executions that ended at once ask twice.
            let ask = |request: String| {
                let stack = stack.clone();
                let later = 60 * i64::try_from(round).unwrap();
                tokio::spawn(async move { start_waiting(&stack, &request, later).await })
            };
            let (first, second) = (ask(format!("a{round}")), ask(format!("b{round}")));
            first.await.unwrap();
            second.await.unwrap();
            let left = waiting_in_order(&stack);
            assert!(running(&stack).len() <= LIMIT, "seed {seed}, round {round}");
            assert!(expected.ends_with(&left), "in order: {expected:?}, {left:?}");
            assert!(round < 10 * SYNCS, "seed {seed}: it does not end: {left:?}");
        }
        for number in 0..SYNCS {
            let sync = stack.seen_from(number);
            assert_eq!(sync.started_for(SLOT), 1, "seed {seed}, sync {number}");
            assert!(sync.start_record(SLOT).execution.is_some());
            executions += 1;
        }
        assert_eq!(stack.subjects(), Vec::<String>::new());
    }
    measurements::proven(
        "starts of 20 schedules at once, with a limit of 3: 1 execution for each slot, in order",
        executions,
        "executions",
    );
}

/// Two syncs, a limit of one; the first one's execution runs and the second one waits.
async fn stack_with_one_waiting() -> StartFixture {
    let stack = limited_stack(&sync_names(2), 1, &Interleaving::default());
    let first = stack.seen_from(0).invoke_scheduled("first", NOW).await.unwrap();
    assert!(matches!(first, StartOutcome::Started { .. }), "{first:?}");
    let second = stack.invoke_scheduled("second", NOW + 1).await.unwrap();
    assert!(matches!(second, StartOutcome::Waiting { limited: true, .. }), "{second:?}");
    stack.env.outage.restart(None);
    stack
}

#[tokio::test]
async fn of_each_sync_one_start_waits_and_later_ones_are_skipped() {
    let stack = stack_with_one_waiting().await;
    let later = stack.invoke(stack.scheduled_event(NOW + 60), "later", NOW + 60).await.unwrap();
    assert!(matches!(later, StartOutcome::Skipped { running: None, .. }), "{later:?}");
    assert_eq!(running(&stack), [0]);
    end_executions(&stack, &[0]);
    start_waiting(&stack, "ask", 120).await;
    assert_eq!((running(&stack), stack.started_for(SLOT)), (vec![1], 1));
    assert!(waiting_in_order(&stack).is_empty());
}

#[tokio::test]
async fn what_waits_is_started_by_the_sweep_if_nobody_asks_for_it() {
    let stack = stack_with_one_waiting().await;
    end_executions(&stack, &[0]);
    stack.invoke_sweep("sweep", NOW + 300).await.unwrap();
    assert_eq!(running(&stack), [1]);
}

#[tokio::test]
async fn without_the_limit_what_waits_is_started() {
    let stack = stack_with_one_waiting().await;
    stack.put_config(&config_of_stack(&["sync-0", "sync-1"]));
    start_waiting(&stack, "ask", 120).await;
    assert_eq!(running(&stack), [0, 1]);
    assert!(waiting_in_order(&stack).is_empty());
}

#[tokio::test]
async fn a_start_that_fails_does_not_hold_up_the_others() {
    let stack = limited_stack(&sync_names(3), 1, &Interleaving::default());
    for number in 0..3 {
        let later = i64::try_from(number).unwrap();
        let sync = stack.seen_from(number);
        sync.invoke_scheduled(&format!("r{number}"), NOW + later).await.unwrap();
    }
    end_executions(&stack, &[0]);
    let fault = aws_fakes::datasync::StartFault::Internal;
    stack.env.datasync.task(1).state().start_faults.push_back(fault);
    let ask = json!({"action": "start-waiting"});
    let error = stack.invoke(ask, "ask", NOW + 60).await.unwrap_err();
    assert!(matches!(&error, StartError::Sweeps(_)), "{error}");
    assert!(error.to_string().contains("`sync-1`: "), "{error}");
    assert_eq!((running(&stack), waiting_in_order(&stack)), (vec![2], vec!["sync-1".to_owned()]));
    end_executions(&stack, &[2]);
    stack.invoke(json!({"action": "start-waiting"}), "ask", NOW + 120).await.unwrap();
    assert_eq!(running(&stack), [1]);
}

#[tokio::test]
async fn a_place_of_a_start_in_progress_is_not_free() {
    let stack = limited_stack(&sync_names(2), 1, &Interleaving::default());
    stack.seen_from(0).claim(SLOT, "first", time_at(NOW)).await;
    let place = json!({"places": {"sync-0": {"slot": "sync-0.".to_owned() + SLOT,
        "since": time_at(NOW)}}});
    stack.env.bucket.put(keys::PARALLEL_EXECUTIONS, place.to_string());
    for (later, starts) in [(1, false), (899, false), (900, true)] {
        let event = stack.scheduled_event(NOW + later);
        let outcome = stack.invoke(event, &format!("r{later}"), NOW + later).await.unwrap();
        assert_eq!(matches!(outcome, StartOutcome::Started { .. }), starts, "{later}: {outcome:?}");
        end_executions(&stack, &[0, 1]);
    }
}

#[tokio::test]
async fn a_crash_after_each_call_loses_no_start_and_exceeds_no_limit() {
    let undisturbed = stack_with_one_waiting().await;
    end_executions(&undisturbed, &[0]);
    start_waiting(&undisturbed, "ask", 60).await;
    let calls = undisturbed.env.outage.calls();
    let mut crashes = 0;
    let step = if measurements::is_quick() { 3 } else { 1 };
    for dies_after in (1..=calls).step_by(step) {
        for retried in [true, false] {
            let stack = stack_with_one_waiting().await;
            end_executions(&stack, &[0]);
            stack.env.outage.restart(Some(dies_after));
            let ask = || json!({"action": "start-waiting"});
            let _ = stack.invoke(ask(), "ask", NOW + 60).await;
            stack.env.outage.restart(None);
            if retried {
                let _ = stack.invoke(ask(), "ask", NOW + 120).await;
            }
            // The other sync comes in between.
            let first = stack.seen_from(0);
            let _ = first.invoke(first.scheduled_event(NOW + 180), "other", NOW + 180).await;
            for later in [300, 1_200, 1_500, 2_400] {
                assert!(running(&stack).len() <= 1, "after call {dies_after}");
                let _ = stack.invoke_sweep(&format!("s{later}"), NOW + later).await;
                end_executions(&stack, &running(&stack));
            }
            let record: StartRecord = stack.start_record(SLOT);
            assert!(record.execution.is_some(), "after call {dies_after}: {record:?}");
            assert_eq!(stack.started_for(SLOT), 1, "after call {dies_after}, {retried}");
            crashes += 1;
        }
    }
    measurements::proven(
        "crashes while a start that waited is started: 1 execution each",
        crashes,
        "crashes",
    );
}
