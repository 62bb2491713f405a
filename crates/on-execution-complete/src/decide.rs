//! From all that was found about an execution to its record. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::execution::Execution;
use domain::limits::Limits;
use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::last_run::{Baseline, LastRun, counts_unchanged};
use domain::records::run::{FileProblems, RunOutcome, RunRecord};

use crate::classify;
use crate::doubt::{self, Success};
use crate::items::{self, Item};
use crate::origin::Origin;
use crate::reported::Reported;
use crate::retry;

/// Everything that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub execution: &'a Execution,
    pub reported: &'a Reported,
    pub origin: &'a Origin,
    /// The state of affairs on record, be it before this run or after it.
    pub last: Option<&'a LastRun>,
    /// Whether `start-execution` says that it cancelled the execution.
    pub was_stuck: bool,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// DataSync says that it still runs, and DataSync knows better than an event.
    Wait {
        state: String,
    },
    /// It ended well, and its report is being written still.
    AwaitReport,
    Record,
}

/// Whether there is an end to record.
pub(crate) fn decide(execution: &Execution, limits: &Limits, now: DateTime<Utc>) -> Decision {
    if !execution.is_terminal() {
        return Decision::Wait { state: execution.status.clone() };
    }
    let in_time = execution.ended_at.is_some_and(|ended| now - ended < limits.report_within);
    if execution.is_success() && execution.awaits_report() && in_time {
        Decision::AwaitReport
    } else {
        Decision::Record
    }
}

/// The record of an execution that has ended.
pub(crate) fn record(facts: &Facts<'_>, limits: &Limits) -> RunRecord {
    let Facts { execution, reported, origin, .. } = *facts;
    let previous = facts
        .last
        .filter(|last| (last.started_at, &last.execution) < (execution.started_at, &execution.arn));
    let later = facts.last.filter(|last| previous.is_none() && last.execution != execution.arn);
    let counts_unchanged = counts_unchanged(execution.counters, reported.skipped, previous);
    let listed = reported.listed(execution, counts_unchanged);
    let items = concerned(facts);
    let (outcome, class) = judged(facts, &items, previous, listed, limits);
    let busy_only = class == Some(Class::BusyFile) && origin.retry_of.is_none();
    let mut run = RunRecord {
        execution: execution.arn.clone(),
        outcome,
        class,
        started_at: execution.started_at,
        ended_at: execution.ended_at,
        recorded_at: facts.now,
        recorded_by: facts.request_id.to_owned(),
        slot: origin.slot.clone(),
        retry_of: origin.retry_of.clone(),
        part: origin.part,
        filters: execution.filters.clone(),
        counters: execution.counters,
        listed,
        durations: execution.durations,
        bytes_per_second: bytes_per_second(execution),
        age_seconds: None,
        error_code: execution.error.code.clone(),
        error_detail: execution.error.detail.clone(),
        report_status: execution.report.as_ref().map(|report| report.status.clone()),
        report_error: execution.report.as_ref().and_then(|report| report.error.to_text()),
        problems: problems(reported, &items),
        retries: if busy_only && reported.is_whole() {
            retry::includes(&items, limits)
        } else {
            Vec::new()
        },
        previous: previous.cloned(),
        overtaken_by: later.map(|later| later.execution.clone()),
    };
    run.age_seconds = age(&run).map(|age| age.num_seconds());
    run
}

/// The items that the record is about, those first that need a person most.
fn concerned(facts: &Facts<'_>) -> Vec<Item> {
    let Facts { execution, reported, origin, .. } = *facts;
    if execution.is_success() {
        return reported.items.clone();
    }
    let mut wrong = items::wrong_in(&reported.items, origin.retry_of.is_some());
    classify::by_gravity(&mut wrong);
    wrong
}

fn judged(
    facts: &Facts<'_>,
    items: &[Item],
    previous: Option<&LastRun>,
    listed: Option<i64>,
    limits: &Limits,
) -> (RunOutcome, Option<Class>) {
    let Facts { execution, reported, origin, .. } = *facts;
    if execution.is_success() {
        let baseline = previous.and_then(|last| last.baseline.as_ref());
        let baseline: Option<&Baseline> =
            baseline.filter(|baseline| baseline.filters == execution.filters);
        let success = Success { execution, part: origin.part, baseline, reported, listed };
        return (RunOutcome::Succeeded, doubt::about(&success, limits));
    }
    match classify::of_run(&execution.error.to_text().unwrap_or_default(), items) {
        Class::Cancelled if facts.was_stuck => (RunOutcome::Cancelled, Some(Class::Stuck)),
        Class::Cancelled => (RunOutcome::Cancelled, Some(Class::Cancelled)),
        class => (RunOutcome::Failed, Some(class)),
    }
}

fn problems(reported: &Reported, items: &[Item]) -> FileProblems {
    let first =
        items.iter().take(Alert::MAX_PATHS).map(|item| format!("{}: {}", item.path, item.why));
    let busy = items.iter().filter(|item| item.class == Class::BusyFile).count() as u64;
    let Reported { skipped, unread_parts, .. } = *reported;
    FileProblems { count: items.len() as u64, busy, first: first.collect(), skipped, unread_parts }
}

/// In Enhanced mode the phases run side by side and have no durations of their own.
fn bytes_per_second(execution: &Execution) -> Option<i64> {
    let (durations, bytes) = (execution.durations, execution.counters.bytes_transferred);
    let milliseconds =
        if durations.transfer_ms > 0 { durations.transfer_ms } else { durations.total_ms };
    (milliseconds > 0 && bytes > 0).then(|| bytes.saturating_mul(1000) / milliseconds)
}

/// What a run copies is from its start or later.
fn age(run: &RunRecord) -> Option<TimeDelta> {
    let good_since = LastRun::after_run(run).good_since?;
    Some(run.ended_at? - good_since)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
