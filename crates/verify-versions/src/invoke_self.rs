//! The asynchronous invocation of this function by itself, for work that it has no time for.
//!
//! Lambda ends a chain of sixteen invocations (Lambda Developer Guide, "Recursive loop detection");
//! the event then goes to the dead-letter queue, and a person's request starts another chain where
//! that one stopped.

use aws::invoke::invoke_async;
use domain::arn::TaskArn;
use domain::function::FunctionName;
use serde_json::{Value, json};

use crate::error::VerifyError;
use crate::invocation::VerifyInvocation;
use crate::proof_target::ProofTarget;
use crate::worker_task::{VerifyStep, WorkerTask};

/// Invokes a worker for its part of a step.
pub(crate) async fn invoke_worker(
    invocation: &VerifyInvocation<'_>,
    target: &ProofTarget,
    step: VerifyStep,
    worker: u64,
) -> Result<(), VerifyError> {
    let task = WorkerTask { target: target.clone(), step, worker };
    let payload = json!({ "worker_task": task });
    invoke_self(invocation, &payload, &target.execution.task()).await
}

/// Lambda has accepted the payload when this returns, and tries it three times.
pub(crate) async fn invoke_self(
    invocation: &VerifyInvocation<'_>,
    payload: &Value,
    task: &TaskArn,
) -> Result<(), VerifyError> {
    let names = invocation.app.environment.names_in(task.region());
    let function = names.function_name(FunctionName::VerifyVersions);
    let payload = payload.to_string().into_bytes();
    invoke_async(&invocation.app.lambda, &function, payload).await.map_err(VerifyError::InvokeSelf)
}
