//! `sync`: starts an execution now, with optional differences from the schedule. With `--wait` it
//! follows the execution to its verdict.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::manifest::manifest_from_paths;
use domain::overrides::Overrides;
use domain::records::keys;
use domain::records::run::RunOutcome;
use domain::records::start::MANUAL;
use domain::request::StartRequest;
use start_execution::StartOutcome as Outcome;

use crate::access::Access;
use crate::cli::{Global, SyncArguments};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::invoke;
use crate::runs::follow;
use crate::ui::output;

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };
/// The extra wait after a delayed start, because clocks differ.
const START_MARGIN: Duration = Duration::from_secs(5);

pub(super) async fn run(global: &Global, arguments: &SyncArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let request = start_request(&context, arguments, Utc::now()).await?;
    let outcome = ask_for_start(&context, &request, arguments.wait).await?;
    if let Outcome::Held { until, .. } = &outcome {
        output::print_data(global.output, &outcome, delay_text(*until, Utc::now()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let execution = started_execution(&outcome)?;
    if !arguments.wait {
        output::print_data(global.output, &outcome, format!("started {}\n", execution.id()))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::print_progress(format!("started {}", execution.id()));
    print_verdict(global, &context, &execution).await
}

/// Asks for an execution, and with `wait` again after each delay.
async fn ask_for_start(
    context: &StackContext,
    request: &StartRequest,
    wait: bool,
) -> Result<Outcome> {
    loop {
        let outcome =
            invoke::invoke_function(context, FunctionName::StartExecution, request).await?;
        let Outcome::Held { until, .. } = &outcome else { return Ok(outcome) };
        if !wait {
            return Ok(outcome);
        }
        output::print_progress(delay_text(*until, Utc::now()).trim_end().to_owned());
        tokio::time::sleep((*until - Utc::now()).to_std().unwrap_or_default() + START_MARGIN).await;
    }
}

async fn print_verdict(
    global: &Global,
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<ExitCode> {
    let ended = follow::follow_to_verdict(context, execution).await?;
    output::print_data(global.output, &ended, follow::followed_text(&ended))?;
    let proven = ended.proof.as_ref().is_some_and(|proof| proof.verdict.is_proven());
    let good = proven && ended.run.outcome == RunOutcome::Succeeded;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the request, or the problems of the arguments before anything is written: a manifest is
/// uploaded only for a valid request.
async fn start_request(
    context: &StackContext,
    arguments: &SyncArguments,
    now: DateTime<Utc>,
) -> Result<StartRequest> {
    let overrides = requested_overrides(arguments, now);
    let problems = overrides.find_problems(&context.config);
    if !problems.is_empty() {
        let refused = Err(anyhow!("nothing was started: {}", problems.join("; ")));
        return refused.with_hint("correct the arguments; `efs-s3 sync --help` explains them");
    }
    if let (Some(file), Some(key)) = (&arguments.manifest, &overrides.manifest) {
        upload_manifest(context, file, key).await?;
    }
    let slot = format!("{MANUAL}{}", now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let when_busy = arguments.when_busy.map(Into::into);
    Ok(StartRequest { overrides, when_busy, ..StartRequest::new(slot) })
}

fn requested_overrides(arguments: &SyncArguments, now: DateTime<Utc>) -> Overrides {
    Overrides {
        includes: arguments.include.clone(),
        excludes: arguments.exclude.clone(),
        verify_mode: arguments.verify_mode.map(Into::into),
        bytes_per_second: arguments.bytes_per_second,
        manifest: arguments.manifest.as_ref().map(|_| manifest_key(now)),
    }
}

/// Returns a key without `:`, which DataSync does not accept in the key of a manifest.
fn manifest_key(now: DateTime<Utc>) -> String {
    format!("{}{MANUAL}{}.csv", keys::MANIFESTS_PREFIX, now.format("%Y-%m-%dT%H-%M-%S%.3fZ"))
}

async fn upload_manifest(context: &StackContext, file: &Path, key: &str) -> Result<()> {
    let doing = || format!("reading the list of files `{}`", file.display());
    let text = fs::read_to_string(file).with_context(doing)?;
    let manifest = manifest_from_paths(&text).with_context(doing).with_hint(
        "correct the list: one path per line; quote a path with a comma or a quotation mark, and \
            double each quotation mark in it",
    )?;
    Ok(context.records.upload(key, manifest.into_bytes().into(), "text/csv").await?)
}

/// Returns the reason for the delay and the remaining time.
fn delay_text(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = ((until - now).num_seconds().max(0) as u64).div_ceil(60);
    format!(
        "The execution starts at {}, in {minutes} min: S3 needs up to 15 minutes until the \
            versioning of a new bucket is effective.\n",
        until.format("%H:%M UTC")
    )
}

fn started_execution(outcome: &Outcome) -> Result<ExecutionArn> {
    if let Outcome::Started { execution, .. } | Outcome::AlreadyStarted { execution, .. } = outcome
    {
        return Ok(execution.clone());
    }
    let refused = Err(anyhow!("nothing was started: {}", why_not_started(outcome)));
    refused.with_hint(
        "see `efs-s3 status`; `--when-busy queue` starts after the current execution, \
            `--when-busy adopt` follows it",
    )
}

fn why_not_started(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped { running: Some(running), .. } => format!("{} is running", running.id()),
        Outcome::Skipped { running: None, .. } => "the task is busy".to_owned(),
        Outcome::InProgress { slot, .. } => {
            format!("another request has claimed the slot `{slot}`")
        }
        Outcome::Waiting { slot, limited: true, .. } => format!(
            "the slot `{slot}` waits: the stack runs limits.max_parallel_executions executions"
        ),
        Outcome::Waiting { slot, .. } => {
            format!("the slot `{slot}` waits for the current execution to end")
        }
        Outcome::Started { .. }
        | Outcome::AlreadyStarted { .. }
        | Outcome::Held { .. }
        | Outcome::Ignored { .. }
        | Outcome::Swept(_)
        | Outcome::NothingToSweep => "start-execution returned an unexpected outcome".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delayed_start_is_shown_with_its_time_and_reason() {
        let until = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        insta::assert_snapshot!(delay_text(until, until - chrono::TimeDelta::seconds(61)),
            @r"
            The execution starts at 22:13 UTC, in 2 min: S3 needs up to 15 minutes until the versioning of a new bucket is effective.
            ");
        assert!(delay_text(until, until + chrono::TimeDelta::seconds(1)).contains(", in 0 min"));
    }

    #[test]
    fn datasync_accepts_the_key_of_a_manifest() {
        let now = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        assert_eq!(manifest_key(now), "manifests/manual-2023-11-14T22-13-20.123Z.csv");
    }
}
