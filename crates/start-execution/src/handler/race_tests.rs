//! Simultaneous and interrupted starts of one slot.

use aws_fakes::Interleaving;

use crate::outcome::StartOutcome;
use crate::testing::{NOW, STACKS, StartFixture};

const SLOT: &str = "schedule-2023-11-14T22:13:20Z";

/// Returns the requests that failed.
async fn invoke_side_by_side(fixture: &StartFixture, requests: Vec<String>) -> Vec<String> {
    let mut tasks = tokio::task::JoinSet::new();
    for id in requests {
        let fixture = fixture.clone();
        tasks.spawn(async move { (fixture.invoke_scheduled(&id, NOW).await.is_err(), id) });
    }
    let mut open = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (failed, id) = done.unwrap();
        open.extend(failed.then_some(id));
    }
    open
}

#[tokio::test]
async fn simultaneous_starts_for_one_slot_are_one_execution() {
    let mut games = 0;
    for (many, syncs) in (2..=16).flat_map(|many| STACKS.map(|syncs| (many, syncs))) {
        let seeds = if syncs.len() == 1 { 12 } else { 3 };
        for seed in 1..=seeds {
            let order = Interleaving::seeded(seed * 100 + many);
            let fixture = StartFixture::of_stack(syncs, &order);
            let mut open: Vec<String> = (0..many).map(|number| format!("r{number}")).collect();
            // Lambda tries what fails twice more.
            for _ in 0..3 {
                open = invoke_side_by_side(&fixture, open).await;
            }
            assert_eq!(fixture.started_for(SLOT), 1, "{many} starts, seed {seed}");
            assert!(fixture.start_record(SLOT).execution.is_some(), "{many} starts, seed {seed}");
            games += 1;
        }
    }
    let what = "interleavings of 2 to 16 simultaneous starts: 1 execution each";
    measurements::proven(what, games, "interleavings");
}

#[tokio::test]
async fn a_crash_after_each_call_is_one_execution_in_the_end() {
    let crashes = crash_after_each_call(STACKS[0]).await + crash_after_each_call(STACKS[1]).await;
    measurements::proven(
        "crashes after each call of a start: 1 execution each",
        crashes,
        "crashes",
    );
}

/// Returns the number of crashes.
async fn crash_after_each_call(syncs: &[&str]) -> usize {
    let new_fixture = || StartFixture::of_stack(syncs, &Interleaving::default());
    let undisturbed = new_fixture();
    undisturbed.invoke_scheduled("first", NOW).await.unwrap();
    let calls = undisturbed.env.outage.calls();
    let mut crashes = 0;
    for dies_after in 1..=calls {
        for (second, later) in [("first", 60), ("second", 60), ("second", 16 * 60)] {
            let fixture = new_fixture();
            fixture.env.outage.restart(Some(dies_after));
            let died = fixture.invoke_scheduled("first", NOW).await;
            fixture.env.outage.restart(None);
            let again = fixture.invoke_scheduled(second, NOW + later).await;
            // Whoever meets the claim of one at work leaves it to that one's retry.
            let waits = matches!(again, Ok(StartOutcome::InProgress { .. }))
                && second == "second"
                && later == 60;
            if waits || again.is_err() {
                fixture.invoke_scheduled("first", NOW + 120).await.unwrap();
            }
            assert_eq!(
                fixture.started_for(SLOT),
                1,
                "after call {dies_after}, then {second} {later}: {died:?}, {again:?}"
            );
            let record = fixture.start_record(SLOT);
            assert!(record.execution.is_some() && !record.missed, "after call {dies_after}");
            crashes += 1;
        }
    }
    crashes
}
