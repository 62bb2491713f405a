//! `sync`: start an execution now, and with `--wait` follow it to its verdict.

use std::process::ExitCode;

use anyhow::{Result, bail};
use chrono::{SecondsFormat, Utc};
use pipeline::arn::ExecutionArn;
use pipeline::function::Function;
use pipeline::records::run::RunOutcome;
use pipeline::request::StartRequest;
use start_execution::Outcome;

use crate::cli::Global;
use crate::place::Place;
use crate::{follow, invoke, output};

pub(super) async fn run(global: &Global, wait: bool) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let slot = format!("manual-{}", Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true));
    let outcome = invoke::invoke(&place, Function::StartExecution, &StartRequest::new(slot)).await?;
    let execution = started(&outcome)?;
    if !wait {
        output::data(global.output, &outcome, format!("started {}\n", execution.id()))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::progress(format!("started {}", execution.id()));
    let ended = follow::to_the_verdict(&place, &execution).await?;
    output::data(global.output, &ended, follow::text(&ended))?;
    let proven = ended.proof.as_ref().is_some_and(|proof| proof.verdict.is_proven());
    let good = proven && ended.run.outcome == RunOutcome::Succeeded;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn started(outcome: &Outcome) -> Result<ExecutionArn> {
    match outcome {
        Outcome::Started { execution, .. } | Outcome::AlreadyStarted { execution, .. } => Ok(execution.clone()),
        Outcome::Skipped { running: Some(running), .. } => {
            bail!("nothing was started: {} is under way; wait for its end and try again", running.id())
        }
        Outcome::Skipped { running: None, .. } => {
            bail!("nothing was started: the task is busy; wait for its end and try again")
        }
        Outcome::InProgress { slot } => bail!("nothing was started: another request holds the slot `{slot}`"),
    }
}
