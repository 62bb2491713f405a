//! The alert that a run record calls for. Pure, and from the record alone: a repeat after a crash
//! finds the same alert.

use domain::console;
use domain::execution::ServiceMessage;
use domain::names::Names;
use domain::records::alert::{Alert, ConsoleLink};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::{RunOutcome, RunRecord};

use crate::words;

/// `None` when there is nothing to tell: the run ended well as the last one did, or its busy files
/// are copied again first.
pub(crate) fn for_run(names: &Names, run: &RunRecord) -> Option<Alert> {
    if run.is_good() { recovery(names, run) } else { bad(names, run) }
}

fn bad(names: &Names, run: &RunRecord) -> Option<Alert> {
    if !run.retries.is_empty() {
        return None;
    }
    let class = run.class.unwrap_or(Class::Unknown);
    let words = words::of(class);
    let ended = match run.outcome {
        RunOutcome::Succeeded => "the run succeeded",
        RunOutcome::Failed => "the run failed",
        RunOutcome::Cancelled => "the run was cancelled",
    };
    let problems = &run.problems;
    Some(Alert {
        stack: names.stack.clone(),
        what: format!("{ended}{}", words.what),
        class: Some(class),
        execution: Some(run.execution.id().to_owned()),
        facts: facts(run),
        path_count: problems.count,
        paths: problems.first.clone(),
        likely_cause: words.cause.to_owned(),
        fix: words.fix.to_owned(),
        next_command: words.next_command.replace("<execution>", run.execution.id()),
        links: links(names, run),
    })
}

/// A part of the source does not show that all is well again.
fn recovery(names: &Names, run: &RunRecord) -> Option<Alert> {
    let bad = run.previous.as_ref().map_or(0, |previous| previous.bad_in_a_row);
    if bad == 0 || run.part {
        return None;
    }
    let what = match bad {
        1 => "the run succeeds again after 1 failure".to_owned(),
        many => format!("the run succeeds again after {many} failures"),
    };
    Some(Alert {
        stack: names.stack.clone(),
        what,
        class: Some(Class::Recovered),
        execution: Some(run.execution.id().to_owned()),
        facts: facts(run),
        likely_cause: "what was wrong has been put right, or has passed.".to_owned(),
        next_command: format!("efs-s3 verify {}", run.execution.id()),
        links: links(names, run),
        ..Alert::default()
    })
}

fn facts(run: &RunRecord) -> Vec<String> {
    let counters = run.counters;
    let mut facts = vec![format!(
        "Transferred {} of {} files and directories, {} bytes.",
        counters.files_transferred, counters.files_to_transfer, counters.bytes_transferred
    )];
    if counters.files_deleted > 0 || counters.files_skipped > 0 {
        let (deleted, skipped) = (counters.files_deleted, counters.files_skipped);
        facts.push(format!("Deleted {deleted}, skipped {skipped}, unchanged ones included."));
    }
    facts.extend(compared(run));
    facts.extend(said(run).map(|said| format!("DataSync says: {said}")));
    facts.extend(
        run.report_error.as_ref().map(|said| format!("DataSync says of the report: {said}")),
    );
    facts.extend(
        run.report_status
            .as_ref()
            .filter(|status| *status == "PENDING")
            .map(|_| "DataSync is still writing the report.".to_owned()),
    );
    facts.extend(busy_beside(run));
    facts.extend(
        run.retry_of
            .as_ref()
            .map(|first| format!("It was to copy the files that were busy in {first}.")),
    );
    if run.problems.unread_parts > 0 {
        facts.push(format!(
            "{} parts of the report were not read: there are too many.",
            run.problems.unread_parts
        ));
    }
    facts.extend(age(run));
    facts.extend(run.overtaken_by.as_ref().map(|later| {
        format!("It is told late, its event was lost: {} has run since.", later.id())
    }));
    facts
}

/// The number of files that the source had before and has now; or the number skipped with an error.
fn compared(run: &RunRecord) -> Option<String> {
    let before = run
        .previous
        .as_ref()?
        .baseline
        .as_ref()
        .filter(|baseline| baseline.filters == run.filters)?;
    let (listed, skipped) = (run.listed.zip(before.listed), (run.problems.skipped, before.skipped));
    match (listed, skipped) {
        (Some((now, then)), _) if now != then => Some(format!(
            "The source has {now} files and directories; the last good run found {then}."
        )),
        (_, (now, then)) if now > then => {
            Some(format!("{now} were skipped with an error; in the last good run it was {then}."))
        }
        _ => None,
    }
}

/// Busy files beside what the alert is about.
fn busy_beside(run: &RunRecord) -> Option<String> {
    let busy = run.problems.busy;
    let beside = busy > 0 && run.class != Some(Class::BusyFile);
    let files = if busy == 1 {
        "1 file was busy beside that".to_owned()
    } else {
        format!("{busy} files were busy beside that")
    };
    beside.then(|| {
        format!(
            "{files}: created, changed or deleted during the run. The next run \
        copies what is there."
        )
    })
}

fn age(run: &RunRecord) -> Option<String> {
    let good_since = LastRun::after_run(run).good_since.filter(|_| !run.is_good())?;
    Some(format!("The newest good copy is from {}.", good_since.format("%Y-%m-%d %H:%M UTC")))
}

fn said(run: &RunRecord) -> Option<String> {
    ServiceMessage { code: run.error_code.clone(), detail: run.error_detail.clone() }.to_text()
}

fn links(names: &Names, run: &RunRecord) -> Vec<ConsoleLink> {
    let link = |title: &str, url| ConsoleLink { title: title.to_owned(), url };
    let reports = keys::detailed_reports(run.execution.task().id(), run.execution.id());
    vec![
        link("Execution", console::execution_page(names, &run.execution)),
        link("Log", console::execution_log(names, &run.execution)),
        link("Report", console::prefix_page(names, &names.records_bucket(), &reports)),
    ]
}

#[cfg(test)]
#[path = "alert_tests.rs"]
mod tests;
