//! Executions that compare what they transferred, in Basic mode, with full verifications among
//! them: what they say of the number of files at the source.

use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use serde_json::json;

use crate::world::World;

/// One execution: what it compares, and how many files it transfers and skips.
#[derive(Clone, Copy)]
struct Ran {
    full: bool,
    transferred: i64,
    skipped: i64,
}

/// A normal one.
fn ran(transferred: i64, skipped: i64) -> Ran {
    Ran { full: false, transferred, skipped }
}

fn full(transferred: i64, skipped: i64) -> Ran {
    Ran { full: true, ..ran(transferred, skipped) }
}

/// The class of each of these executions, one after the other, and what is on record after the
/// last.
async fn classes(executions: &[Ran]) -> (Vec<Option<Class>>, LastRun) {
    let world = World::new();
    let mut classes = Vec::new();
    for (index, ran) in executions.iter().enumerate() {
        let number = index + 1;
        if number > 1 {
            world.add();
        }
        world.succeed(number, 0);
        world.change(number, |execution| {
            let verify_mode =
                if ran.full { "POINT_IN_TIME_CONSISTENT" } else { "ONLY_FILES_TRANSFERRED" };
            execution.verify_mode = verify_mode.to_owned();
            execution.counters.files_transferred = ran.transferred;
            execution.counters.files_skipped = ran.skipped;
            execution.counters.files_verified = ran.transferred;
        });
        if ran.full {
            let row = |n: i64| {
                json!({"RelativePath": format!("/{n}"), "SrcMetadata": {"Type": "Regular"},
                "DstMetadata": {"Type": "Regular"}, "VerifyStatus": "SUCCESS"})
            };
            let rows: Vec<_> = (0..ran.transferred + ran.skipped).map(row).collect();
            let part = json!({"TaskExecutionId": "exec-1", "Verified": rows});
            world.put_report(
                number,
                "Detailed-Reports",
                "files-verified-v1-00001-0123456789abcdef0",
                &part,
            );
        }
        world.invoke(world.event(number, "SUCCESS"), "r1").await.unwrap();
        classes.push(world.run(number).class);
    }
    (classes, world.stored(keys::LAST_RUN))
}

fn baseline(last: &LastRun) -> Option<i64> {
    last.baseline.as_ref().and_then(|baseline| baseline.listed)
}

#[tokio::test]
async fn a_full_verification_beside_other_executions_alerts_nobody_and_moves_the_baseline_on() {
    let sequence =
        [ran(1_000, 0), ran(0, 1_000), ran(3, 998), full(0, 1_001), ran(1, 1_001), full(2, 1_002)];
    for until in 1..=sequence.len() {
        let (classes, last) = classes(&sequence[..until]).await;
        assert!(classes.iter().all(Option::is_none), "{classes:?}");
        let expected =
            [None, Some(1_000), Some(1_001), Some(1_001), Some(1_002), Some(1_004)][until - 1];
        assert_eq!(baseline(&last), expected, "after {until}");
    }
}

#[tokio::test]
async fn a_source_that_is_emptied_or_shrinks_is_found_whatever_is_compared() {
    let normal = [ran(1_000, 0), ran(0, 1_000)];
    let with_full = [ran(1_000, 0), full(0, 1_000)];
    for before in [normal, with_full] {
        for (now, expected) in [
            (ran(0, 0), Some(Class::NothingListed)),
            (full(0, 0), Some(Class::NothingListed)),
            (ran(1, 498), Some(Class::Shrunk)),
            (full(1, 498), Some(Class::Shrunk)),
            (ran(1, 499), None),
            (full(1, 499), None),
        ] {
            let (classes, last) = classes(&[before[0], before[1], now]).await;
            assert_eq!(classes, [None, None, expected]);
            assert_eq!(baseline(&last), if expected.is_some() { Some(1_000) } else { Some(500) });
        }
    }
}

/// Should DataSync not count unchanged files as skipped, which no page says of the counter, nothing
/// is concluded from it.
#[tokio::test]
async fn a_counter_that_leaves_unchanged_files_out_is_not_relied_on() {
    let (classes, last) =
        classes(&[ran(1_000, 0), ran(0, 0), full(1_000, 0), ran(5, 0), ran(0, 0)]).await;
    assert!(classes.iter().all(Option::is_none), "{classes:?}");
    assert_eq!(baseline(&last), None);
}

/// A large execution after which all files were changed skips none; that they are counted is known
/// from before.
#[tokio::test]
async fn an_execution_that_skips_nothing_is_counted_once_the_counter_is_known() {
    let (classes, last) = classes(&[ran(1_000, 0), ran(0, 1_000), ran(1_000, 0), ran(0, 0)]).await;
    assert_eq!(classes, [None, None, None, Some(Class::NothingListed)]);
    assert_eq!(baseline(&last), Some(1_000));
}
