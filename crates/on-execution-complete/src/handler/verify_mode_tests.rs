//! The number of files at the source, from executions in Basic mode that compare what they
//! transferred, and from full verifications among them.

use aws_fakes::datasync::FakeExecution;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use crate::testing::CompletionFixture;

/// One execution: whether it compares everything, and the files that it transfers and skips.
#[derive(Clone, Copy)]
struct TestExecution {
    is_full: bool,
    transferred: i64,
    skipped: i64,
}

/// An execution that compares what it transferred.
fn normal_run(transferred: i64, skipped: i64) -> TestExecution {
    TestExecution { is_full: false, transferred, skipped }
}

fn full_run(transferred: i64, skipped: i64) -> TestExecution {
    TestExecution { is_full: true, ..normal_run(transferred, skipped) }
}

impl TestExecution {
    fn apply_to(self, execution: &mut FakeExecution) {
        let verify_mode =
            if self.is_full { "POINT_IN_TIME_CONSISTENT" } else { "ONLY_FILES_TRANSFERRED" };
        execution.verify_mode = verify_mode.to_owned();
        execution.counters.files_transferred = self.transferred;
        execution.counters.files_skipped = self.skipped;
        execution.counters.files_verified = self.transferred;
    }
}

/// A part of so many rows of files that are equal.
fn verified_part(files: i64) -> Value {
    let row = |n: i64| {
        json!({"RelativePath": format!("/{n}"), "SrcMetadata": {"Type": "Regular"},
        "DstMetadata": {"Type": "Regular"}, "VerifyStatus": "SUCCESS"})
    };
    json!({"TaskExecutionId": "exec-1", "Verified": (0..files).map(row).collect::<Vec<_>>()})
}

/// Runs these executions one after the other; returns their classes and the last run on record.
async fn classes_of(executions: &[TestExecution]) -> (Vec<Option<Class>>, LastRun) {
    let fixture = CompletionFixture::new();
    let mut classes = Vec::new();
    for (index, run) in executions.iter().enumerate() {
        let number = index + 1;
        if number > 1 {
            fixture.add_execution();
        }
        fixture.succeed(number, 0);
        fixture.change_execution(number, |execution| run.apply_to(execution));
        if run.is_full {
            let part = verified_part(run.transferred + run.skipped);
            fixture.put_detailed_report(number, "verified", &part);
        }
        fixture.invoke(fixture.state_change(number, "SUCCESS"), "r1").await.unwrap();
        classes.push(fixture.run_record(number).class);
    }
    (classes, fixture.env.read_document(&keys::last_run(&SyncName::default())))
}

fn baseline_files(last: &LastRun) -> Option<i64> {
    last.baseline.as_ref().and_then(|baseline| baseline.listed)
}

#[tokio::test]
async fn a_full_verification_beside_other_executions_sends_no_alert_and_updates_the_baseline() {
    let sequence = [
        normal_run(1_000, 0),
        normal_run(0, 1_000),
        normal_run(3, 998),
        full_run(0, 1_001),
        normal_run(1, 1_001),
        full_run(2, 1_002),
    ];
    for until in 1..=sequence.len() {
        let (classes, last) = classes_of(&sequence[..until]).await;
        assert!(classes.iter().all(Option::is_none), "{classes:?}");
        let expected =
            [None, Some(1_000), Some(1_001), Some(1_001), Some(1_002), Some(1_004)][until - 1];
        assert_eq!(baseline_files(&last), expected, "after {until}");
    }
}

#[tokio::test]
async fn a_source_that_is_emptied_or_shrinks_is_found_whatever_is_compared() {
    let normal = [normal_run(1_000, 0), normal_run(0, 1_000)];
    let with_full = [normal_run(1_000, 0), full_run(0, 1_000)];
    for before in [normal, with_full] {
        for (now, expected) in [
            (normal_run(0, 0), Some(Class::NothingListed)),
            (full_run(0, 0), Some(Class::NothingListed)),
            (normal_run(1, 498), Some(Class::Shrunk)),
            (full_run(1, 498), Some(Class::Shrunk)),
            (normal_run(1, 499), None),
            (full_run(1, 499), None),
        ] {
            let (classes, last) = classes_of(&[before[0], before[1], now]).await;
            assert_eq!(classes, [None, None, expected]);
            let files = if expected.is_some() { 1_000 } else { 500 };
            assert_eq!(baseline_files(&last), Some(files));
        }
    }
}

/// No page says that DataSync counts unchanged files as skipped. If it does not, nothing is
/// concluded from the counter.
#[tokio::test]
async fn a_counter_without_unchanged_files_is_not_used() {
    let (classes, last) = classes_of(&[
        normal_run(1_000, 0),
        normal_run(0, 0),
        full_run(1_000, 0),
        normal_run(5, 0),
        normal_run(0, 0),
    ])
    .await;
    assert!(classes.iter().all(Option::is_none), "{classes:?}");
    assert_eq!(baseline_files(&last), None);
}

/// An execution after which all files were changed skips none; earlier executions have shown that
/// unchanged files are counted.
#[tokio::test]
async fn an_execution_that_skips_nothing_is_counted_once_the_counter_is_known() {
    let (classes, last) = classes_of(&[
        normal_run(1_000, 0),
        normal_run(0, 1_000),
        normal_run(1_000, 0),
        normal_run(0, 0),
    ])
    .await;
    assert_eq!(classes, [None, None, None, Some(Class::NothingListed)]);
    assert_eq!(baseline_files(&last), Some(1_000));
}
