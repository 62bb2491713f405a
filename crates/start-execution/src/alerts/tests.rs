//! The text of each alert.

use domain::arn::{ExecutionArn, TaskArn};
use domain::execution::ServiceMessage;
use domain::records::condition::Condition;
use domain::records::run::{Counters, Filters, PhaseDurations};

use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

fn full_text(alert: &Alert) -> String {
    assert!(alert.subject().len() <= 100);
    format!("Subject: {}\n{}", alert.subject(), alert.body())
}

fn run_record(execution: &Execution) -> RunRecord {
    let (counters, durations) = (execution.counters, execution.durations);
    let record = serde_json::json!({"execution": execution.arn, "outcome": "succeeded",
        "counters": counters,
        "recorded_at": DateTime::UNIX_EPOCH, "durations": durations});
    serde_json::from_value(record).unwrap()
}

#[test]
fn each_alert_has_its_text() {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    let execution = |status: &str| Execution {
        arn: ExecutionArn::parse(&format!("{TASK}/execution/exec-0fcddf3728817690d")).unwrap(),
        status: status.to_owned(),
        verify_mode: None,
        filters: Filters::default(),
        started_at: None,
        launched_at: None,
        ended_at: None,
        counters: Counters::default(),
        durations: PhaseDurations::default(),
        error: ServiceMessage::default(),
        report: None,
    };
    let (waited, limit) = (TimeDelta::minutes(95), TimeDelta::minutes(30));
    let condition =
        Condition { since: DateTime::UNIX_EPOCH, why: "EniNotFound".into(), ended_at: None };
    let task = TaskArn::parse(TASK).unwrap();
    let record =
        StartRecord::new_claim("schedule-2026-11-23T10:00:00Z", "r1", DateTime::UNIX_EPOCH);
    let full = StartRecord::new_claim(
        "full-verification-2026-11-23T10:00:00Z",
        "r1",
        DateTime::UNIX_EPOCH,
    );
    let run = run_record(&execution("SUCCESS"));
    let texts = [
        stuck(&names, &execution("LAUNCHING"), waited, limit),
        stuck(&names, &execution("TRANSFERRING"), TimeDelta::hours(25), TimeDelta::hours(24)),
        condition_begun(&names, Class::TaskUnavailable, &task, &condition),
        condition_begun(&names, Class::ScheduleDisabled, &task, &condition),
        start_missed(&names, &record),
        full_verification_missed(&names, &full, TimeDelta::days(1)),
        proof_overdue(&names, &run, 2),
    ]
    .map(|alert| full_text(&alert));
    insta::assert_snapshot!(texts.join("\n\n"), @"
    Subject: [backup] an execution is stuck in LAUNCHING and is cancelled
    Stack backup: an execution is stuck in LAUNCHING and is cancelled.
    Execution: exec-0fcddf3728817690d
    It has taken 1 h 35 min so far; the limit for LAUNCHING is 30 min.
    Transferred 0 of 0 files and directories, 0 bytes.

    Likely cause: DataSync can't start its network interfaces: the subnet has no free addresses, or the file system can't be mounted.
    Fix:          copied objects stay, and the next execution copies the rest; if it gets stuck again, check the log.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#stuck

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    Log: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fefs-s3$252Fbackup$252Fdatasync/log-events/task-0806c70094b09457b-exec-0fcddf3728817690d

    Subject: [backup] an execution is stuck in TRANSFERRING and is cancelled
    Stack backup: an execution is stuck in TRANSFERRING and is cancelled.
    Execution: exec-0fcddf3728817690d
    It has taken 25 h so far; the limit for TRANSFERRING is 24 h.
    Transferred 0 of 0 files and directories, 0 bytes.

    Likely cause: there is too much data for the limit, or the bandwidth is limited.
    Fix:          copied objects stay, and the next execution copies the rest; if it gets stuck again, check the log.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#stuck

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    Log: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fefs-s3$252Fbackup$252Fdatasync/log-events/task-0806c70094b09457b-exec-0fcddf3728817690d

    Subject: [backup] the task is UNAVAILABLE, no execution can start
    Stack backup: the task is UNAVAILABLE, no execution can start.
    DataSync reports: EniNotFound
    Since 1970-01-01 00:00 UTC; this alert is sent once.

    Likely cause: something that the task needs was changed or deleted: its network interfaces, a subnet, a role, or the file system.
    Fix:          `efs-s3 drift` shows what differs; `efs-s3 deploy` corrects it.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#task-unavailable

    Task: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/tasks/task-0806c70094b09457b

    Subject: [backup] DataSync has disabled a schedule of the task
    Stack backup: DataSync has disabled a schedule of the task.
    DataSync reports: EniNotFound
    Since 1970-01-01 00:00 UTC; this alert is sent once.

    Likely cause: the task failed repeatedly with the same error. It is a schedule of DataSync's own; the stack's schedule is in EventBridge.
    Fix:          remove the schedule from the task: the stack starts the executions.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#schedule-disabled

    Task: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/tasks/task-0806c70094b09457b

    Subject: [backup] a scheduled execution was not started
    Stack backup: a scheduled execution was not started.
    Slot schedule-2026-11-23T10:00:00Z, claimed at 1970-01-01 00:00 UTC.

    Likely cause: start-execution and its retries failed or were interrupted.
    Fix:          the log of start-execution shows the error; the schedule starts the next execution.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#slot-missed

    Subject: [backup] a full verification was not started
    Stack backup: a full verification was not started.
    Slot full-verification-2026-11-23T10:00:00Z.
    An execution was running whenever a sweep tried to start it, for 24 h.

    Likely cause: executions follow one another without a pause: each takes longer than the time between two scheduled starts.
    Fix:          a longer interval in schedule.expression leaves time between executions. Files and objects have not been compared as a whole since the last full verification.
    Run next:     efs-s3 sync --wait --verify-mode POINT_IN_TIME_CONSISTENT --when-busy queue
    Runbook:      docs/OPERATIONS.md#slot-missed

    Subject: [backup] an execution has no proof
    Stack backup: an execution has no proof.
    Execution: exec-0fcddf3728817690d
    It was recorded at 1970-01-01 00:00 UTC as succeeded; its verification was requested 2 more times and is not done.

    Likely cause: verify-versions fails or is interrupted each time, or there is more to verify than fits limits.proof_within_minutes.
    Fix:          copied objects stay; the log of verify-versions shows why the verification does not end.
    Run next:     efs-s3 verify exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#unproven

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    ");
}
