//! `status`: the schedule, the task, and the last runs with their verdicts.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use aws_edge::SdkFailure;
use chrono::{DateTime, Utc};
use pipeline::records::keys;
use pipeline::records::proof::{Proof, Verdict};
use pipeline::records::run::{RunOutcome, RunRecord};
use serde::Serialize;

use super::outputs;
use crate::cli::Global;
use crate::place::Place;
use crate::{follow, output};

/// How many runs are shown.
const LAST: usize = 10;

#[derive(Debug, Serialize)]
struct Status {
    stack: String,
    schedule: Option<Schedule>,
    task: Option<Task>,
    /// The latest first.
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Schedule {
    expression: String,
    enabled: bool,
}

#[derive(Debug, Serialize)]
struct Task {
    arn: String,
    /// DataSync's word.
    status: String,
}

#[derive(Debug, Serialize)]
struct Run {
    execution: String,
    outcome: RunOutcome,
    ended_at: Option<DateTime<Utc>>,
    files_transferred: i64,
    bytes_transferred: i64,
    /// Absent until the versions are proven.
    verdict: Option<Verdict>,
}

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let status = Status {
        stack: place.names().stack.clone(),
        schedule: schedule(&place).await?,
        task: task(&place).await?,
        runs: runs(&place).await?,
    };
    output::data(global.output, &status, text(&status, Utc::now())?)?;
    Ok(ExitCode::SUCCESS)
}

async fn schedule(place: &Place) -> Result<Option<Schedule>> {
    let name = place.names().within_stack("schedule");
    match place.aws.eventbridge.describe_rule().name(&name).send().await {
        Ok(rule) => Ok(Some(Schedule {
            enabled: rule.state().is_some_and(|state| state.as_str() == "ENABLED"),
            expression: rule.schedule_expression.unwrap_or_default(),
        })),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let absent = failure.is(&["ResourceNotFoundException"]);
            if absent { Ok(None) } else { Err(failure).with_context(|| format!("reading the rule `{name}`")) }
        }
    }
}

async fn task(place: &Place) -> Result<Option<Task>> {
    let Some(outputs) = outputs(place).await? else { return Ok(None) };
    let arn = outputs.task_arn.to_string();
    let described = place.aws.datasync.describe_task().task_arn(&arn).send().await.map_err(SdkFailure::from);
    let described = described.with_context(|| format!("describing the task `{arn}`"))?;
    Ok(Some(Task { arn, status: described.status().map(|status| status.as_str().to_owned()).unwrap_or_default() }))
}

async fn runs(place: &Place) -> Result<Vec<Run>> {
    if outputs(place).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut runs = Vec::new();
    for key in place.records.newest(keys::RUNS_PREFIX, LAST).await? {
        let Some(record) = place.records.read::<RunRecord>(&key).await? else { continue };
        let proof: Option<Proof> = place.records.read(&keys::proof(record.execution.id())).await?;
        runs.push(Run {
            execution: record.execution.id().to_owned(),
            outcome: record.outcome,
            ended_at: record.ended_at,
            files_transferred: record.counters.files_transferred,
            bytes_transferred: record.counters.bytes_transferred,
            verdict: proof.map(|proof| proof.verdict),
        });
    }
    Ok(runs)
}

fn text(status: &Status, now: DateTime<Utc>) -> Result<String> {
    let mut text = format!("stack     {}\n", status.stack);
    match &status.schedule {
        Some(Schedule { expression, enabled: true }) => writeln!(text, "schedule  {expression}")?,
        Some(Schedule { expression, enabled: false }) => writeln!(text, "schedule  {expression}, disabled")?,
        None => writeln!(text, "schedule  none; run `efs-s3 deploy`")?,
    }
    match &status.task {
        Some(task) => writeln!(text, "task      {} ({})", task.status, task.arn)?,
        None => writeln!(text, "task      none; run `efs-s3 deploy`")?,
    }
    if status.runs.is_empty() {
        writeln!(text, "runs      none yet")?;
        return Ok(text);
    }
    writeln!(
        text,
        "\n{:<22}  {:<9}  {:<10}  {:>9}  {:>10}  ended",
        "execution", "outcome", "verdict", "files", "bytes"
    )?;
    for run in &status.runs {
        writeln!(
            text,
            "{:<22}  {:<9}  {:<10}  {:>9}  {:>10}  {}",
            run.execution,
            follow::outcome_word(run.outcome),
            run.verdict.map_or("-", follow::verdict_word),
            run.files_transferred,
            follow::bytes(run.bytes_transferred),
            run.ended_at.map_or("-".to_owned(), |ended| follow::ago(now - ended)),
        )?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_runs() {
        let ended = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let run = |outcome, verdict| Run {
            execution: "exec-0fcddf3728817690d".into(),
            outcome,
            ended_at: Some(ended),
            files_transferred: 1245,
            bytes_transferred: 67_108_864,
            verdict,
        };
        let status = Status {
            stack: "backup".into(),
            schedule: Some(Schedule { expression: "rate(1 hour)".into(), enabled: true }),
            task: Some(Task { arn: "arn:task".into(), status: "AVAILABLE".into() }),
            runs: vec![run(RunOutcome::Succeeded, Some(Verdict::Verified)), run(RunOutcome::Failed, None)],
        };
        insta::assert_snapshot!(text(&status, ended + chrono::TimeDelta::minutes(95)).unwrap(), @r"
        stack     backup
        schedule  rate(1 hour)
        task      AVAILABLE (arn:task)

        execution               outcome    verdict         files       bytes  ended
        exec-0fcddf3728817690d  succeeded  VERIFIED         1245    64.0 MiB  1 h 35 min ago
        exec-0fcddf3728817690d  failed     -                1245    64.0 MiB  1 h 35 min ago
        ");
    }
}
