//! Runs as people look at them: the record and the verdict in one line.

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

use crate::follow;
use crate::place::Place;

/// How many records are read at once.
const AT_ONCE: usize = 16;

/// One run in one line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    pub execution: String,
    pub started_by: StartedBy,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: i64,
    pub outcome: RunOutcome,
    /// What went wrong; a success may have one too.
    pub class: Option<Class>,
    pub files_transferred: i64,
    pub bytes_transferred: i64,
    /// Absent until the versions are proven.
    pub verdict: Option<Verdict>,
}

/// What asked for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartedBy {
    Schedule,
    /// The schedule of full verifications.
    FullVerification,
    /// A person, or something that acts for one.
    Hand,
    /// The busy files of another run are copied again.
    Retry,
    /// Not this pipeline.
    Other,
}

impl StartedBy {
    pub(crate) fn of(run: &RunRecord) -> Self {
        match &run.slot {
            _ if run.retry_of.is_some() => Self::Retry,
            Some(slot) if slot.starts_with(SCHEDULED) => Self::Schedule,
            Some(slot) if slot.starts_with(FULL_VERIFICATION) => Self::FullVerification,
            Some(slot) if slot.starts_with(MANUAL) => Self::Hand,
            _ => Self::Other,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::FullVerification => "full",
            Self::Hand => "hand",
            Self::Retry => "retry",
            Self::Other => "other",
        }
    }
}

impl Run {
    fn new(record: RunRecord, proof: Option<&Proof>) -> Self {
        Self {
            started_by: StartedBy::of(&record),
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

    /// Whether it did all it should, and each version is proven.
    pub(crate) fn is_proven(&self) -> bool {
        self.outcome == RunOutcome::Succeeded && self.verdict.is_some_and(Verdict::is_proven)
    }
}

/// The runs that were recorded last, the latest first.
pub(crate) async fn newest(place: &Place, limit: usize) -> Result<Vec<Run>> {
    read(place, place.records.newest(keys::RUNS_PREFIX, limit).await?).await
}

/// All runs that were recorded since a moment, the latest first.
pub(crate) async fn since(place: &Place, moment: DateTime<Utc>) -> Result<Vec<Run>> {
    read(place, place.records.written_since(keys::RUNS_PREFIX, moment).await?).await
}

async fn read(place: &Place, keys: Vec<String>) -> Result<Vec<Run>> {
    let runs = stream::iter(keys).map(async |key| one(place, &key).await).buffered(AT_ONCE);
    let runs: Vec<Option<Run>> = runs.try_collect().await?;
    let mut runs: Vec<Run> = runs.into_iter().flatten().collect();
    // S3 tells when a record was written to the second, and a retry may end in the same one.
    runs.sort_by_key(|run| Reverse(run.ended_at.or(run.started_at)));
    Ok(runs)
}

async fn one(place: &Place, key: &str) -> Result<Option<Run>> {
    let Some(record) = place.records.read::<RunRecord>(key).await? else { return Ok(None) };
    let proof: Option<Proof> =
        place.records.read(&keys::proof_document(record.execution.id())).await?;
    Ok(Some(Run::new(record, proof.as_ref())))
}

/// A table, with its heading.
pub(crate) fn table(runs: &[Run], now: DateTime<Utc>) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{:<22}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  what",
        "execution", "by", "outcome", "verdict", "files", "bytes", "took", "ended"
    )?;
    for run in runs {
        let line = format!(
            "{:<22}  {:<8}  {:<9}  {:<22}  {:>9}  {:>10}  {:>11}  {:<16}  {}",
            run.execution,
            run.started_by.word(),
            follow::outcome_word(run.outcome),
            run.verdict.map_or("-", follow::verdict_word),
            run.files_transferred,
            follow::bytes(run.bytes_transferred),
            follow::took(run.duration_ms),
            run.ended_at.map_or("-".to_owned(), |ended| follow::ago(now - ended)),
            run.class.map_or("", Class::as_str),
        );
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn run(outcome: RunOutcome, class: Option<Class>, verdict: Option<Verdict>) -> Run {
        let ended = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Run {
            execution: "exec-0fcddf3728817690d".into(),
            started_by: StartedBy::Schedule,
            started_at: Some(ended - chrono::TimeDelta::minutes(2)),
            ended_at: Some(ended),
            duration_ms: 119_500,
            outcome,
            class,
            files_transferred: 1245,
            bytes_transferred: 67_108_864,
            verdict,
        }
    }

    #[test]
    fn each_run_has_its_line() {
        let runs = [
            run(RunOutcome::Succeeded, None, Some(Verdict::VerifiedWithWarnings)),
            run(RunOutcome::Failed, Some(Class::Permission), None),
        ];
        let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
        insta::assert_snapshot!(table(&runs, now).unwrap(), @"
        execution               by        outcome    verdict                     files       bytes         took  ended             what
        exec-0fcddf3728817690d  schedule  succeeded  VERIFIED_WITH_WARNINGS       1245    64.0 MiB   1 min 59 s  1 h 35 min ago
        exec-0fcddf3728817690d  schedule  failed     -                            1245    64.0 MiB   1 min 59 s  1 h 35 min ago    permission
        ");
    }

    #[test]
    fn what_asked_for_a_run_shows_in_its_slot() {
        let execution = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d";
        for (slot, retry_of, expected) in [
            (Some("schedule-2026-11-23T10:00:00Z"), None, StartedBy::Schedule),
            (Some("full-verification-2026-11-23T10:00:00Z"), None, StartedBy::FullVerification),
            (Some("manual-2026-11-23T10:00:00.123Z"), None, StartedBy::Hand),
            (Some("retry-exec-1"), Some("exec-1"), StartedBy::Retry),
            (Some("nightly"), None, StartedBy::Other),
            (None, None, StartedBy::Other),
        ] {
            let record: RunRecord = serde_json::from_value(serde_json::json!({
                "execution": execution, "outcome": "succeeded", "recorded_at": "2026-11-23T10:00:00Z", "slot": slot,
                "retry_of": retry_of, "durations": domain::records::run::PhaseDurations::default(),
                "counters": domain::records::run::Counters::default(),
            }))
            .unwrap();
            assert_eq!(StartedBy::of(&record), expected, "{slot:?}");
        }
    }
}
