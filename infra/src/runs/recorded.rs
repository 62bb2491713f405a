//! Recorded executions: run record and verdict, one line each.

use std::fmt::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::records::class::Class;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::{RunOutcome, RunRecord};
use domain::records::start::{FULL_VERIFICATION, MANUAL, SCHEDULED};
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::runs::text::{outcome_word, restore_word, verdict_word};
use crate::ui::format::{format_age, format_bytes, format_duration};

/// A recorded execution, for one line of a table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecordedRun {
    pub sync: SyncName,
    pub execution: String,
    pub kind: RunKind,
    pub started_by: StartedBy,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: i64,
    /// The outcome; absent while a restore runs.
    pub outcome: Option<RunOutcome>,
    /// The class of the failure; a success may have one too.
    pub class: Option<Class>,
    pub files_transferred: i64,
    pub bytes_transferred: i64,
    /// The verdict; absent until the versions are proven.
    pub verdict: Option<Verdict>,
    /// Whether a restore brought back every requested file; absent until that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<bool>,
}

/// The kind of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RunKind {
    /// A copy of the whole source, as the task is configured.
    Sync,
    /// A copy of a part of the source, limited by filters or a list of files.
    Partial,
    /// S3 to EFS.
    Restore,
}

impl RunKind {
    /// Returns the word in tables.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Partial => "PARTIAL",
            Self::Restore => "restore",
        }
    }
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
        match run.slot.as_deref().map(|slot| run.sync.without_sync(slot)) {
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
    pub(crate) fn new(record: RunRecord, proof: Option<&Proof>) -> Self {
        Self {
            started_by: StartedBy::from_record(&record),
            kind: if record.part { RunKind::Partial } else { RunKind::Sync },
            sync: record.sync,
            execution: record.execution.id().to_owned(),
            started_at: record.started_at,
            ended_at: record.ended_at,
            duration_ms: record.durations.total_ms,
            outcome: Some(record.outcome),
            class: record.class,
            files_transferred: record.counters.files_transferred,
            bytes_transferred: record.counters.bytes_transferred,
            verdict: proof.map(|proof| proof.verdict),
            restored: None,
        }
    }

    /// Whether it is a proven copy of the whole source: it succeeded, no filter limited it, and
    /// every version is proven.
    pub(crate) fn is_proven_copy(&self) -> bool {
        self.kind == RunKind::Sync
            && self.outcome == Some(RunOutcome::Succeeded)
            && self.verdict.is_some_and(Verdict::is_proven)
    }
}

/// Returns a table with a heading; with a column for the sync if there are several.
pub(crate) fn runs_table(
    runs: &[RecordedRun],
    with_syncs: bool,
    now: DateTime<Utc>,
) -> Result<String> {
    let width = with_syncs.then(|| column_width(runs));
    let column = |sync: &str| match width {
        Some(width) => format!("{sync:<width$}  "),
        None => String::new(),
    };
    let mut text = String::new();
    writeln!(
        text,
        "{}{:<22}  {:<7}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  what",
        column("sync"),
        "execution",
        "kind",
        "by",
        "outcome",
        "verdict",
        "files",
        "bytes",
        "took",
        "ended"
    )?;
    for run in runs {
        let line = column(run.sync.as_str()) + &run_line(run, now);
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(text)
}

/// Returns the width of the column of the syncs.
fn column_width(runs: &[RecordedRun]) -> usize {
    let widths = runs.iter().map(|run| run.sync.as_str().len());
    widths.chain(["sync".len()]).max().unwrap_or_default()
}

/// Returns the verdict of an execution, or that of a restore.
fn run_verdict(run: &RecordedRun) -> &'static str {
    match (run.restored, run.verdict) {
        (Some(complete), _) => restore_word(complete),
        (None, Some(verdict)) => verdict_word(verdict),
        (None, None) => "-",
    }
}

fn run_line(run: &RecordedRun, now: DateTime<Utc>) -> String {
    format!(
        "{:<22}  {:<7}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  {}",
        run.execution,
        run.kind.as_str(),
        run.started_by.as_str(),
        run.outcome.map_or("running", outcome_word),
        run_verdict(run),
        run.files_transferred,
        format_bytes(run.bytes_transferred),
        format_duration(run.duration_ms),
        run.ended_at.map_or("-".to_owned(), |ended| format_age(now - ended)),
        run.class.map_or("", Class::as_str),
    )
}

#[cfg(test)]
pub(crate) mod tests;
