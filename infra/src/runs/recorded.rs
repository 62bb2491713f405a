//! Recorded executions: run record and verdict, one line each.

use std::cmp::Reverse;
use std::fmt::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::{RunOutcome, RunRecord};
use domain::records::start::{FULL_VERIFICATION, MANUAL, SCHEDULED};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::context::StackContext;
use crate::runs::text::{outcome_word, verdict_word};
use crate::ui::format::{format_age, format_bytes, format_duration};

/// The number of records that are read concurrently.
const AT_ONCE: usize = 16;

/// A recorded execution, for one line of a table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecordedRun {
    pub execution: String,
    pub started_by: StartedBy,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: i64,
    pub outcome: RunOutcome,
    /// The class of the failure; a success may have one too.
    pub class: Option<Class>,
    pub files_transferred: i64,
    pub bytes_transferred: i64,
    /// The verdict; absent until the versions are proven.
    pub verdict: Option<Verdict>,
}

/// The trigger of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartedBy {
    Schedule,
    /// The schedule of full verifications.
    FullVerification,
    /// A person, or a program that acts for one.
    Hand,
    /// A retry of the busy files of another execution.
    Retry,
    /// Something outside of this stack.
    Other,
}

impl StartedBy {
    pub(crate) fn from_record(run: &RunRecord) -> Self {
        match &run.slot {
            _ if run.retry_of.is_some() => Self::Retry,
            Some(slot) if slot.starts_with(SCHEDULED) => Self::Schedule,
            Some(slot) if slot.starts_with(FULL_VERIFICATION) => Self::FullVerification,
            Some(slot) if slot.starts_with(MANUAL) => Self::Hand,
            _ => Self::Other,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::FullVerification => "full",
            Self::Hand => "hand",
            Self::Retry => "retry",
            Self::Other => "other",
        }
    }
}

impl RecordedRun {
    fn new(record: RunRecord, proof: Option<&Proof>) -> Self {
        Self {
            started_by: StartedBy::from_record(&record),
            execution: record.execution.id().to_owned(),
            started_at: record.started_at,
            ended_at: record.ended_at,
            duration_ms: record.durations.total_ms,
            outcome: record.outcome,
            class: record.class,
            files_transferred: record.counters.files_transferred,
            bytes_transferred: record.counters.bytes_transferred,
            verdict: proof.map(|proof| proof.verdict),
        }
    }

    /// Whether it succeeded and every version is proven.
    pub(crate) fn is_proven(&self) -> bool {
        self.outcome == RunOutcome::Succeeded && self.verdict.is_some_and(Verdict::is_proven)
    }
}

/// Returns the executions that were recorded last, the latest first.
pub(crate) async fn newest_runs(context: &StackContext, limit: usize) -> Result<Vec<RecordedRun>> {
    read_runs(context, context.records.newest(keys::RUNS_PREFIX, limit).await?).await
}

/// Returns all executions recorded since a time, the latest first.
pub(crate) async fn runs_since(
    context: &StackContext,
    moment: DateTime<Utc>,
) -> Result<Vec<RecordedRun>> {
    read_runs(context, context.records.written_since(keys::RUNS_PREFIX, moment).await?).await
}

async fn read_runs(context: &StackContext, keys: Vec<String>) -> Result<Vec<RecordedRun>> {
    let runs = stream::iter(keys).map(async |key| read_run(context, &key).await).buffered(AT_ONCE);
    let runs: Vec<Option<RecordedRun>> = runs.try_collect().await?;
    let mut runs: Vec<RecordedRun> = runs.into_iter().flatten().collect();
    // S3 stores the time of a record in seconds, and a retry may end in the same one.
    runs.sort_by_key(|run| Reverse(run.ended_at.or(run.started_at)));
    Ok(runs)
}

async fn read_run(context: &StackContext, key: &str) -> Result<Option<RecordedRun>> {
    let Some(record) = context.records.read::<RunRecord>(key).await? else { return Ok(None) };
    let proof: Option<Proof> =
        context.records.read(&keys::proof_document(record.execution.id())).await?;
    Ok(Some(RecordedRun::new(record, proof.as_ref())))
}

/// Returns a table with a heading.
pub(crate) fn runs_table(runs: &[RecordedRun], now: DateTime<Utc>) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{:<22}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  what",
        "execution", "by", "outcome", "verdict", "files", "bytes", "took", "ended"
    )?;
    for run in runs {
        writeln!(text, "{}", run_line(run, now).trim_end())?;
    }
    Ok(text)
}

fn run_line(run: &RecordedRun, now: DateTime<Utc>) -> String {
    format!(
        "{:<22}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  {}",
        run.execution,
        run.started_by.as_str(),
        outcome_word(run.outcome),
        run.verdict.map_or("-", verdict_word),
        run.files_transferred,
        format_bytes(run.bytes_transferred),
        format_duration(run.duration_ms),
        run.ended_at.map_or("-".to_owned(), |ended| format_age(now - ended)),
        run.class.map_or("", Class::as_str),
    )
}

#[cfg(test)]
pub(crate) mod tests;
