//! Executions that make no progress: they are cancelled.

use aws::alert_once::{AlertOnceError, Sent};
use aws::{SdkFailure, executions};
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::alert::{Alert, AlertReceipt};
use domain::records::keys;

use super::timeouts;
use crate::alerts;
use crate::error::StartError;
use crate::invocation::StartInvocation;

/// Cancels an execution that exceeded its limit, and sends one alert; returns whether it did so
/// now.
pub(super) async fn cancel_if_stuck(
    invocation: &StartInvocation<'_>,
    arn: &ExecutionArn,
) -> Result<bool, StartError> {
    let app = invocation.app;
    let execution = executions::describe(&app.datasync, arn).await.map_err(StartError::Describe)?;
    let names = invocation.names_for(&arn.task());
    let key = keys::stuck_alert(arn.id());
    let alert = match timeouts::exceeded_limit(&execution, invocation.limits, invocation.now) {
        Some((waited, limit)) => {
            let alert = alerts::stuck(&names, &execution, waited, limit);
            Some(alert.of_sync(invocation.sync))
        }
        None if execution.status == "CANCELLING" => unsent_alert(invocation, &key).await?,
        None => None,
    };
    let Some(alert) = alert else { return Ok(false) };
    let sent = invocation
        .alert_once()
        .act_and_publish(&key, &alert, async || cancel(invocation, &execution).await)
        .await;
    match sent {
        Ok(Sent::Now) => {
            app.metrics.emit(&stuck_measures(invocation));
            Ok(true)
        }
        Ok(Sent::Before) | Err(AlertOnceError::Elsewhere { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// After a crash between the cancellation and the alert, the receipt is still open.
async fn unsent_alert(
    invocation: &StartInvocation<'_>,
    key: &str,
) -> Result<Option<Alert>, StartError> {
    let receipt = invocation.app.records.read::<AlertReceipt>(key).await?;
    Ok(receipt.filter(|receipt| receipt.sent_at.is_none()).map(|receipt| receipt.alert))
}

/// Cancels the execution. DataSync rejects this if it has ended or is being cancelled: then nothing
/// is left to do.
async fn cancel(invocation: &StartInvocation<'_>, execution: &Execution) -> Result<(), SdkFailure> {
    if execution.status == "CANCELLING" {
        return Ok(());
    }
    let cancel =
        invocation.app.datasync.cancel_task_execution().task_execution_arn(execution.arn.as_str());
    match cancel.send().await.map_err(SdkFailure::from) {
        Err(failure) if !failure.is(&["InvalidRequestException"]) => Err(failure),
        _ => Ok(()),
    }
}

fn stuck_measures(invocation: &StartInvocation<'_>) -> Measures {
    Measures {
        stack: invocation.app.environment.stack_name.clone(),
        sync: invocation.sync.clone(),
        at: invocation.now,
        measures: vec![Measure { name: metrics::STUCK_RUNS, unit: MetricUnit::Count, value: 1 }],
        outcome: None,
        properties: Vec::new(),
    }
}
