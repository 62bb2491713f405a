//! What people are told by this function. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::TaskArn;
use domain::console;
use domain::execution::Execution;
use domain::names::Names;
use domain::records::alert::{Alert, ConsoleLink};
use domain::records::class::Class;
use domain::records::condition::Condition;
use domain::records::run::RunRecord;
use domain::records::start::StartRecord;

/// An execution that has not moved on within `bound`, and is being cancelled.
pub(crate) fn stuck(
    names: &Names,
    execution: &Execution,
    waited: TimeDelta,
    bound: TimeDelta,
) -> Alert {
    let counters = execution.counters;
    let state = &execution.status;
    Alert {
        what: format!("a run is stuck in {state} and is cancelled"),
        class: Some(Class::Stuck),
        execution: Some(execution.arn.id().to_owned()),
        facts: vec![
            format!(
                "It has been {} so far; the bound for {state} is {}.",
                duration(waited),
                duration(bound)
            ),
            format!(
                "Transferred {} of {} files and directories, {} bytes.",
                counters.files_transferred, counters.files_to_transfer, counters.bytes_transferred
            ),
        ],
        likely_cause: cause_of_stuck(state).to_owned(),
        fix: "what was copied stays, and the next run goes on from there; if it gets stuck again, \
            look at the log."
            .to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        links: vec![
            link("Execution", console::execution_page(names, &execution.arn)),
            link("Log", console::execution_log(names, &execution.arn)),
        ],
        ..of(names)
    }
}

fn cause_of_stuck(state: &str) -> &'static str {
    match state {
        "LAUNCHING" => {
            "DataSync can't get its network interfaces going: the subnet has no free addresses, or the file system can't be \
             mounted."
        }
        "QUEUED" => "another execution of the task has not ended.",
        _ => "there is more to copy than fits the time, or the bandwidth is limited.",
    }
}

/// The task, or a schedule of its own, can't be used: `class` says which.
pub(crate) fn episode(names: &Names, class: Class, task: &TaskArn, episode: &Condition) -> Alert {
    let (what, likely_cause, fix) = match class {
        Class::ScheduleDisabled => (
            "DataSync has disabled a schedule of the task",
            "the task failed with the same error time and again. The schedule is not this \
                stack's, which is EventBridge's.",
            "remove the schedule from the task: runs are started by the stack.",
        ),
        _ => (
            "the task is UNAVAILABLE, no run can start",
            "something the task needs was changed or deleted: its network interfaces, a subnet, a \
                role, or the file system.",
            "`efs-s3 drift` shows what differs; `efs-s3 deploy` puts it right.",
        ),
    };
    Alert {
        what: what.to_owned(),
        class: Some(class),
        facts: vec![
            format!("DataSync says: {}", episode.why),
            format!("Seen since {}; you are told once.", at(episode.since)),
        ],
        likely_cause: likely_cause.to_owned(),
        fix: fix.to_owned(),
        next_command: "efs-s3 drift".to_owned(),
        links: vec![link("Task", console::task_page(names, task.id()))],
        ..of(names)
    }
}

/// A slot that was claimed, and nothing came of it.
pub(crate) fn missed(names: &Names, record: &StartRecord) -> Alert {
    Alert {
        what: "a run was never started".to_owned(),
        class: Some(Class::SlotMissed),
        facts: vec![format!("Slot {}, claimed at {}.", record.slot, at(record.claimed_at))],
        likely_cause: "start-execution was cut off or refused, and so were its retries.".to_owned(),
        fix: "its log says why; the next tick of the schedule starts the next run.".to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        ..of(names)
    }
}

/// A full verification that waited for `waited`, and executions were under way all the time.
pub(crate) fn never_free(names: &Names, record: &StartRecord, waited: TimeDelta) -> Alert {
    Alert {
        what: "a full verification was never started".to_owned(),
        class: Some(Class::SlotMissed),
        facts: vec![
            format!("Slot {}.", record.slot),
            format!("An execution was under way whenever a sweep tried to start it, for {}.", duration(waited)),
        ],
        likely_cause: "executions follow one another without a pause: each takes longer than the time between two ticks \
                       of the schedule."
            .to_owned(),
        fix: "a rarer schedule.expression leaves time between them; files and objects were not compared as a whole since \
              the last full verification."
            .to_owned(),
        next_command: "efs-s3 sync --wait --verify-mode POINT_IN_TIME_CONSISTENT --when-busy queue".to_owned(),
        ..of(names)
    }
}

/// A run whose check was asked for again, `asked` times, and is not done.
pub(crate) fn unproven(names: &Names, run: &RunRecord, asked: u32) -> Alert {
    Alert {
        what: "a run has no proof".to_owned(),
        class: Some(Class::OverdueProof),
        execution: Some(run.execution.id().to_owned()),
        facts: vec![format!(
            "It was recorded at {} as {}; its check was asked for {asked} more times, and is not \
                done.",
            at(run.recorded_at),
            run.outcome.as_str()
        )],
        likely_cause:
            "verify-versions fails or is cut off each time, or has more to check than fits \
                       limits.proof_within_minutes."
                .to_owned(),
        fix: "what was copied stays copied; the function's log says why the check does not end."
            .to_owned(),
        next_command: format!("efs-s3 verify {}", run.execution.id()),
        links: vec![link("Execution", console::execution_page(names, &run.execution))],
        ..of(names)
    }
}

/// Busy files of `first` that were to be copied again, and are not: the retry was skipped. Without
/// a record of it little is known.
pub(crate) fn retry_skipped(names: &Names, first: &str, run: Option<&RunRecord>) -> Alert {
    let execution = run.map(|run| &run.execution);
    Alert {
        what: "files were busy, and are not copied again yet".to_owned(),
        class: Some(Class::BusyFile),
        execution: Some(first.to_owned()),
        facts: vec!["The run that was to copy them again could not be started.".to_owned()],
        path_count: run.map_or(0, |run| run.problems.count),
        paths: run.map(|run| run.problems.first.clone()).unwrap_or_default(),
        likely_cause: "files were changed or deleted while the run read them, and another run was \
            under way after it."
            .to_owned(),
        fix: "the next run copies what has changed.".to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        links: execution
            .map(|arn| link("Execution", console::execution_page(names, arn)))
            .into_iter()
            .collect(),
        ..of(names)
    }
}

fn of(names: &Names) -> Alert {
    Alert { stack: names.stack.clone(), ..Alert::default() }
}

fn link(title: &str, url: String) -> ConsoleLink {
    ConsoleLink { title: title.to_owned(), url }
}

fn at(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `1 h 35 min`
fn duration(time: TimeDelta) -> String {
    match (time.num_hours(), time.num_minutes() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use domain::arn::ExecutionArn;
    use domain::execution::ServiceMessage;
    use domain::records::run::{Counters, Filters, PhaseDurations};

    use super::*;

    const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

    fn text(alert: &Alert) -> String {
        assert!(alert.subject().len() <= 100);
        format!("Subject: {}\n{}", alert.subject(), alert.body())
    }

    fn run(execution: &Execution) -> RunRecord {
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
        let (waited, bound) = (TimeDelta::minutes(95), TimeDelta::minutes(30));
        let begun =
            Condition { since: DateTime::UNIX_EPOCH, why: "EniNotFound".into(), ended_at: None };
        let task = TaskArn::parse(TASK).unwrap();
        let record =
            StartRecord::new_claim("schedule-2026-11-23T10:00:00Z", "r1", DateTime::UNIX_EPOCH);
        let full = StartRecord::new_claim(
            "full-verification-2026-11-23T10:00:00Z",
            "r1",
            DateTime::UNIX_EPOCH,
        );
        let run = run(&execution("SUCCESS"));
        let texts = [
            stuck(&names, &execution("LAUNCHING"), waited, bound),
            stuck(&names, &execution("TRANSFERRING"), TimeDelta::hours(25), TimeDelta::hours(24)),
            episode(&names, Class::TaskUnavailable, &task, &begun),
            episode(&names, Class::ScheduleDisabled, &task, &begun),
            missed(&names, &record),
            never_free(&names, &full, TimeDelta::days(1)),
            unproven(&names, &run, 2),
        ]
        .map(|alert| text(&alert));
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
}
