//! The end of an execution on request.

use std::sync::Arc;

use super::{end_execution, promote_next, run_queue, send_state};
use crate::app::DataSyncApp;
use crate::engine::ExecutionFailure;
use crate::state::{AccountRegion, AccountState, ExecutionStatus, StoreError};

/// Cancels an execution; `false` when it has ended, or is being cancelled already.
///
/// # Errors
/// [`StoreError`] when the state could not be written.
pub fn cancel_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
) -> Result<bool, StoreError> {
    let changed = app
        .store
        .write(account_region, |account| Ok::<_, StoreError>(store_cancel(account, arn)))?;
    let Some((status, next)) = changed else { return Ok(false) };
    send_state(app, account_region, arn, status);
    match app.running.get(arn) {
        Some(progress) if status == ExecutionStatus::Cancelling => progress.cancel(),
        _ => app.running.remove(arn),
    }
    if let Some(next) = next {
        send_state(app, account_region, &next, ExecutionStatus::Launching);
        tokio::spawn(run_queue(Arc::clone(app), account_region.clone(), next));
    }
    Ok(true)
}

/// Returns the new status, and the execution that was promoted in place of a queued one.
fn store_cancel(
    account: &mut AccountState,
    arn: &str,
) -> Option<(ExecutionStatus, Option<String>)> {
    let execution = account
        .find_execution_mut(arn)
        .filter(|e| !e.status.is_terminal() && e.status != ExecutionStatus::Cancelling)?;
    if execution.status != ExecutionStatus::Queued {
        execution.status = ExecutionStatus::Cancelling;
        return Some((ExecutionStatus::Cancelling, None));
    }
    end_execution(execution, Some(&ExecutionFailure::of_cancel()));
    let task_arn = execution.task_arn();
    Some((ExecutionStatus::Error, promote_next(account, &task_arn)))
}
