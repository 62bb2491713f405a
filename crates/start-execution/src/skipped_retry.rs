//! The alert for a retry of busy files that is skipped. The execution before it has sent none: its
//! alert was held back for the retry.

use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::StartRequest;

use crate::alerts;
use crate::error::StartError;
use crate::invocation::StartInvocation;

/// Sends the alert that was held back for the retry, once. Does nothing for any other request.
///
/// The receipt is that of the execution's own alert, so that only one function sends one.
pub(crate) async fn alert_once(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
    request: &StartRequest,
) -> Result<(), StartError> {
    let Some(first) = request.retry_of.as_deref() else { return Ok(()) };
    let run: Option<RunRecord> = invocation.app.records.read(&keys::run_record(first)).await?;
    let alert =
        alerts::retry_skipped(&invocation.names_for(&outputs.task_arn), first, run.as_ref());
    invocation.publish_once(&keys::run_alert(first), alert).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
