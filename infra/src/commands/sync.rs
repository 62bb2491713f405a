//! `sync`: start an execution now, with what it does otherwise than the schedule's, and with
//! `--wait` follow it to its verdict.

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
use start_execution::Outcome;

use super::deployed;
use crate::access::Access;
use crate::advice::Advise;
use crate::cli::{Global, SyncArguments};
use crate::place::Place;
use crate::{follow, invoke, output};

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };
/// After the time until which a start is held; clocks differ.
const AFTER_HELD: Duration = Duration::from_secs(5);

pub(super) async fn run(global: &Global, arguments: &SyncArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    deployed(&place).await?;
    let request = request(&place, arguments, Utc::now()).await?;
    let mut outcome = invoke::invoke(&place, FunctionName::StartExecution, &request).await?;
    while let Outcome::Held { until, .. } = &outcome {
        let told = held(*until, Utc::now());
        if !arguments.wait {
            output::data(global.output, &outcome, told)?;
            return Ok(ExitCode::SUCCESS);
        }
        output::progress(told.trim_end().to_owned());
        tokio::time::sleep((*until - Utc::now()).to_std().unwrap_or_default() + AFTER_HELD).await;
        outcome = invoke::invoke(&place, FunctionName::StartExecution, &request).await?;
    }
    let execution = started(&outcome)?;
    if !arguments.wait {
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

/// Refused here already where it can't be: a manifest is uploaded only for a request that may be
/// made.
async fn request(
    place: &Place,
    arguments: &SyncArguments,
    now: DateTime<Utc>,
) -> Result<StartRequest> {
    let overrides = Overrides {
        includes: arguments.include.clone(),
        excludes: arguments.exclude.clone(),
        verify_mode: arguments.verify_mode.map(Into::into),
        bytes_per_second: arguments.bytes_per_second,
        manifest: arguments.manifest.as_ref().map(|_| manifest_key(now)),
    };
    let problems = overrides.find_problems(&place.config);
    if !problems.is_empty() {
        let refused = Err(anyhow!("nothing was started: {}", problems.join("; ")));
        return refused.advise("correct the arguments; `efs-s3 sync --help` explains them");
    }
    if let (Some(file), Some(key)) = (&arguments.manifest, &overrides.manifest) {
        upload_manifest(place, file, key).await?;
    }
    let slot = format!("{MANUAL}{}", now.to_rfc3339_opts(SecondsFormat::Millis, true));
    Ok(StartRequest {
        overrides,
        when_busy: arguments.when_busy.map(Into::into),
        ..StartRequest::new(slot)
    })
}

/// DataSync takes no `:` in a manifest's key.
fn manifest_key(now: DateTime<Utc>) -> String {
    format!("{}{MANUAL}{}.csv", keys::MANIFESTS_PREFIX, now.format("%Y-%m-%dT%H-%M-%S%.3fZ"))
}

async fn upload_manifest(place: &Place, file: &Path, key: &str) -> Result<()> {
    let doing = || format!("reading the list of files `{}`", file.display());
    let text = fs::read_to_string(file).with_context(doing)?;
    let manifest = manifest_from_paths(&text).with_context(doing).advise(
        "correct the list: one file a line, a path with a comma or a quote in quotes, a quote \
            within it twice",
    )?;
    Ok(place.records.upload(key, manifest.into_bytes().into(), "text/csv").await?)
}

/// Why nothing is started yet, with the time left.
fn held(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = ((until - now).num_seconds().max(0) as u64).div_ceil(60);
    format!(
        "The run is held until {}, {minutes} min from now: S3 takes up to 15 minutes to have the versioning of a new bucket \
         hold everywhere. It is started then.\n",
        until.format("%H:%M UTC")
    )
}

fn started(outcome: &Outcome) -> Result<ExecutionArn> {
    let nothing = match outcome {
        Outcome::Started { execution, .. } | Outcome::AlreadyStarted { execution, .. } => {
            return Ok(execution.clone());
        }
        Outcome::Skipped { running: Some(running), .. } => format!("{} is under way", running.id()),
        Outcome::Skipped { running: None, .. } => "the task is busy".to_owned(),
        Outcome::InProgress { slot } => format!("another request holds the slot `{slot}`"),
        Outcome::Waiting { slot, .. } => {
            format!("the slot `{slot}` waits for the end of an execution")
        }
        Outcome::Held { .. } | Outcome::Swept(_) | Outcome::NothingToSweep => {
            "another answer came".to_owned()
        }
    };
    let refused = Err(anyhow!("nothing was started: {nothing}"));
    refused.advise(
        "look with `efs-s3 status`; `--when-busy queue` starts after it, `--when-busy \
        adopt` follows it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_run_says_until_when_and_why() {
        let until = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        insta::assert_snapshot!(held(until, until - chrono::TimeDelta::seconds(61)), @"The run is held until 22:13 UTC, 2 min from now: S3 takes up to 15 minutes to have the versioning of a new bucket hold everywhere. It is started then.");
        assert!(held(until, until + chrono::TimeDelta::seconds(1)).contains(", 0 min"));
    }

    #[test]
    fn the_key_of_a_manifest_is_one_that_datasync_takes() {
        let now = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        assert_eq!(manifest_key(now), "manifests/manual-2023-11-14T22-13-20.123Z.csv");
    }
}
