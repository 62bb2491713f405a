//! The entry point: a sweep, or a start with a sweep before it.
//!
//! A start sweeps first if it is time, because a stuck execution prevents the next one. The sweep
//! has a rule of its own as well, because the schedule may be rare, paused or disabled. That sweep
//! starts only what was held or waits.

use std::time::{Duration, SystemTime};

use aws::failure::chain;
use chrono::{DateTime, Utc};
use domain::config::StackConfig;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::request::StartRequest;
use lambda_runtime::LambdaEvent;
use serde_json::Value;

use crate::app::StartApp;
use crate::error::StartError;
use crate::input::{RequestedStart, StartInput, parse_input};
use crate::invocation::{ParallelLimit, StartInvocation};
use crate::outcome::StartOutcome;
use crate::start;
use crate::sweep::SweepTiming;
use crate::sweep_syncs::{start_waiting, sweep_sync, sweep_syncs};
use crate::sync_view::{ResolvedStart, SyncToStart, resolve_sync, view_syncs};

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
    let outputs: Option<Outputs> = app.records.read(keys::OUTPUTS).await?;
    let Some(outputs) = outputs else { return answer_undeployed(&input) };
    let syncs = view_syncs(config.as_ref(), &outputs);
    let configured = config.as_ref().and_then(|config| config.limits.max_parallel_executions);
    let limit = configured.and_then(|limit| usize::try_from(limit).ok());
    let parallel = ParallelLimit { limit, syncs: &syncs };
    let invocation = StartInvocation {
        app,
        sync: &outputs.sync,
        config: syncs[0].config.as_ref(),
        limits: &syncs[0].limits,
        request_id: event.context.request_id.as_str(),
        now,
        deadline: (event.context.deadline > 0).then(|| event.context.deadline()),
        slot: None,
        parallel,
    };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = match &input {
        StartInput::Start(requested) => {
            Box::pin(start_requested(&invocation, config.as_ref(), requested)).await?
        }
        StartInput::Sweep => Box::pin(sweep_syncs(&invocation)).await?,
        StartInput::StartWaiting => Box::pin(start_waiting(&invocation)).await?,
    };
    tracing::info!(outcome = %to_json(&outcome), "start-execution");
    Ok(outcome)
}

/// Before the end of the first deploy there is nothing to sweep.
fn answer_undeployed(input: &StartInput) -> Result<StartOutcome, StartError> {
    match input {
        StartInput::Start(_) => Err(StartError::NotDeployed),
        StartInput::Sweep | StartInput::StartWaiting => Ok(StartOutcome::NothingToSweep),
    }
}

async fn start_requested(
    invocation: &StartInvocation<'_>,
    config: Option<&StackConfig>,
    requested: &RequestedStart,
) -> Result<StartOutcome, StartError> {
    match resolve_sync(requested, config, invocation.parallel.syncs)? {
        ResolvedStart::Removed(sync, request) => {
            Ok(StartOutcome::Ignored { slot: request.slot, sync })
        }
        ResolvedStart::Of(view, request) => {
            let of_sync = StartInvocation { slot: Some(&request.slot), ..invocation.of_sync(view) };
            let timing = match requested.is_by_person() {
                true => SweepTiming::Now,
                false => SweepTiming::IfDue,
            };
            sweep_and_start(&of_sync, view, &request, timing).await
        }
    }
}

/// Sweeps the sync if it is time, then starts. The start follows whatever the sweep returns: the
/// sweep's own rule sweeps again within minutes, and its failures alert.
async fn sweep_and_start(
    invocation: &StartInvocation<'_>,
    view: &SyncToStart,
    request: &StartRequest,
    timing: SweepTiming,
) -> Result<StartOutcome, StartError> {
    let sweep = Box::pin(sweep_sync(invocation, view, timing));
    match tokio::time::timeout(sweep_timeout(invocation), sweep).await {
        Ok(Ok(Some(summary))) => {
            tracing::info!(swept = %to_json(&summary), "start-execution");
        }
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::error!(error = %chain(&error), "the sweep failed"),
        Err(_) => tracing::error!("the sweep exceeded its time"),
    }
    Box::pin(start::start_execution(invocation, &view.outputs, request)).await
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
