//! The entry point: a sweep, or a start with a sweep before it.
//!
//! A start sweeps first if it is time, because a stuck execution prevents the next one. The sweep
//! has a rule of its own as well, because the schedule may be rare, paused or disabled. That sweep
//! starts only what was held or waits.

use std::time::{Duration, SystemTime};

use aws::failure::chain;
use chrono::{DateTime, Utc};
use domain::config::StackConfig;
use domain::limits::Limits;
use domain::records::keys;
use domain::records::outputs::Outputs;
use lambda_runtime::LambdaEvent;
use serde_json::Value;

use crate::app::StartApp;
use crate::error::StartError;
use crate::input::{RequestedStart, StartInput, parse_input};
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::sweep::{SweepTiming, sweep_if_due};
use crate::{held_starts, start, waiting_starts};

/// The longest sweep before a start where Lambda names no deadline; otherwise it is half of the
/// remaining time.
const SWEEP_BEFORE_START: Duration = Duration::from_secs(30);

/// Handles one invocation.
///
/// # Errors
/// [`StartError`]; Lambda retries an event, and each retry is safe.
pub async fn handle(app: &StartApp, event: LambdaEvent<Value>) -> Result<StartOutcome, StartError> {
    handle_at(app, event, Utc::now()).await
}

/// Handles one invocation at a given time.
///
/// # Errors
/// See [`handle`].
pub async fn handle_at(
    app: &StartApp,
    event: LambdaEvent<Value>,
    now: DateTime<Utc>,
) -> Result<StartOutcome, StartError> {
    let input = parse_input(event.payload, &app.environment.stack_name)?;
    let config: Option<StackConfig> = app.records.read(keys::CONFIG).await?;
    let limits =
        config.as_ref().map_or_else(Limits::default, |config| Limits::from_config(&config.limits));
    let invocation = StartInvocation {
        app,
        config: config.as_ref(),
        limits: &limits,
        request_id: event.context.request_id.as_str(),
        now,
        deadline: (event.context.deadline > 0).then(|| event.context.deadline()),
        slot: input.slot(),
    };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = match &input {
        StartInput::Start(requested) => Box::pin(sweep_and_start(&invocation, requested)).await?,
        StartInput::Sweep => Box::pin(sweep_now(&invocation)).await?,
    };
    tracing::info!(outcome = %to_json(&outcome), "start-execution");
    Ok(outcome)
}

/// Sweeps if it is time, then starts. The start follows whatever the sweep returns: the sweep's own
/// rule sweeps again within minutes, and its failures alert.
async fn sweep_and_start(
    invocation: &StartInvocation<'_>,
    requested: &RequestedStart,
) -> Result<StartOutcome, StartError> {
    let outputs: Outputs =
        invocation.app.records.read(keys::OUTPUTS).await?.ok_or(StartError::NotDeployed)?;
    let timing = if requested.is_by_person() { SweepTiming::Now } else { SweepTiming::IfDue };
    let sweep = Box::pin(sweep_everything(invocation, &outputs, timing));
    match tokio::time::timeout(sweep_timeout(invocation), sweep).await {
        Ok(Ok(Some(StartOutcome::Swept(summary)))) => {
            tracing::info!(swept = %to_json(&summary), "start-execution");
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(error = %chain(&error), "the sweep failed"),
        Err(_) => tracing::error!("the sweep exceeded its time"),
    }
    Box::pin(start::start_execution(invocation, &outputs, &requested.request)).await
}

/// Sweeps. Before the end of the first deploy there is nothing to sweep.
async fn sweep_now(invocation: &StartInvocation<'_>) -> Result<StartOutcome, StartError> {
    let outputs: Option<Outputs> = invocation.app.records.read(keys::OUTPUTS).await?;
    let Some(outputs) = outputs else { return Ok(StartOutcome::NothingToSweep) };
    let outcome = sweep_everything(invocation, &outputs, SweepTiming::Now).await?;
    Ok(outcome.unwrap_or(StartOutcome::NothingToSweep))
}

/// Sweeps and starts what was held or waits; `None` if it is not time.
async fn sweep_everything(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
    timing: SweepTiming,
) -> Result<Option<StartOutcome>, StartError> {
    let swept = Box::pin(sweep_if_due(invocation, &outputs.task_arn, timing)).await?;
    let Some(mut summary) = swept else { return Ok(None) };
    summary.held_starts = Box::pin(held_starts::start_held(invocation, outputs)).await?;
    summary.waiting_starts = Box::pin(waiting_starts::start_waiting(invocation, outputs)).await?;
    Ok(Some(StartOutcome::Swept(summary)))
}

fn sweep_timeout(invocation: &StartInvocation<'_>) -> Duration {
    let left = invocation
        .deadline
        .map(|deadline| deadline.duration_since(SystemTime::now()).unwrap_or_default());
    left.map_or(SWEEP_BEFORE_START, |left| left / 2)
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod override_tests;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
mod tests;
