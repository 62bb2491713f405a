//! The handler: wait for the report, verify every version it names, store the proof, alert when
//! something is wrong.
//!
//! A verification that runs short of time writes a checkpoint and invokes the function again; a
//! large one is shared among several invocations ([`crate::fan_out`]). A person's request verifies
//! again even where there is a proof, and alerts each time; its proof lies beside the first, which
//! stays.

use std::time::Duration;

use aws::find_execution::find_execution;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::request::{AuditRequest, VerifyRequest};
use lambda_runtime::LambdaEvent;
use serde_json::Value;

use crate::app::VerifyApp;
use crate::deployed_stack::{DeployedStack, SyncScope};
use crate::error::VerifyError;
use crate::fan_out;
use crate::input::VerifyInput;
use crate::invocation::VerifyInvocation;
use crate::outcome::VerifyOutcome;
use crate::proof_target::ProofTarget;
use crate::scheduled_audit;

/// The time that closing a part and writing a checkpoint may take.
const TIME_TO_STOP: Duration = Duration::from_secs(20);

/// Handles one invocation.
///
/// # Errors
/// [`VerifyError`]; Lambda retries an event, which is safe.
pub async fn handle(
    app: &VerifyApp,
    event: LambdaEvent<Value>,
) -> Result<VerifyOutcome, VerifyError> {
    handle_at(app, event, Utc::now()).await
}

/// Handles one invocation at a given time.
///
/// # Errors
/// Those of [`handle`].
pub async fn handle_at(
    app: &VerifyApp,
    event: LambdaEvent<Value>,
    now: DateTime<Utc>,
) -> Result<VerifyOutcome, VerifyError> {
    let input = VerifyInput::parse(event.payload)?;
    let context = &event.context;
    let until = (context.deadline > 0).then(|| context.deadline() - TIME_TO_STOP);
    let by_person = matches!(input, VerifyInput::Manual(_));
    let invocation =
        VerifyInvocation { app, request_id: &context.request_id, now, until, by_person };
    // Boxed, so that the future of the runtime stays small.
    let result = Box::pin(handle_input(&invocation, input)).await;
    let outcome = result.or_else(outcome_of_wait)?;
    outcome.log();
    Ok(outcome)
}

/// Turns an error into an outcome where nothing has failed: the sweep asks for the proof until it
/// exists.
fn outcome_of_wait(error: VerifyError) -> Result<VerifyOutcome, VerifyError> {
    match error {
        VerifyError::ReportPending { execution, state } => {
            Ok(VerifyOutcome::ReportPending { execution, state })
        }
        VerifyError::VersioningUnsettled { execution, until } => {
            Ok(VerifyOutcome::Held { execution, until })
        }
        error => Err(error),
    }
}

async fn handle_input(
    invocation: &VerifyInvocation<'_>,
    input: VerifyInput,
) -> Result<VerifyOutcome, VerifyError> {
    let app = invocation.app;
    let stack = DeployedStack::read(&app.records).await?.ok_or(VerifyError::NotDeployed)?;
    let retaining = stack
        .proof_retention(invocation.now)
        .map(|retention| VerifyApp { records: app.records.retaining(retention), ..app.clone() });
    let invocation = VerifyInvocation { app: retaining.as_ref().unwrap_or(app), ..*invocation };
    dispatch_input(&invocation, &stack, input).await
}

async fn dispatch_input(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    input: VerifyInput,
) -> Result<VerifyOutcome, VerifyError> {
    match input {
        VerifyInput::ObjectCreated { bucket, key } => {
            verify_reported(invocation, stack, &bucket, key).await
        }
        VerifyInput::Audit(AuditRequest { begun_at: Some(begun_at), .. }) => {
            scheduled_audit::run_part(invocation, stack, begun_at).await
        }
        VerifyInput::Audit(request) => {
            let audit = scheduled_audit::auditor(invocation, stack).run(&request).await?;
            Ok(VerifyOutcome::Audited { audit })
        }
        VerifyInput::Manual(request) => verify_on_request(invocation, stack, request).await,
        VerifyInput::WorkerTask(task) => {
            let sync = sync_of_execution(stack, &task.target.execution)?;
            fan_out::run_worker(invocation, &sync, task).await
        }
    }
}

/// Verifies the execution whose summary report was created, unless it is proven.
async fn verify_reported(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    bucket: &str,
    key: String,
) -> Result<VerifyOutcome, VerifyError> {
    let is_ours = bucket == invocation.app.records.name();
    let execution = if is_ours { stack.execution_of_report(&key)? } else { None };
    let Some(execution) = execution else { return Ok(VerifyOutcome::Ignored { key }) };
    let sync = sync_of_execution(stack, &execution)?;
    let target = ProofTarget::first_proof(execution, sync.proof_depth());
    match invocation.read_first_proof(&target.execution).await? {
        Some(proof) => invocation.report_stored_proof(&target, proof).await,
        None => fan_out::verify(invocation, &sync, target, true).await,
    }
}

async fn verify_on_request(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    request: VerifyRequest,
) -> Result<VerifyOutcome, VerifyError> {
    let VerifyApp { records, datasync, .. } = invocation.app;
    let execution = find_execution(records, datasync, &stack.outputs, &request.execution).await?;
    let sync = sync_of_execution(stack, &execution)?;
    let depth = request.depth.unwrap_or_else(|| sync.proof_depth());
    let target = match invocation.read_first_proof(&execution).await? {
        Some(_) => ProofTarget::repeated_proof(execution, depth, invocation.now),
        None => ProofTarget::first_proof(execution, depth),
    };
    fan_out::verify(invocation, &sync, target, false).await
}

/// The sync of an execution: resolved once. A task of no sync may have another destination, which
/// our outputs don't know.
fn sync_of_execution(
    stack: &DeployedStack,
    execution: &ExecutionArn,
) -> Result<SyncScope, VerifyError> {
    let sync = stack.sync_of_task(&execution.task());
    sync.ok_or_else(|| VerifyError::OtherTask { execution: execution.clone() })
}

#[cfg(test)]
mod tests;
