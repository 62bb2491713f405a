//! Asynchronous requests to the other functions, in place of lost events.

use aws::invoke::invoke_async;
use domain::arn::ExecutionArn;
use domain::execution::is_terminal;
use domain::function::FunctionName;
use domain::request::CompleteRequest;
use serde::Serialize;

use super::recorded::RecordedExecutions;
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::SweepSummary;

/// Passes the executions that ended without a record to the function that writes it.
pub(super) async fn hand_on_ended(
    invocation: &StartInvocation<'_>,
    executions: &[(ExecutionArn, String)],
    recorded: &RecordedExecutions,
    summary: &mut SweepSummary,
) -> Result<(), StartError> {
    let ended = executions.iter().filter(|(_, status)| is_terminal(status));
    let mut unrecorded =
        ended.map(|(execution, _)| execution).filter(|arn| !recorded.ids.contains(arn.id()));
    for execution in unrecorded.by_ref().take(invocation.limits.max_handed_on) {
        let request = CompleteRequest { execution: execution.to_string() };
        hand_on(invocation, execution, FunctionName::OnExecutionComplete, &request).await?;
        summary.handed_on += 1;
    }
    summary.left = unrecorded.count();
    Ok(())
}

/// Requests from another function what an event should have started.
pub(super) async fn hand_on(
    invocation: &StartInvocation<'_>,
    execution: &ExecutionArn,
    function: FunctionName,
    request: &impl Serialize,
) -> Result<(), StartError> {
    let payload = serde_json::to_vec(request).map_err(StartError::Json)?;
    let name = invocation.names_for(&execution.task()).function_name(function);
    let invoked = invoke_async(&invocation.app.lambda, &name, payload).await;
    invoked.map_err(|source| StartError::HandOn { function, source })
}
