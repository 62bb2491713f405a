use chrono::TimeDelta;
use domain::records::class::Class;
use domain::records::pause::Pause;
use domain::records::proof::Verdict;
use domain::records::run::RunOutcome;

use super::super::{CurrentExecution, TaskOverview};
use super::*;
use crate::runs::recorded::tests::example_run;

fn healthy_status() -> StackStatus {
    let ended = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let last_proven = Some(ended);
    StackStatus {
        stack: "backup".into(),
        schedule: Some(enabled_schedule("rate(1 hour)", ended + TimeDelta::hours(2))),
        full_verification: Some(enabled_schedule("rate(7 days)", ended + TimeDelta::days(6))),
        task: Some(TaskOverview { arn: "arn:task".into(), status: "AVAILABLE".into() }),
        under_way: None,
        freshness: Some(Freshness { last_proven, within_hours: Some(26), late: false }),
        alarms: Some(Vec::new()),
        dead_letters: Some(0),
        swept_at: Some(ended + TimeDelta::minutes(92)),
        runs: vec![
            example_run(RunOutcome::Succeeded, None, Some(Verdict::Verified)),
            example_run(RunOutcome::Failed, Some(Class::Kms), None),
        ],
    }
}

fn enabled_schedule(expression: &str, next: DateTime<Utc>) -> ScheduleOverview {
    let (expression, next_run) = (expression.to_owned(), Some(next));
    ScheduleOverview { expression, enabled: true, paused: None, next_run }
}

#[test]
fn a_healthy_stack() {
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    insta::assert_snapshot!(status_text(&healthy_status(), now).unwrap(), @"
    stack         backup
    schedule      rate(1 hour), next run at 2023-11-15 00:13 UTC
    verification  full: rate(7 days), next run at 2023-11-20 22:13 UTC
    task          AVAILABLE (arn:task)
    fresh         yes: the last proven execution ended 1 h 35 min ago, and the limit is 26 h
    alarms        none in alarm
    dead letters  0
    last sweep    3 min ago

    execution               by        outcome    verdict                     files       bytes         took  ended             what
    exec-0fcddf3728817690d  schedule  succeeded  VERIFIED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    exec-0fcddf3728817690d  schedule  failed     -                            1245    64.0 MiB   1 min 59 s  1 h 35 min ago    kms
    ");
}

fn unhealthy_status(now: DateTime<Utc>) -> StackStatus {
    let pause = Pause { since: now - TimeDelta::minutes(5), reason: Some("moving".into()) };
    let paused = ScheduleOverview {
        enabled: false,
        paused: Some(pause),
        next_run: None,
        expression: "rate(1 hour)".into(),
    };
    StackStatus {
        schedule: Some(paused),
        full_verification: None,
        under_way: Some(example_execution()),
        freshness: Some(Freshness { last_proven: None, within_hours: Some(26), late: true }),
        alarms: Some(vec!["backup-not-fresh".into(), "backup-dead-letters".into()]),
        dead_letters: Some(2),
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
    insta::assert_snapshot!(status_text(&unhealthy_status(now), now).unwrap(), @"
    stack         backup
    schedule      rate(1 hour), paused 5 min ago (moving); `efs-s3 resume` enables it again
    task          AVAILABLE (arn:task)
    current       exec-1, TRANSFERRING, 3 of 10 files
    fresh         NO: no execution is proven, and the limit is 26 h; `efs-s3 sync --wait` starts one
    alarms        IN ALARM: backup-not-fresh, backup-dead-letters; see docs/OPERATIONS.md#alarms
    dead letters  2; `efs-s3 failures` lists them
    last sweep    none yet; the sweep runs every 5 minutes
    executions    none yet
    ");
}
