//! The alert for a run record. Pure, and from the record alone: a repeat after a crash builds the
//! same alert.

use domain::console;
use domain::execution::ServiceMessage;
use domain::names::Names;
use domain::records::alert::{Alert, ConsoleLink};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::{RunOutcome, RunRecord};

use crate::alert_text::text_for;

/// Builds the alert for a run; `None` if none is to be sent: the execution succeeded as the last
/// one did, or its busy files are copied again first.
pub(crate) fn alert_for(names: &Names, run: &RunRecord) -> Option<Alert> {
    let alert = if run.is_good() { recovery_alert(names, run) } else { failure_alert(names, run) };
    alert.map(|alert| alert.of_sync(&run.sync))
}

fn describe_end(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "the execution succeeded",
        RunOutcome::Failed => "the execution failed",
        RunOutcome::Cancelled => "the execution was cancelled",
    }
}

fn failure_alert(names: &Names, run: &RunRecord) -> Option<Alert> {
    if !run.retries.is_empty() {
        return None;
    }
    let class = run.class.unwrap_or(Class::Unknown);
    let text = text_for(class);
    Some(Alert {
        stack: names.stack.clone(),
        sync: None,
        what: format!("{}{}", describe_end(run.outcome), text.what),
        class: Some(class),
        execution: Some(run.execution.id().to_owned()),
        facts: facts_about(run),
        path_count: run.problems.count,
        paths: run.problems.first.clone(),
        likely_cause: text.cause.to_owned(),
        fix: text.fix.to_owned(),
        next_command: text.next_command.replace("<execution>", run.execution.id()),
        links: console_links(names, run),
    })
}

/// An execution of a part of the source is no recovery: it does not show that the rest is copied.
fn recovery_alert(names: &Names, run: &RunRecord) -> Option<Alert> {
    let failures = run.previous.as_ref().map_or(0, |previous| previous.bad_in_a_row);
    if failures == 0 || run.part {
        return None;
    }
    let plural = if failures == 1 { "" } else { "s" };
    Some(Alert {
        stack: names.stack.clone(),
        sync: None,
        what: format!("the execution succeeded after {failures} failure{plural}"),
        class: Some(Class::Recovered),
        execution: Some(run.execution.id().to_owned()),
        facts: facts_about(run),
        likely_cause: "the cause was corrected, or has passed.".to_owned(),
        next_command: format!("efs-s3 verify {}", run.execution.id()),
        links: console_links(names, run),
        ..Alert::default()
    })
}

fn facts_about(run: &RunRecord) -> Vec<String> {
    let mut facts = counts_of(run);
    facts.extend(comparison_with_last(run));
    facts.extend(messages_of(run));
    facts.extend(other_busy_files(run));
    facts.extend(
        run.retry_of
            .as_ref()
            .map(|first| format!("It was a retry of the files that were busy in {first}.")),
    );
    facts.extend(unread_parts(run));
    facts.extend(newest_copy(run));
    facts.extend(run.overtaken_by.as_ref().map(|later| {
        format!("This alert is late, because an event was lost: {} has ended since.", later.id())
    }));
    facts
}

fn counts_of(run: &RunRecord) -> Vec<String> {
    let counters = run.counters;
    let mut counts = vec![format!(
        "Transferred {} of {} files and directories, {} bytes.",
        counters.files_transferred, counters.files_to_transfer, counters.bytes_transferred
    )];
    if counters.files_deleted > 0 || counters.files_skipped > 0 {
        let (deleted, skipped) = (counters.files_deleted, counters.files_skipped);
        counts.push(format!("Deleted {deleted}, skipped {skipped} (unchanged files included)."));
    }
    counts
}

/// DataSync's messages about the execution and about its report.
fn messages_of(run: &RunRecord) -> Vec<String> {
    let about_execution =
        service_message(run).map(|message| format!("DataSync reports: {message}"));
    let about_report = run
        .report_error
        .as_ref()
        .map(|message| format!("DataSync reports about its report: {message}"));
    let is_pending = run.report_status.as_deref() == Some("PENDING");
    let pending = is_pending.then(|| "DataSync is still writing the report.".to_owned());
    [about_execution, about_report, pending].into_iter().flatten().collect()
}

fn unread_parts(run: &RunRecord) -> Option<String> {
    let count = run.problems.unread_parts;
    (count > 0)
        .then(|| format!("{count} parts of the report were not read, because there are too many."))
}

/// The number of files at the source before and now, or the number skipped with an error.
fn comparison_with_last(run: &RunRecord) -> Option<String> {
    let before = run
        .previous
        .as_ref()?
        .baseline
        .as_ref()
        .filter(|baseline| baseline.filters == run.filters)?;
    let (listed, skipped) = (run.listed.zip(before.listed), (run.problems.skipped, before.skipped));
    match (listed, skipped) {
        (Some((now, then)), _) if now != then => Some(format!(
            "The source has {now} files and directories; the last good execution found {then}."
        )),
        (_, (now, then)) if now > then => Some(format!(
            "{now} files were skipped with an error; {then} in the last good execution."
        )),
        _ => None,
    }
}

/// The busy files of an alert about something else.
fn other_busy_files(run: &RunRecord) -> Option<String> {
    let busy = run.problems.busy;
    let is_other = busy > 0 && run.class != Some(Class::BusyFile);
    let files = if busy == 1 {
        "1 other file was busy".to_owned()
    } else {
        format!("{busy} other files were busy")
    };
    is_other.then(|| {
        format!(
            "{files}: created, changed or deleted during the execution. The next execution copies \
                them."
        )
    })
}

fn newest_copy(run: &RunRecord) -> Option<String> {
    let good_since = LastRun::after_run(run).good_since.filter(|_| !run.is_good())?;
    Some(format!("The newest good copy is from {}.", good_since.format("%Y-%m-%d %H:%M UTC")))
}

fn service_message(run: &RunRecord) -> Option<String> {
    ServiceMessage { code: run.error_code.clone(), detail: run.error_detail.clone() }.to_text()
}

fn console_links(names: &Names, run: &RunRecord) -> Vec<ConsoleLink> {
    let link = |title: &str, url| ConsoleLink { title: title.to_owned(), url };
    let reports = keys::detailed_reports(run.execution.task().id(), run.execution.id());
    vec![
        link("Execution", console::execution_page(names, &run.execution)),
        link("Log", console::execution_log(names, &run.execution)),
        link("Report", console::prefix_page(names, &names.records_bucket(), &reports)),
    ]
}

#[cfg(test)]
mod tests;
