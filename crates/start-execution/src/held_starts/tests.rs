//! Nothing is started before the destination bucket's versioning is in effect everywhere, and no
//! start is lost.

use aws_fakes::{Interleaving, time_at};
use chrono::TimeDelta;
use domain::records::keys;
use domain::records::outputs::VERSIONING_SETTLES;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use crate::outcome::StartOutcome;
use crate::testing::{NOW, STACKS, StartFixture, scheduled_event};

/// A stack whose versioning was enabled at `NOW`.
fn new_stack() -> StartFixture {
    with_new_bucket(StartFixture::new())
}

fn with_new_bucket(mut fixture: StartFixture) -> StartFixture {
    fixture.app.versioning_settles = VERSIONING_SETTLES;
    let mut outputs: Value = fixture.env.read_document(keys::OUTPUTS);
    outputs["versioning_enabled_at"] = json!(time_at(NOW));
    for other in outputs["other_syncs"].as_array_mut().into_iter().flatten() {
        other["versioning_enabled_at"] = json!(time_at(NOW));
    }
    fixture.env.bucket.put(keys::OUTPUTS, outputs.to_string());
    fixture
}

/// Sweeps; returns the number of held starts that it started.
async fn held_starts_at(fixture: &StartFixture, request: &str, at: i64) -> usize {
    let swept = fixture.invoke_sweep(request, at).await.unwrap();
    let StartOutcome::Swept(swept) = swept else { panic!("{swept:?}") };
    swept.held_starts
}

#[tokio::test]
async fn a_start_of_the_first_minutes_is_held_and_started_by_a_sweep() {
    let fixture = new_stack();
    let until = time_at(NOW) + VERSIONING_SETTLES;
    for (request, later) in [("first", 0), ("first", 60), ("second", 899)] {
        let outcome = fixture.invoke(scheduled_event(NOW), request, NOW + later).await.unwrap();
        assert!(
            matches!(outcome, StartOutcome::Held { until: found, .. } if found == until),
            "{outcome:?}"
        );
    }
    assert_eq!(held_starts_at(&fixture, "early", NOW + 899).await, 0);
    assert!(fixture.env.datasync.state().executions.is_empty());
    fixture.env.datasync.state().now = NOW + 900;
    assert_eq!(held_starts_at(&fixture, "sweep", NOW + 900).await, 1);
    for sweep in 1..4 {
        assert_eq!(held_starts_at(&fixture, "again", NOW + 900 + sweep * 300).await, 0);
    }
    assert_eq!(fixture.env.datasync.state().executions.len(), 1);
}

#[tokio::test]
async fn a_person_is_told_and_may_ask_again() {
    let fixture = new_stack();
    let request = json!({"slot": "manual-1", "when_busy": "queue"});
    let held = fixture.invoke(request.clone(), "first", NOW + 1).await.unwrap();
    assert_eq!(
        held,
        StartOutcome::Held {
            slot: "manual-1".into(),
            sync: SyncName::default(),
            until: time_at(NOW) + VERSIONING_SETTLES
        }
    );
    let started = fixture.invoke(request, "second", NOW + 900).await.unwrap();
    assert!(
        matches!(started, StartOutcome::AlreadyStarted { .. }),
        "by the sweep before it: {started:?}"
    );
    assert_eq!(fixture.started_for("manual-1"), 1);
}

#[tokio::test]
async fn a_bucket_whose_versioning_is_old_or_settles_at_once_holds_nothing() {
    for (enabled_at, settles) in [
        (None, VERSIONING_SETTLES),
        (Some(time_at(NOW) - VERSIONING_SETTLES), VERSIONING_SETTLES),
        (Some(time_at(NOW)), TimeDelta::zero()),
    ] {
        let mut fixture = new_stack();
        fixture.app.versioning_settles = settles;
        let mut outputs: Value = fixture.env.read_document(keys::OUTPUTS);
        outputs["versioning_enabled_at"] = json!(enabled_at);
        fixture.env.bucket.put(keys::OUTPUTS, outputs.to_string());
        let outcome = fixture.invoke_scheduled("first", NOW).await.unwrap();
        assert!(matches!(outcome, StartOutcome::Started { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_crash_anywhere_forgets_no_held_start_and_starts_it_once() {
    for syncs in STACKS {
        crash_after_each_call(syncs).await;
    }
}

async fn crash_after_each_call(syncs: &[&str]) {
    let with_held_start = async || {
        let fixture = with_new_bucket(StartFixture::of_stack(syncs, &Interleaving::default()));
        fixture.invoke_scheduled("first", NOW + 1).await.unwrap();
        fixture.env.outage.restart(None);
        fixture
    };
    let undisturbed = with_held_start().await;
    undisturbed.invoke_sweep("sweep", NOW + 900).await.unwrap();
    let step = if measurements::is_quick() { 3 } else { 1 };
    for dies_after in (1..=undisturbed.env.outage.calls()).step_by(step) {
        let fixture = with_held_start().await;
        fixture.env.outage.restart(Some(dies_after));
        let _ = fixture.invoke_sweep("sweep", NOW + 900).await;
        fixture.env.outage.restart(None);
        for (request, later) in [("sweep", 960), ("next", 1_200), ("later", 1_900)] {
            let _ = fixture.invoke_sweep(request, NOW + later).await;
        }
        assert_eq!(fixture.env.datasync.state().executions.len(), 1, "after call {dies_after}");
    }
}
