//! Nothing is started before the destination bucket's versioning holds everywhere, and nothing is
//! forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::outputs::VERSIONING_SETTLES;
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::world::{NOW, World};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A stack whose versioning was enabled at `NOW`.
fn new_stack() -> World {
    let mut world = World::new();
    world.app.versioning_settles = VERSIONING_SETTLES;
    let mut outputs: Value = world.stored(keys::OUTPUTS);
    outputs["versioning_enabled_at"] = json!(at(NOW));
    world.bucket.put(keys::OUTPUTS, outputs.to_string());
    world
}

#[tokio::test]
async fn a_tick_of_the_first_minutes_is_held_and_started_by_a_sweep() {
    let world = new_stack();
    let until = at(NOW) + VERSIONING_SETTLES;
    for (request, later) in [("first", 0), ("first", 60), ("second", 899)] {
        let tick = world.invoke(world.scheduled(NOW), request, NOW + later).await.unwrap();
        assert!(matches!(tick, Outcome::Held { until: found, .. } if found == until), "{tick:?}");
    }
    let early = world.invoke(json!({"action": "sweep"}), "early", NOW + 899).await.unwrap();
    assert!(matches!(early, Outcome::Swept(swept) if swept.held_starts == 0));
    assert!(world.datasync.state().executions.is_empty());
    world.datasync.state().now = NOW + 900;
    let swept = world.invoke(json!({"action": "sweep"}), "sweep", NOW + 900).await.unwrap();
    assert!(matches!(&swept, Outcome::Swept(swept) if swept.held_starts == 1), "{swept:?}");
    for sweep in 1..4 {
        let again = world
            .invoke(json!({"action": "sweep"}), "again", NOW + 900 + sweep * 300)
            .await
            .unwrap();
        assert!(matches!(again, Outcome::Swept(swept) if swept.held_starts == 0));
    }
    assert_eq!(world.datasync.state().executions.len(), 1);
}

#[tokio::test]
async fn a_person_is_told_and_may_ask_again() {
    let world = new_stack();
    let asked = json!({"slot": "manual-1", "when_busy": "queue"});
    let held = world.invoke(asked.clone(), "first", NOW + 1).await.unwrap();
    assert_eq!(
        held,
        Outcome::Held { slot: "manual-1".into(), until: at(NOW) + VERSIONING_SETTLES }
    );
    let started = world.invoke(asked, "second", NOW + 900).await.unwrap();
    assert!(
        matches!(started, Outcome::AlreadyStarted { .. }),
        "by the sweep before it: {started:?}"
    );
    assert_eq!(world.started("manual-1"), 1);
}

#[tokio::test]
async fn a_bucket_whose_versioning_is_old_or_settles_at_once_holds_nothing() {
    for (enabled_at, settles) in [
        (None, VERSIONING_SETTLES),
        (Some(at(NOW) - VERSIONING_SETTLES), VERSIONING_SETTLES),
        (Some(at(NOW)), TimeDelta::zero()),
    ] {
        let mut world = new_stack();
        world.app.versioning_settles = settles;
        let mut outputs: Value = world.stored(keys::OUTPUTS);
        outputs["versioning_enabled_at"] = json!(enabled_at);
        world.bucket.put(keys::OUTPUTS, outputs.to_string());
        let tick = world.tick("first", NOW).await.unwrap();
        assert!(matches!(tick, Outcome::Started { .. }), "{tick:?}");
    }
}

#[tokio::test]
async fn a_crash_anywhere_forgets_no_held_start_and_starts_it_once() {
    let held = async || {
        let world = new_stack();
        world.tick("tick", NOW + 1).await.unwrap();
        world.outage.restart(None);
        world
    };
    let undisturbed = held().await;
    undisturbed.invoke(json!({"action": "sweep"}), "sweep", NOW + 900).await.unwrap();
    for dies_after in 1..=undisturbed.outage.calls() {
        let world = held().await;
        world.outage.restart(Some(dies_after));
        let _ = world.invoke(json!({"action": "sweep"}), "sweep", NOW + 900).await;
        world.outage.restart(None);
        for (request, later) in [("sweep", 960), ("next", 1_200), ("later", 1_900)] {
            let _ = world.invoke(json!({"action": "sweep"}), request, NOW + later).await;
        }
        assert_eq!(world.datasync.state().executions.len(), 1, "after call {dies_after}");
    }
}
