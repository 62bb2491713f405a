//! The events of executions and tasks.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::world::World;

/// Waits until a resource has so many state changes; returns the states.
async fn wait_for_states(world: &World, arn: &str, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let events = world.fake.lock_store().events.clone();
        let of_arn = events.iter().filter(|event| event["resources"][0] == arn);
        let states: Vec<_> =
            of_arn.map(|event| event["detail"]["State"].as_str().unwrap().to_owned()).collect();
        if states.len() >= count {
            return states;
        }
        assert!(Instant::now() < deadline, "{events:#?}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn every_state_is_sent_in_its_order() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let ended = world.run_task(&task).await.expect_success();
    let sent = wait_for_states(&world, &ended.arn, 5).await;
    assert_eq!(sent, ["LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "SUCCESS"]);
    assert_eq!(wait_for_states(&world, &task, 2).await, ["RUNNING", "AVAILABLE"]);
    let kinds: std::collections::BTreeSet<_> = world
        .fake
        .lock_store()
        .events
        .iter()
        .map(|event: &Value| event["detail-type"].to_string())
        .collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
}

#[tokio::test]
async fn a_lost_event_is_that_of_the_end_alone() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    world.set_fault(&task, "lose-event").await;
    let ended = world.run_task(&task).await.expect_success();
    wait_for_states(&world, &task, 2).await;
    assert_eq!(
        wait_for_states(&world, &ended.arn, 4).await,
        ["LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING"]
    );
}
