use chrono::TimeDelta;
use domain::records::class::Class;
use domain::records::pause::Pause;
use domain::records::proof::Verdict;
use domain::records::run::RunOutcome;

use super::super::sync_status::{CurrentExecution, TaskOverview};
use super::*;
use crate::runs::recorded::tests::example_run;

fn healthy_status() -> SyncStatus {
    let ended = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let last_proven = Some(ended);
    SyncStatus {
        schedule: Some(enabled_schedule("rate(1 hour)", ended + TimeDelta::hours(2))),
        full_verification: Some(enabled_schedule("rate(7 days)", ended + TimeDelta::days(6))),
        task: Some(TaskOverview { arn: "arn:task".into(), status: "AVAILABLE".into() }),
        under_way: None,
        freshness: Some(Freshness { last_proven, within_hours: Some(26), late: false }),
        swept_at: Some(ended + TimeDelta::minutes(92)),
        runs: vec![
            example_run(RunOutcome::Succeeded, None, Some(Verdict::Verified)),
            example_run(RunOutcome::Failed, Some(Class::Kms), None),
        ],
        ..SyncStatus::default()
    }
}

fn enabled_schedule(expression: &str, next: DateTime<Utc>) -> ScheduleOverview {
    let (expression, next_run) = (expression.to_owned(), Some(next));
    ScheduleOverview { expression, enabled: true, paused: None, next_run }
}

#[test]
fn a_healthy_stack() {
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    insta::assert_snapshot!(text_of(&healthy_status(), &[], 0, now), @"
    stack         backup
    schedule      rate(1 hour), next run at 2023-11-15 00:13:20 UTC
    verification  full: rate(7 days), next run at 2023-11-20 22:13:20 UTC
    task          AVAILABLE (arn:task)
    fresh         yes: the last proven execution ended 1 h 35 min ago, and the limit is 26 h
    alarms        none in alarm
    dead letters  0
    last sweep    3 min ago

    execution               kind     by        outcome    verdict                     files       bytes         took  ended             what
    exec-0fcddf3728817690d  sync     schedule  succeeded  VERIFIED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    exec-0fcddf3728817690d  sync     schedule  failed     -                            1245    64.0 MiB   1 min 59 s  1 h 35 min ago    kms
    ");
}

/// The text of a stack with this sync, with the alarms and dead letters given.
fn text_of(status: &SyncStatus, alarms: &[&str], dead_letters: i64, now: DateTime<Utc>) -> String {
    let alarms = Some(alarms.iter().map(|alarm| (*alarm).to_owned()).collect());
    let monitoring =
        Monitoring { alarms, dead_letters: Some(dead_letters), ..Monitoring::default() };
    let stack = StackStatus { stack: "backup".into(), syncs: Vec::new(), monitoring };
    status_text(&stack, status, now).unwrap()
}

fn unhealthy_status(now: DateTime<Utc>) -> SyncStatus {
    let (since, reason) = (now - TimeDelta::minutes(5), Some("moving".to_owned()));
    let pause = Pause { since, reason, by: Some("anna on laptop".to_owned()) };
    let paused = ScheduleOverview {
        enabled: false,
        paused: Some(pause),
        next_run: None,
        expression: "rate(1 hour)".into(),
    };
    SyncStatus {
        schedule: Some(paused),
        full_verification: None,
        under_way: Some(example_execution()),
        restore_under_way: Some(example_execution()),
        freshness: Some(Freshness { last_proven: None, within_hours: Some(26), late: true }),
        swept_at: None,
        runs: Vec::new(),
        ..healthy_status()
    }
}

fn example_execution() -> CurrentExecution {
    CurrentExecution {
        execution: "exec-1".into(),
        status: "TRANSFERRING".into(),
        files_transferred: 3,
        files_to_transfer: 10,
    }
}

#[test]
fn an_unhealthy_stack() {
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    let alarms = ["backup-not-fresh", "backup-dead-letters"];
    insta::assert_snapshot!(text_of(&unhealthy_status(now), &alarms, 2, now), @"
    stack         backup
    schedule      rate(1 hour), paused 5 min ago by anna on laptop (moving); `efs-s3 resume` enables it again
    task          AVAILABLE (arn:task)
    current       exec-1, TRANSFERRING, 3 of 10 files
    restore       exec-1, TRANSFERRING, 3 of 10 files; `efs-s3 wait exec-1` follows it
    fresh         NO: no execution is proven, and the limit is 26 h; `efs-s3 sync --wait` starts one
    alarms        IN ALARM: backup-not-fresh, backup-dead-letters; see docs/OPERATIONS.md#alarms
    dead letters  2; `efs-s3 failures` lists them
    last sweep    none yet; the sweep runs every 5 minutes
    executions    none yet
    ");
}

#[test]
fn one_of_several_syncs_is_selected_in_each_command() {
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    let sync = SyncName::parse("home").unwrap();
    let status = SyncStatus { sync, argument: " --sync home".into(), ..unhealthy_status(now) };
    insta::assert_snapshot!(text_of(&status, &[], 0, now), @"
    stack         backup
    sync          home
    schedule      rate(1 hour), paused 5 min ago by anna on laptop (moving); `efs-s3 resume --sync home` enables it again
    task          AVAILABLE (arn:task)
    current       exec-1, TRANSFERRING, 3 of 10 files
    restore       exec-1, TRANSFERRING, 3 of 10 files; `efs-s3 wait exec-1` follows it
    fresh         NO: no execution is proven, and the limit is 26 h; `efs-s3 sync --sync home --wait` starts one
    alarms        none in alarm
    dead letters  0
    last sweep    none yet; the sweep runs every 5 minutes
    executions    none yet
    ");
}

#[test]
fn many_alarms_have_a_line_each() {
    let alarms = (1..=5).map(|number| format!("backup-not-fresh.s{number}")).collect::<Vec<_>>();
    insta::assert_snapshot!(alarms_text(&alarms), @"
    5 IN ALARM; see docs/OPERATIONS.md#alarms
                  backup-not-fresh.s1
                  backup-not-fresh.s2
                  backup-not-fresh.s3
                  backup-not-fresh.s4
                  backup-not-fresh.s5
    ");
}
