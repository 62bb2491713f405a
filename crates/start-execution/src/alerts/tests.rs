//! The text of each alert.

use domain::arn::ExecutionArn;
use domain::execution::ServiceMessage;
use domain::records::run::{Counters, Filters, PhaseDurations};

use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

fn full_text(alert: &Alert) -> String {
    assert!(alert.subject().len() <= 100);
    format!("Subject: {}\n{}", alert.subject(), alert.body())
}

fn run_record(execution: &Execution) -> RunRecord {
    let (counters, durations) = (execution.counters, execution.durations);
    let record = serde_json::json!({"execution": execution.arn, "outcome": "succeeded", "counters": counters,
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
    Subject: [backup] a run is stuck in LAUNCHING and is cancelled
    Stack backup: a run is stuck in LAUNCHING and is cancelled.
    Execution: exec-0fcddf3728817690d
    It has been 1 h 35 min so far; the bound for LAUNCHING is 30 min.
    Transferred 0 of 0 files and directories, 0 bytes.

    Likely cause: DataSync can't get its network interfaces going: the subnet has no free addresses, or the file system can't be mounted.
    Fix:          what was copied stays, and the next run goes on from there; if it gets stuck again, look at the log.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#stuck

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    Log: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fefs-s3$252Fbackup$252Fdatasync/log-events/task-0806c70094b09457b-exec-0fcddf3728817690d

    Subject: [backup] a run is stuck in TRANSFERRING and is cancelled
    Stack backup: a run is stuck in TRANSFERRING and is cancelled.
    Execution: exec-0fcddf3728817690d
    It has been 25 h so far; the bound for TRANSFERRING is 24 h.
    Transferred 0 of 0 files and directories, 0 bytes.

    Likely cause: there is more to copy than fits the time, or the bandwidth is limited.
    Fix:          what was copied stays, and the next run goes on from there; if it gets stuck again, look at the log.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#stuck

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    Log: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fefs-s3$252Fbackup$252Fdatasync/log-events/task-0806c70094b09457b-exec-0fcddf3728817690d

    Subject: [backup] the task is UNAVAILABLE, no run can start
    Stack backup: the task is UNAVAILABLE, no run can start.
    DataSync says: EniNotFound
    Seen since 1970-01-01 00:00 UTC; you are told once.

    Likely cause: something the task needs was changed or deleted: its network interfaces, a subnet, a role, or the file system.
    Fix:          `efs-s3 drift` shows what differs; `efs-s3 deploy` puts it right.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#task-unavailable

    Task: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/tasks/task-0806c70094b09457b

    Subject: [backup] DataSync has disabled a schedule of the task
    Stack backup: DataSync has disabled a schedule of the task.
    DataSync says: EniNotFound
    Seen since 1970-01-01 00:00 UTC; you are told once.

    Likely cause: the task failed with the same error time and again. The schedule is not this stack's, which is EventBridge's.
    Fix:          remove the schedule from the task: runs are started by the stack.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#schedule-disabled

    Task: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/tasks/task-0806c70094b09457b

    Subject: [backup] a run was never started
    Stack backup: a run was never started.
    Slot schedule-2026-11-23T10:00:00Z, claimed at 1970-01-01 00:00 UTC.

    Likely cause: start-execution was cut off or refused, and so were its retries.
    Fix:          its log says why; the next tick of the schedule starts the next run.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#slot-missed

    Subject: [backup] a full verification was never started
    Stack backup: a full verification was never started.
    Slot full-verification-2026-11-23T10:00:00Z.
    An execution was under way whenever a sweep tried to start it, for 24 h.

    Likely cause: executions follow one another without a pause: each takes longer than the time between two ticks of the schedule.
    Fix:          a rarer schedule.expression leaves time between them; files and objects were not compared as a whole since the last full verification.
    Run next:     efs-s3 sync --wait --verify-mode POINT_IN_TIME_CONSISTENT --when-busy queue
    Runbook:      docs/OPERATIONS.md#slot-missed

    Subject: [backup] a run has no proof
    Stack backup: a run has no proof.
    Execution: exec-0fcddf3728817690d
    It was recorded at 1970-01-01 00:00 UTC as succeeded; its check was asked for 2 more times, and is not done.

    Likely cause: verify-versions fails or is cut off each time, or has more to check than fits limits.proof_within_minutes.
    Fix:          what was copied stays copied; the function's log says why the check does not end.
    Run next:     efs-s3 verify exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#unproven

    Execution: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    ");
}
