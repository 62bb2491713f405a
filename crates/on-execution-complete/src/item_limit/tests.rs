//! One alert when a sync comes near the limit, and again after it was far from it.

use aws_fakes::Interleaving;
use domain::records::run::Counters;

use super::*;
use crate::testing::records::record;
use crate::testing::{CompletionFixture, STACKS};

const MILLION: i64 = 1_000_000;

#[test]
fn a_run_shows_that_it_is_near_or_far_or_neither() {
    let counters = |transferred, skipped| Counters {
        files_transferred: transferred,
        files_skipped: skipped,
        ..Counters::default()
    };
    for (counters, listed, part, expected) in [
        (counters(20 * MILLION, 0), None, false, LimitState::Near(20 * MILLION)),
        (counters(20 * MILLION, 0), None, true, LimitState::Near(20 * MILLION)),
        (counters(3, 20 * MILLION), Some(20 * MILLION + 3), false, LimitState::Near(20_000_003)),
        (counters(3, 7), Some(10), false, LimitState::Far),
        (counters(3, 7), Some(10), true, LimitState::Unknown),
        (counters(3, 0), None, false, LimitState::Unknown),
        (Counters::default(), Some(0), false, LimitState::Unknown),
    ] {
        let run = RunRecord { counters, listed, part, ..record() };
        assert_eq!(limit_state(&run), expected, "{run:?}");
    }
}

#[tokio::test]
async fn an_alert_is_sent_when_it_begins_and_not_with_each_execution() {
    for syncs in STACKS {
        let fixture = CompletionFixture::of_stack(syncs, &Interleaving::default());
        let mut alerts = Vec::new();
        for (number, millions) in [(1, 19), (2, 21), (3, 22), (4, 18), (5, 24)] {
            if number > 1 {
                fixture.add_execution();
            }
            fixture.succeed(number, millions * MILLION);
            for request in ["r1", "r2"] {
                fixture.invoke(fixture.state_change(number, "SUCCESS"), request).await.unwrap();
            }
            alerts.push(fixture.subjects().len());
        }
        assert_eq!(alerts, [0, 1, 1, 1, 2], "{:?}", fixture.subjects());
        let again = fixture.invoke(fixture.state_change(2, "SUCCESS"), "late").await;
        assert!(again.is_ok() && fixture.subjects().len() == 2, "an old run changes nothing");
    }
}

#[test]
fn the_alert_says_what_to_do() {
    let run = RunRecord { sync: domain::sync_name::SyncName::parse("home").unwrap(), ..record() };
    let alert = alert_for_limit("backup", &run, &describe_share(21 * MILLION));
    insta::assert_snapshot!(format!("{}\n{}", alert.subject(), alert.body()), @"
    [backup/home] the number of files comes near DataSync's limit
    Stack backup, sync home: the number of files comes near DataSync's limit.
    Execution: exec-0fcddf3728817690d
    The execution worked with 21000000 files and directories: 84 % of the 25000000 that DataSync takes in one execution in Basic mode.
    This alert is sent once.

    Likely cause: the source has grown; an execution with more items fails.
    Fix:          split the source into several syncs: the command proposes them, by directory. Or request a higher quota for DataSync.
    Run next:     efs-s3 split --sync home --into 2
    Runbook:      docs/OPERATIONS.md#item-limit
    ");
}
