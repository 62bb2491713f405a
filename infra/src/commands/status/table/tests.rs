use chrono::TimeDelta;
use domain::records::class::Class;
use domain::records::pause::Pause;
use domain::records::proof::Verdict;
use domain::sync_name::SyncName;

use super::super::Monitoring;
use super::super::sync_status::{CurrentExecution, TaskOverview};
use super::*;
use crate::runs::recorded::tests::example_run;

fn example_now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_005_700, 0).unwrap()
}

fn enabled_schedule(expression: &str) -> ScheduleOverview {
    let next_run = Some(example_now() + TimeDelta::hours(2));
    ScheduleOverview { expression: expression.to_owned(), enabled: true, paused: None, next_run }
}

fn fresh_sync(name: &str) -> SyncStatus {
    let last_proven = Some(example_now() - TimeDelta::minutes(95));
    SyncStatus {
        sync: SyncName::parse(name).unwrap(),
        schedule: Some(enabled_schedule("rate(1 hour)")),
        task: Some(TaskOverview { arn: "arn:task".into(), status: "AVAILABLE".into() }),
        freshness: Some(Freshness { last_proven, within_hours: Some(26), late: false }),
        swept_at: Some(example_now() - TimeDelta::minutes(3)),
        runs: vec![example_run(RunOutcome::Succeeded, None, Some(Verdict::Verified))],
        ..SyncStatus::default()
    }
}

fn stale_sync(name: &str) -> SyncStatus {
    let pause = Pause { since: example_now(), reason: None, by: None };
    let paused = ScheduleOverview {
        enabled: false,
        paused: Some(pause),
        next_run: None,
        ..enabled_schedule("rate(1 hour)")
    };
    SyncStatus {
        schedule: Some(paused),
        freshness: Some(Freshness { last_proven: None, within_hours: Some(26), late: true }),
        swept_at: Some(example_now() - TimeDelta::minutes(9)),
        runs: vec![example_run(RunOutcome::Failed, Some(Class::ChecksumMismatch), None)],
        ..fresh_sync(name)
    }
}

/// A sync with the longest name, schedule, age and verdict.
fn widest_sync() -> SyncStatus {
    let last_proven = Some(example_now() - TimeDelta::hours(1_003));
    let current = CurrentExecution {
        execution: "exec-0fcddf3728817690d".into(),
        status: "TRANSFERRING".into(),
        files_transferred: 24_999_999,
        files_to_transfer: 25_000_000,
    };
    SyncStatus {
        schedule: Some(enabled_schedule("cron(0/15 8-18 ? * MON-FRI *)")),
        freshness: Some(Freshness { last_proven, within_hours: Some(26), late: true }),
        under_way: Some(current),
        runs: vec![example_run(RunOutcome::Succeeded, None, Some(Verdict::VerifiedWithWarnings))],
        ..fresh_sync("projects-of-the-past")
    }
}

fn new_sync(name: &str) -> SyncStatus {
    SyncStatus { sync: SyncName::parse(name).unwrap(), ..SyncStatus::default() }
}

fn table_of(syncs: Vec<SyncStatus>) -> String {
    let alarms = Some(vec!["backup-not-fresh.archive".into()]);
    let removed_syncs = vec![SyncName::parse("scratch").unwrap()];
    let monitoring =
        Monitoring { alarms, dead_letters: Some(0), removed_syncs, ..Monitoring::default() };
    let status = StackStatus { stack: "backup".into(), syncs, monitoring };
    status_table(&status, example_now()).unwrap()
}

#[test]
fn each_sync_is_one_row() {
    let syncs = vec![fresh_sync("home"), stale_sync("archive"), widest_sync(), new_sync("media")];
    insta::assert_snapshot!(table_of(syncs), @"
    stack         backup: 4 syncs, 2 stale, 1 paused, 1 running, 1 not deployed

    sync                  schedule            next (UTC)   proven copy       last execution
    home                  rate(1 hour)        11-15 01:48  FRESH 1 h 35 min  VERIFIED
    archive               paused              -            STALE over 26 h   failed, checksum-mismatch
    projects-of-the-past  cron(0/15 8-18 ? …  11-15 01:48  STALE 41 d 19 h   VERIFIED_WITH_WARNINGS
      exec-0fcddf3728817690d, TRANSFERRING, 24999999 of 25000000 files
    media                 not deployed        -            -                 none yet

    alarms        IN ALARM: backup-not-fresh.archive; see docs/OPERATIONS.md#alarms
    dead letters  0
    removed       scratch; `efs-s3 deploy` deletes what is deployed of it
    last sweep    9 min ago

    `efs-s3 status --sync NAME` shows one sync in full, `efs-s3 runs` the executions.
    ");
}

#[test]
fn one_sync_has_a_table_too() {
    insta::assert_snapshot!(table_of(vec![fresh_sync("home")]), @"
    stack         backup: 1 sync

    sync  schedule      next (UTC)   proven copy       last execution
    home  rate(1 hour)  11-15 01:48  FRESH 1 h 35 min  VERIFIED

    alarms        IN ALARM: backup-not-fresh.archive; see docs/OPERATIONS.md#alarms
    dead letters  0
    removed       scratch; `efs-s3 deploy` deletes what is deployed of it
    last sweep    3 min ago

    `efs-s3 status --sync NAME` shows one sync in full, `efs-s3 runs` the executions.
    ");
}

#[test]
fn no_sync_is_an_empty_table() {
    let status = StackStatus { stack: "backup".into(), ..StackStatus::default() };
    insta::assert_snapshot!(status_table(&status, example_now()).unwrap(), @"
    stack         backup: 0 syncs

    sync  schedule  next (UTC)  proven copy  last execution


    `efs-s3 status --sync NAME` shows one sync in full, `efs-s3 runs` the executions.
    ");
}

#[test]
fn the_table_of_twenty_syncs_fits_into_a_hundred_columns() {
    let mut syncs: Vec<SyncStatus> =
        (1..=18).map(|number| fresh_sync(&format!("directory-{number}"))).collect();
    syncs.extend([widest_sync(), stale_sync("archive")]);
    let text = table_of(syncs);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("FRESH")).count(), 18);
    assert!(text.starts_with("stack         backup: 20 syncs, 2 stale, 1 paused, 1 running\n"));
}

#[test]
fn the_last_execution_is_one_word_or_two() {
    for (outcome, class, verdict, expected) in [
        (RunOutcome::Succeeded, None, Some(Verdict::Verified), "VERIFIED"),
        (RunOutcome::Succeeded, None, Some(Verdict::Mismatch), "MISMATCH"),
        (RunOutcome::Succeeded, None, None, "succeeded, not proven"),
        (RunOutcome::Succeeded, Some(Class::Kms), None, "succeeded, kms"),
        (RunOutcome::Failed, Some(Class::Kms), Some(Verdict::Incomplete), "failed, kms"),
        (RunOutcome::Failed, None, None, "failed"),
        (RunOutcome::Cancelled, None, None, "cancelled"),
    ] {
        assert_eq!(last_cell(&example_run(outcome, class, verdict)), expected);
    }
}
