//! The handler against a bucket and a task in memory: what becomes of a slot.

use aws::fakes::Interleaving;
use aws::fakes::datasync::{FakeExecution, StartFault};
use aws_sdk_datasync::types::{
    LogLevel, Options, PreserveDeletedFiles as SdkPreserveDeletedFiles, Uid, VerifyMode,
};
use chrono::TimeDelta;
use domain::config::{PreserveDeletedFiles, TemplateValues, parse, render_template};
use domain::names::{PART_TAG, RETRY_TAG};
use serde_json::json;

use super::*;
use crate::world::{NOW, World};

const SLOT: &str = "schedule-2023-11-14T22:13:20Z";

fn under_way(world: &World) -> ExecutionArn {
    let mut state = world.datasync.state();
    let execution = FakeExecution::under_way(&state.task, 1, NOW - 60);
    state.executions.push(execution.clone());
    execution.arn
}

async fn claim(world: &World, request_id: &str, ago: TimeDelta) {
    let at = DateTime::from_timestamp(NOW, 0).unwrap() - ago;
    slot_record::claim(&world.app.records, SLOT, request_id, at).await.unwrap();
}

fn bearing_the_slot(world: &World, number: usize) -> FakeExecution {
    let task = world.datasync.state().task.clone();
    let mut execution = FakeExecution::under_way(&task, number, NOW);
    execution.tags.insert(domain::names::SLOT_TAG.into(), SLOT.into());
    execution
}

#[tokio::test]
async fn a_duplicate_starts_nothing() {
    let world = World::new();
    assert!(matches!(world.tick("first", NOW).await.unwrap(), Outcome::Started { .. }));
    for request_id in ["first", "second"] {
        assert!(matches!(
            world.tick(request_id, NOW).await.unwrap(),
            Outcome::AlreadyStarted { .. }
        ));
    }
    assert_eq!(world.started(SLOT), 1);
    assert!(world.record(SLOT).execution.is_some());
}

#[tokio::test]
async fn a_crash_after_the_start_finds_the_execution() {
    let world = World::new();
    claim(&world, "first", TimeDelta::zero()).await;
    let ours = bearing_the_slot(&world, 1);
    world.datasync.state().executions.push(ours);
    assert!(matches!(world.tick("first", NOW).await.unwrap(), Outcome::AlreadyStarted { .. }));
    assert_eq!(world.started(SLOT), 1);
}

#[tokio::test]
async fn a_crash_before_the_start_starts() {
    let world = World::new();
    claim(&world, "first", TimeDelta::hours(1)).await;
    assert!(matches!(world.tick("second", NOW).await.unwrap(), Outcome::Started { .. }));
}

#[tokio::test]
async fn a_claim_of_somebody_at_work_is_respected() {
    let world = World::new();
    claim(&world, "first", TimeDelta::zero()).await;
    assert_eq!(world.tick("second", NOW).await.unwrap(), Outcome::InProgress { slot: SLOT.into() });
    assert_eq!(world.started(SLOT), 0);
}

#[tokio::test]
async fn a_busy_task_is_skipped_and_stays_skipped() {
    let world = World::new();
    under_way(&world);
    assert!(matches!(
        world.tick("first", NOW).await.unwrap(),
        Outcome::Skipped { running: Some(_), .. }
    ));
    world.datasync.state().executions.clear();
    assert!(matches!(world.tick("first", NOW).await.unwrap(), Outcome::Skipped { .. }));
    assert_eq!(world.started(SLOT), 0);
}

#[tokio::test]
async fn the_policy_decides_what_a_busy_task_means() {
    for (policy, outcome, queued) in
        [("skip", "skipped", 0), ("queue", "started", 1), ("adopt", "already-started", 0)]
    {
        let world = World::new();
        let running = under_way(&world);
        let answer = world
            .invoke(json!({"slot": "manual-1", "when_busy": policy}), "first", NOW)
            .await
            .unwrap();
        assert_eq!(serde_json::to_value(&answer).unwrap()["outcome"], outcome);
        assert_eq!(world.started("manual-1"), queued);
        let record = world.record("manual-1");
        assert_eq!(
            (record.adopted, record.execution.is_some_and(|found| found == running)),
            (policy == "adopt", policy == "adopt")
        );
    }
}

#[tokio::test]
async fn a_failed_start_leaves_the_slot_to_the_retry() {
    let world = World::new();
    world.datasync.state().start_faults.push_back(StartFault::Internal);
    world.tick("first", NOW).await.unwrap_err();
    assert!(matches!(world.tick("first", NOW).await.unwrap(), Outcome::Started { .. }));
}

#[tokio::test]
async fn a_lost_reply_is_not_followed_by_a_second_start() {
    let world = World::new();
    world.datasync.state().start_faults.push_back(StartFault::LostReply);
    let outcome = world.tick("first", NOW).await.unwrap();
    assert!(matches!(outcome, Outcome::AlreadyStarted { .. }), "{outcome:?}");
    assert_eq!(world.started(SLOT), 1);
    assert!(world.record(SLOT).execution.is_some());
}

#[tokio::test]
async fn a_start_that_comes_second_is_a_skip() {
    let world = World::new();
    world.datasync.state().start_faults.push_back(StartFault::Beaten);
    let outcome = world.tick("first", NOW).await.unwrap();
    assert!(matches!(outcome, Outcome::Skipped { running: Some(_), .. }), "{outcome:?}");
    assert!(world.record(SLOT).skipped);
}

#[tokio::test]
async fn who_takes_an_abandoned_claim_up_holds_it() {
    let world = World::new();
    world.datasync.state().start_faults.push_back(StartFault::Internal);
    claim(&world, "first", TimeDelta::hours(1)).await;
    world.tick("second", NOW).await.unwrap_err();
    assert_eq!(world.tick("third", NOW).await.unwrap(), Outcome::InProgress { slot: SLOT.into() });
    assert_eq!(world.started(SLOT), 0);
}

#[tokio::test]
async fn an_execution_is_found_at_either_end_of_the_list() {
    for ours in [0, 19, 480, 499] {
        let world = World::new();
        let task = world.datasync.state().task.clone();
        for number in 0..500 {
            let mut execution = match number == ours {
                true => bearing_the_slot(&world, number),
                false => FakeExecution::under_way(&task, number, NOW),
            };
            execution.succeed(1, NOW);
            world.bucket.put(&keys::run_record(execution.arn.id()), "{}");
            world.datasync.state().executions.push(execution);
        }
        claim(&world, "first", TimeDelta::zero()).await;
        world.tick("first", NOW).await.unwrap();
        assert_eq!(world.started(SLOT), 1);
        assert!(world.record(SLOT).execution.unwrap().as_str().ends_with(&format!("{ours:x}")));
    }
}

#[tokio::test]
async fn an_unavailable_task_is_told_once_per_episode() {
    let world = World::new();
    for tick in 0..6 {
        let broken = tick != 3;
        world.datasync.state().task_status =
            Some(if broken { "UNAVAILABLE" } else { "AVAILABLE" }.into());
        world.datasync.state().task_error = broken.then(|| "EniNotFound".to_owned());
        let at = NOW + 3_600 * tick;
        world.datasync.state().now = at;
        let first = world.invoke(world.scheduled(at), &format!("r{tick}"), at).await;
        if broken {
            let error = first.unwrap_err();
            assert!(error.to_string().contains("UNAVAILABLE (EniNotFound)"), "{error}");
            assert_eq!(Diagnostic::from(error).error_type, "TaskUnavailable");
            let retry =
                world.invoke(world.scheduled(at), &format!("r{tick}"), at + 60).await.unwrap();
            assert!(
                matches!(retry, Outcome::Skipped { running: None, .. }),
                "the slot has its end: {retry:?}"
            );
        } else {
            assert!(matches!(first.unwrap(), Outcome::Started { .. }));
            world.datasync.state().executions[0].succeed(1, at);
        }
    }
    let unavailable = "[backup] the task is UNAVAILABLE, no run can start".to_owned();
    assert_eq!(world.subjects(), [unavailable.clone(), unavailable]);
}

#[tokio::test]
async fn a_schedule_that_datasync_disabled_is_told_once_and_stops_nothing() {
    let world = World::new();
    world.datasync.state().schedule_disabled = Some("too many failures".into());
    for slot in ["manual-1", "manual-2"] {
        let outcome = world.invoke(json!({"slot": slot}), slot, NOW).await.unwrap();
        assert!(matches!(outcome, Outcome::Started { .. }), "{outcome:?}");
        world
            .datasync
            .state()
            .executions
            .iter_mut()
            .for_each(|execution| execution.succeed(1, NOW));
    }
    assert_eq!(world.subjects(), ["[backup] DataSync has disabled a schedule of the task"]);
}

#[tokio::test]
async fn overrides_reach_datasync_or_are_refused_before_anything_is_claimed() {
    let world = World::new();
    let asked =
        json!({"slot": "manual-1", "overrides": {"includes": ["/a", "/b*"]}, "retry_of": "exec-1"});
    let early = world.invoke(asked.clone(), "r1", NOW).await.unwrap_err();
    assert_eq!(Diagnostic::from(early).error_type, "NotDeployed");
    let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
    let mut config = parse(&render_template(&values)).unwrap();
    config.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
    world.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());

    let wrong = json!({"slot": "manual-1", "overrides": {"includes": ["*.txt"]}});
    let refused = world.invoke(wrong, "r1", NOW).await.unwrap_err();
    assert!(refused.to_string().contains("*.txt"), "{refused}");
    assert!(world.bucket.get(&keys::start_record("manual-1")).is_none());

    let of_task = Options::builder()
        .verify_mode(VerifyMode::OnlyFilesTransferred)
        .preserve_deleted_files(SdkPreserveDeletedFiles::Remove)
        .log_level(LogLevel::Transfer)
        .bytes_per_second(7);
    world.datasync.state().options = of_task.clone().build();
    world.datasync.state().excludes = Some("*.tmp".into());
    world.invoke(asked, "r1", NOW).await.unwrap();
    let state = world.datasync.state();
    let execution = &state.executions[0];
    assert_eq!(execution.includes.as_deref(), Some("/a|/b*"));
    assert_eq!(execution.excludes.as_deref(), Some("*.tmp"), "the task's own");
    let whole = of_task.preserve_deleted_files(SdkPreserveDeletedFiles::Preserve).build();
    assert_eq!(
        execution.override_options,
        Some(whole),
        "the task's options, and in them what differs"
    );
    assert_eq!(execution.tags.get(PART_TAG).map(String::as_str), Some("true"));
    assert_eq!(execution.tags.get(RETRY_TAG).map(String::as_str), Some("exec-1"));
}

#[tokio::test]
async fn options_are_sent_whole_with_any_override_and_not_at_all_without() {
    let of_task = || {
        Options::builder()
            .verify_mode(VerifyMode::PointInTimeConsistent)
            .log_level(LogLevel::Basic)
            .uid(Uid::None)
    };
    for (overrides, expected) in [
        (json!({}), None),
        (json!({"excludes": ["*.tmp"]}), Some(of_task())),
        (json!({"manifest": "manifests/one.csv"}), Some(of_task())),
        (json!({"verify_mode": "NONE"}), Some(of_task().verify_mode(VerifyMode::None))),
        (json!({"bytes_per_second": 9}), Some(of_task().bytes_per_second(9))),
    ] {
        let world = World::new();
        let config = parse(&render_template(&TemplateValues {
            stack_name: "backup",
            region: "eu-central-1",
        }))
        .unwrap();
        world.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());
        world.datasync.state().options = of_task().build();
        world.invoke(json!({"slot": "manual-1", "overrides": overrides}), "r1", NOW).await.unwrap();
        let sent = world.datasync.state().executions[0].override_options.clone();
        assert_eq!(sent, expected.map(|options| options.build()), "{overrides}");
    }
}

#[tokio::test]
async fn simultaneous_starts_for_one_slot_are_one_execution() {
    const SEEDS: u64 = 12;
    let mut games = 0;
    for many in 2..=16 {
        for seed in 1..=SEEDS {
            let world = World::interleaved(&Interleaving::seeded(seed * 100 + many));
            let ids: Vec<String> = (0..many).map(|number| format!("r{number}")).collect();
            let mut open: Vec<String> = ids.clone();
            // Lambda tries what fails twice more.
            for _ in 0..3 {
                let mut tasks = tokio::task::JoinSet::new();
                for id in std::mem::take(&mut open) {
                    let world = world.clone();
                    tasks.spawn(async move { (world.tick(&id, NOW).await.is_err(), id) });
                }
                while let Some(done) = tasks.join_next().await {
                    let (failed, id) = done.unwrap();
                    open.extend(failed.then_some(id));
                }
            }
            assert_eq!(world.started(SLOT), 1, "{many} starts, seed {seed}");
            assert!(world.record(SLOT).execution.is_some(), "{many} starts, seed {seed}");
            games += 1;
        }
    }
    measurements::proven(
        "interleavings of 2 to 16 simultaneous starts: 1 execution each",
        games,
        "interleavings",
    );
}

#[tokio::test]
async fn a_crash_after_each_call_is_one_execution_in_the_end() {
    let undisturbed = World::new();
    undisturbed.tick("first", NOW).await.unwrap();
    let calls = undisturbed.outage.calls();
    let mut crashes = 0;
    for dies_after in 1..=calls {
        for (second, later) in [("first", 60), ("second", 60), ("second", 16 * 60)] {
            let world = World::new();
            world.outage.restart(Some(dies_after));
            let died = world.tick("first", NOW).await;
            world.outage.restart(None);
            let again = world.tick(second, NOW + later).await;
            // Whoever meets the claim of one at work leaves it to that one's retry.
            let waits = matches!(again, Ok(Outcome::InProgress { .. }))
                && second == "second"
                && later == 60;
            if waits || again.is_err() {
                world.tick("first", NOW + 120).await.unwrap();
            }
            assert_eq!(
                world.started(SLOT),
                1,
                "after call {dies_after}, then {second} {later}: {died:?}, {again:?}"
            );
            let record = world.record(SLOT);
            assert!(record.execution.is_some() && !record.missed, "after call {dies_after}");
            crashes += 1;
        }
    }
    measurements::proven(
        "crashes after each call of a start: 1 execution each",
        crashes,
        "crashes",
    );
}

#[tokio::test]
async fn without_a_deployment_it_says_so() {
    let world = World::new();
    world.bucket.remove(keys::OUTPUTS);
    let error = world.tick("first", NOW).await.unwrap_err();
    assert!(error.to_string().contains("efs-s3 deploy"), "{error}");
    assert_eq!(Diagnostic::from(error).error_type, "NotDeployed");
}
