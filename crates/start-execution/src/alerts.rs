//! The alerts of this function. Pure.

mod condition;

use chrono::{DateTime, TimeDelta, Utc};
use domain::console;
use domain::execution::Execution;
use domain::names::Names;
use domain::records::alert::{Alert, ConsoleLink};
use domain::records::class::Class;
use domain::records::run::RunRecord;
use domain::records::start::StartRecord;

pub(crate) use condition::condition_begun;

/// An execution made no progress within `limit` and is cancelled.
pub(crate) fn stuck(
    names: &Names,
    execution: &Execution,
    waited: TimeDelta,
    limit: TimeDelta,
) -> Alert {
    let status = &execution.status;
    Alert {
        what: format!("an execution is stuck in {status} and is cancelled"),
        class: Some(Class::Stuck),
        execution: Some(execution.arn.id().to_owned()),
        facts: facts_of_stuck(execution, waited, limit),
        likely_cause: cause_of_stuck(status).to_owned(),
        fix: "copied objects stay, and the next execution copies the rest; if it gets stuck \
            again, check the log."
            .to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        links: links_to_execution(names, execution),
        ..empty_alert(names)
    }
}

fn links_to_execution(names: &Names, execution: &Execution) -> Vec<ConsoleLink> {
    vec![
        console_link("Execution", console::execution_page(names, &execution.arn)),
        console_link("Log", console::execution_log(names, &execution.arn)),
    ]
}

fn facts_of_stuck(execution: &Execution, waited: TimeDelta, limit: TimeDelta) -> Vec<String> {
    let (status, counters) = (&execution.status, execution.counters);
    vec![
        format!(
            "It has taken {} so far; the limit for {status} is {}.",
            format_duration(waited),
            format_duration(limit)
        ),
        format!(
            "Transferred {} of {} files and directories, {} bytes.",
            counters.files_transferred, counters.files_to_transfer, counters.bytes_transferred
        ),
    ]
}

fn cause_of_stuck(status: &str) -> &'static str {
    match status {
        "LAUNCHING" => {
            "DataSync can't start its network interfaces: the subnet has no free addresses, or \
                the file system can't be mounted."
        }
        "QUEUED" => "another execution of the task does not end.",
        _ => "there is too much data for the limit, or the bandwidth is limited.",
    }
}

/// A slot was claimed, and no execution was started for it.
pub(crate) fn start_missed(names: &Names, record: &StartRecord) -> Alert {
    Alert {
        what: "a scheduled execution was not started".to_owned(),
        class: Some(Class::SlotMissed),
        facts: vec![format!(
            "Slot {}, claimed at {}.",
            record.slot,
            format_time(record.claimed_at)
        )],
        likely_cause: "start-execution and its retries failed or were interrupted.".to_owned(),
        fix: "the log of start-execution shows the error; the schedule starts the next execution."
            .to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        ..empty_alert(names)
    }
}

/// A full verification waited for `waited`, and executions were running all the time.
pub(crate) fn full_verification_missed(
    names: &Names,
    record: &StartRecord,
    waited: TimeDelta,
) -> Alert {
    Alert {
        what: "a full verification was not started".to_owned(),
        class: Some(Class::SlotMissed),
        facts: vec![format!("Slot {}.", record.slot), describe_wait(waited)],
        likely_cause: "executions follow one another without a pause: each takes longer than the \
            time between two scheduled starts."
            .to_owned(),
        fix: "a longer interval in schedule.expression leaves time between executions. Files and \
            objects have not been compared as a whole since the last full verification."
            .to_owned(),
        next_command: "efs-s3 sync --wait --verify-mode POINT_IN_TIME_CONSISTENT --when-busy queue"
            .to_owned(),
        ..empty_alert(names)
    }
}

fn describe_wait(waited: TimeDelta) -> String {
    format!(
        "An execution was running whenever a sweep tried to start it, for {}.",
        format_duration(waited)
    )
}

/// A run has no proof although its verification was requested `requests` more times.
pub(crate) fn proof_overdue(names: &Names, run: &RunRecord, requests: u32) -> Alert {
    Alert {
        what: "an execution has no proof".to_owned(),
        class: Some(Class::OverdueProof),
        execution: Some(run.execution.id().to_owned()),
        facts: vec![describe_requests(run, requests)],
        likely_cause: "verify-versions fails or is interrupted each time, or there is more to \
            verify than fits limits.proof_within_minutes."
            .to_owned(),
        fix: "copied objects stay; the log of verify-versions shows why the verification does not \
            end."
            .to_owned(),
        next_command: format!("efs-s3 verify {}", run.execution.id()),
        links: vec![console_link("Execution", console::execution_page(names, &run.execution))],
        ..empty_alert(names)
    }
}

fn describe_requests(run: &RunRecord, requests: u32) -> String {
    format!(
        "It was recorded at {} as {}; its verification was requested {requests} more times and is \
            not done.",
        format_time(run.recorded_at),
        run.outcome.as_str()
    )
}

/// The busy files of `first` were to be copied again, and that execution was skipped. `run` is the
/// record of `first`, if there is one.
pub(crate) fn retry_skipped(names: &Names, first: &str, run: Option<&RunRecord>) -> Alert {
    let link =
        run.map(|run| console_link("Execution", console::execution_page(names, &run.execution)));
    Alert {
        what: "files were busy and are not copied again yet".to_owned(),
        class: Some(Class::BusyFile),
        execution: Some(first.to_owned()),
        facts: vec!["The execution that was to copy them again could not be started.".to_owned()],
        path_count: run.map_or(0, |run| run.problems.count),
        paths: run.map(|run| run.problems.first.clone()).unwrap_or_default(),
        likely_cause: "files were changed or deleted during the execution, and another execution \
            was running after it."
            .to_owned(),
        fix: "the next execution copies what has changed.".to_owned(),
        next_command: "efs-s3 sync --wait".to_owned(),
        links: link.into_iter().collect(),
        ..empty_alert(names)
    }
}

fn empty_alert(names: &Names) -> Alert {
    Alert { stack: names.stack.clone(), ..Alert::default() }
}

fn console_link(title: &str, url: String) -> ConsoleLink {
    ConsoleLink { title: title.to_owned(), url }
}

fn format_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A duration, for example `1 h 35 min`.
fn format_duration(duration: TimeDelta) -> String {
    match (duration.num_hours(), duration.num_minutes() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
