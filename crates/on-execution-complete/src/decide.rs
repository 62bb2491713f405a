//! The decision whether an execution can be recorded, and its record. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::execution::Execution;
use domain::limits::Limits;
use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::last_run::{Baseline, LastRun, counts_unchanged};
use domain::records::run::{FileProblems, RunOutcome, RunRecord};
use domain::sync_name::SyncName;

use crate::anomalies::{SuccessFacts, find_anomaly};
use crate::classify::{classify_execution, severity_rank};
use crate::execution_tags::ExecutionTags;
use crate::file_issues::{FileIssue, issues_of_failed};
use crate::report_issues::ReportIssues;
use crate::retry::retry_includes;

/// The facts about an execution that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompletionFacts<'a> {
    pub execution: &'a Execution,
    pub sync: &'a SyncName,
    pub issues: &'a ReportIssues,
    pub tags: &'a ExecutionTags,
    /// The last run on record: the one before this run, or a later one.
    pub last: Option<&'a LastRun>,
    /// Whether `start-execution` cancelled the execution because it was stuck.
    pub was_stuck: bool,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
}

/// The decision about an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionDecision {
    /// DataSync reports that it is running. DataSync counts more than an event.
    Wait {
        state: String,
    },
    /// It succeeded, and its report is still being written.
    AwaitReport,
    Record,
}

/// Decides whether there is an end to record.
pub(crate) fn decide(
    execution: &Execution,
    limits: &Limits,
    now: DateTime<Utc>,
) -> ExecutionDecision {
    if !execution.is_terminal() {
        return ExecutionDecision::Wait { state: execution.status.clone() };
    }
    let in_time = execution.ended_at.is_some_and(|ended| now - ended < limits.report_within);
    if execution.is_success() && execution.awaits_report() && in_time {
        ExecutionDecision::AwaitReport
    } else {
        ExecutionDecision::Record
    }
}

/// Builds the record of an execution that has ended.
pub(crate) fn build_record(facts: &CompletionFacts<'_>, limits: &Limits) -> RunRecord {
    let CompletionFacts { execution, issues: report, tags, .. } = *facts;
    let previous = facts
        .last
        .filter(|last| (last.started_at, &last.execution) < (execution.started_at, &execution.arn));
    let later = facts.last.filter(|last| previous.is_none() && last.execution != execution.arn);
    let counts_unchanged = counts_unchanged(execution.counters, report.skipped, previous);
    let listed = report.files_at_source(execution, counts_unchanged);
    let issues = relevant_issues(facts);
    let (outcome, class) = decide_outcome(facts, &issues, previous, listed, limits);
    let is_retryable = class == Some(Class::BusyFile) && tags.retry_of.is_none();
    let mut run = RunRecord {
        execution: execution.arn.clone(),
        sync: facts.sync.clone(),
        outcome,
        class,
        started_at: execution.started_at,
        ended_at: execution.ended_at,
        recorded_at: facts.now,
        recorded_by: facts.request_id.to_owned(),
        slot: tags.slot.clone(),
        retry_of: tags.retry_of.clone(),
        part: tags.part,
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
        problems: count_problems(report, &issues),
        retries: if is_retryable && report.is_complete() {
            retry_includes(&issues, limits)
        } else {
            Vec::new()
        },
        previous: previous.cloned(),
        overtaken_by: later.map(|later| later.execution.clone()),
    };
    run.age_seconds = copy_age(&run).map(|age| age.num_seconds());
    run
}

/// The issues for the record, the most severe first.
fn relevant_issues(facts: &CompletionFacts<'_>) -> Vec<FileIssue> {
    let CompletionFacts { execution, issues: report, tags, .. } = *facts;
    if execution.is_success() {
        return report.issues.clone();
    }
    let mut issues = issues_of_failed(&report.issues, tags.retry_of.is_some());
    issues.sort_by_key(|issue| severity_rank(issue.class));
    issues
}

fn decide_outcome(
    facts: &CompletionFacts<'_>,
    issues: &[FileIssue],
    previous: Option<&LastRun>,
    listed: Option<i64>,
    limits: &Limits,
) -> (RunOutcome, Option<Class>) {
    let CompletionFacts { execution, issues: report, tags, .. } = *facts;
    if execution.is_success() {
        let baseline = comparable_baseline(execution, previous);
        let success = SuccessFacts { execution, part: tags.part, baseline, issues: report, listed };
        return (RunOutcome::Succeeded, find_anomaly(&success, limits));
    }
    let classes: Vec<Class> = issues.iter().map(|issue| issue.class).collect();
    match classify_execution(&execution.error.to_text().unwrap_or_default(), &classes) {
        Class::Cancelled if facts.was_stuck => (RunOutcome::Cancelled, Some(Class::Stuck)),
        Class::Cancelled => (RunOutcome::Cancelled, Some(Class::Cancelled)),
        class => (RunOutcome::Failed, Some(class)),
    }
}

/// The baseline of an execution with the same filters.
fn comparable_baseline<'a>(
    execution: &Execution,
    previous: Option<&'a LastRun>,
) -> Option<&'a Baseline> {
    let baseline = previous.and_then(|last| last.baseline.as_ref());
    baseline.filter(|baseline| baseline.filters == execution.filters)
}

fn count_problems(report: &ReportIssues, issues: &[FileIssue]) -> FileProblems {
    let first = issues
        .iter()
        .take(Alert::MAX_PATHS)
        .map(|issue| format!("{}: {}", issue.path, issue.reason));
    let busy = issues.iter().filter(|issue| issue.class == Class::BusyFile).count() as u64;
    let ReportIssues { skipped, unread_parts, .. } = *report;
    FileProblems { count: issues.len() as u64, busy, first: first.collect(), skipped, unread_parts }
}

/// The throughput. In Enhanced mode the phases overlap and have no durations of their own.
fn bytes_per_second(execution: &Execution) -> Option<i64> {
    let (durations, bytes) = (execution.durations, execution.counters.bytes_transferred);
    let milliseconds =
        if durations.transfer_ms > 0 { durations.transfer_ms } else { durations.total_ms };
    (milliseconds > 0 && bytes > 0).then(|| bytes.saturating_mul(1000) / milliseconds)
}

/// The age of the newest good copy at the end of the run: a run copies files as they are at its
/// start or later.
fn copy_age(run: &RunRecord) -> Option<TimeDelta> {
    let good_since = LastRun::after_run(run).good_since?;
    Some(run.ended_at? - good_since)
}

#[cfg(test)]
mod tests;
