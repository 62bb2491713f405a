//! A full verification is started in its turn, once, whatever is running when it is due.

use aws_fakes::Interleaving;
use aws_fakes::datasync::StartFault;
use aws_sdk_datasync::types::{LogLevel, Options, VerifyMode};
use chrono::{DateTime, TimeDelta};
use domain::records::start::{StartRecord, scheduled_slot};

use crate::outcome::StartOutcome;
use crate::testing::{
    NOW, STACKS, StartFixture, config_of_stack, full_verification_event, scheduled_event,
};

const SLOT: &str = "full-verification-2023-11-14T22:13:20Z";
const SCHEDULED: &str = "schedule-2023-11-14T22:13:20Z";
const NOT_STARTED: &str = "[backup] a full verification was not started";

fn end_executions(fixture: &StartFixture) {
    fixture
        .env
        .datasync
        .state()
        .executions
        .iter_mut()
        .for_each(|execution| execution.succeed(1, NOW));
}

/// Lets DataSync reject the next `starts`.
fn reject_next(fixture: &StartFixture, starts: usize) {
    fixture
        .env
        .datasync
        .state()
        .start_faults
        .extend(std::iter::repeat_n(StartFault::Beaten, starts));
}

async fn sweep_at(fixture: &StartFixture, request: &str, later: i64) -> usize {
    let swept = fixture.invoke_sweep(request, NOW + later).await.unwrap();
    let StartOutcome::Swept(swept) = swept else { panic!("{swept:?}") };
    swept.waiting_starts
}

#[tokio::test]
async fn it_overrides_the_verify_mode_and_no_other_option() {
    let fixture = StartFixture::configured();
    let of_task = || {
        Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).log_level(LogLevel::Basic)
    };
    fixture.env.datasync.state().options = of_task().build();
    fixture.env.datasync.state().excludes = Some("*.tmp".into());
    let outcome = fixture.invoke(full_verification_event(NOW), "first", NOW).await.unwrap();
    assert!(matches!(&outcome, StartOutcome::Started { slot, .. } if slot == SLOT), "{outcome:?}");
    let state = fixture.env.datasync.state();
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
        let fixture = StartFixture::configured();
        let mut ticks = [scheduled_event(NOW), full_verification_event(NOW)];
        if full_first {
            ticks.reverse();
        }
        for tick in ticks {
            fixture.invoke(tick.clone(), "first", NOW).await.unwrap();
            let again = fixture.invoke(tick, "second", NOW + 1).await.unwrap();
            assert!(
                matches!(again, StartOutcome::AlreadyStarted { .. } | StartOutcome::Skipped { .. }),
                "{again:?}"
            );
        }
        let started = (fixture.started_for(SLOT), fixture.started_for(SCHEDULED));
        assert_eq!(started, (1, usize::from(!full_first)));
    }
}

/// One execution is under way; DataSync has one queued already, or rejects the next starts.
fn fixture_that_queues_none(queued: bool) -> StartFixture {
    let fixture = StartFixture::configured();
    fixture.add_execution(9, NOW);
    if queued {
        fixture.env.datasync.state().task_status = Some("QUEUED".into());
    } else {
        reject_next(&fixture, 3);
    }
    fixture
}

#[tokio::test]
async fn where_datasync_queues_none_behind_the_one_under_way_a_sweep_starts_it_after() {
    for queued in [false, true] {
        let fixture = fixture_that_queues_none(queued);
        for request in ["first", "second"] {
            let outcome = fixture.invoke(full_verification_event(NOW), request, NOW).await.unwrap();
            let waits = matches!(&outcome, StartOutcome::Waiting { running: Some(_), .. });
            assert!(waits, "{outcome:?}");
        }
        assert_eq!(sweep_at(&fixture, "busy", 300).await, 0, "its turn has not come");
        assert!(fixture.start_record(SLOT).waiting);
        end_executions(&fixture);
        fixture.env.datasync.state().task_status = None;
        assert_eq!(sweep_at(&fixture, "free", 600).await, 1);
        assert_eq!(sweep_at(&fixture, "after", 900).await, 0);
        let again = fixture.invoke(full_verification_event(NOW), "late", NOW + 901).await.unwrap();
        assert!(matches!(again, StartOutcome::AlreadyStarted { .. }), "{again:?}");
        assert_eq!((fixture.started_for(SLOT), fixture.start_record(SLOT).waiting), (1, false));
        assert_eq!(fixture.subjects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn one_that_was_interrupted_before_its_start_is_started_by_a_sweep() {
    let fixture = StartFixture::configured();
    let at = DateTime::from_timestamp(NOW, 0).unwrap();
    fixture.claim(SLOT, "interrupted", at).await;
    for second in 1..=40 {
        // Those of a schedule that ticks often are no reason to overlook it.
        let slot = scheduled_slot(at + TimeDelta::seconds(second));
        let record = StartRecord::new_claim(&slot, "r", at);
        crate::start_record::skip(&fixture.app.records, record, None).await.unwrap();
    }
    let early = sweep_at(&fixture, "early", 899).await;
    assert_eq!(early, 0, "the invocation that claimed it may be running");
    assert_eq!(sweep_at(&fixture, "late", 900).await, 1);
    assert_eq!((fixture.started_for(SLOT), fixture.subjects().len()), (1, 0));
}

#[tokio::test]
async fn one_whose_turn_does_not_come_for_a_day_is_given_up_and_alerts_once() {
    const A_DAY: i64 = 24 * 3_600;
    let fixture = StartFixture::configured();
    fixture.add_execution(9, NOW);
    fixture.env.datasync.state().task_status = Some("QUEUED".into());
    fixture.invoke(full_verification_event(NOW), "first", NOW).await.unwrap();
    let alert_count = |fixture: &StartFixture| {
        fixture.subjects().iter().filter(|subject| *subject == NOT_STARTED).count()
    };
    sweep_at(&fixture, "still waiting", A_DAY - 1).await;
    assert_eq!((alert_count(&fixture), fixture.start_record(SLOT).waiting), (0, true));
    for later in [A_DAY, A_DAY + 300] {
        sweep_at(&fixture, "given up", later).await;
    }
    assert_eq!(
        (alert_count(&fixture), fixture.start_record(SLOT).missed, fixture.started_for(SLOT)),
        (1, true, 0)
    );
}

#[tokio::test]
async fn a_crash_after_each_call_of_it_is_one_execution_in_the_end() {
    let mut crashes = 0;
    for syncs in STACKS {
        crashes += crash_after_each_call(syncs).await;
    }
    measurements::proven(
        "crashes around a full verification that waits: 1 execution each",
        crashes,
        "crashes",
    );
}

/// Returns the number of crashes.
async fn crash_after_each_call(syncs: &[&str]) -> usize {
    let rejected = || {
        let fixture = StartFixture::of_stack(syncs, &Interleaving::default());
        fixture.put_config(&config_of_stack(syncs));
        fixture.add_execution(9, NOW);
        reject_next(&fixture, 1);
        fixture
    };
    let all = async |fixture: &StartFixture, dies_after: Option<usize>| {
        fixture.env.outage.restart(dies_after);
        let _ = fixture.invoke(fixture.full_verification_event(NOW), "first", NOW).await;
        let _ = fixture.invoke_sweep("sweep", NOW + 300).await;
        fixture.env.outage.calls()
    };
    let undisturbed = rejected();
    let calls = all(&undisturbed, None).await;
    assert_eq!(undisturbed.started_for(SLOT), 1);
    let mut crashes = 0;
    for dies_after in 1..=calls {
        let fixture = rejected();
        all(&fixture, Some(dies_after)).await;
        fixture.env.outage.restart(None);
        // Lambda tries an event again that failed.
        let _ = fixture.invoke(fixture.full_verification_event(NOW), "first", NOW + 60).await;
        end_executions(&fixture);
        for (request, later) in [("sweep", 360), ("next", 1_300), ("later", 2_300)] {
            let _ = fixture.invoke_sweep(request, NOW + later).await;
        }
        assert_eq!(fixture.started_for(SLOT), 1, "after call {dies_after}");
        let record = fixture.start_record(SLOT);
        assert!(
            record.execution.is_some() && !record.waiting && !record.missed,
            "after call {dies_after}: {record:?}"
        );
        crashes += 1;
    }
    crashes
}
