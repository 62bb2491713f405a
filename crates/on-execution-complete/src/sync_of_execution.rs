//! The sync of an execution: resolved once, at the border of the function.

use aws::executions;
use domain::arn::ExecutionArn;
use domain::names::{SLOT_TAG, STACK_TAG};
use domain::records::start::sync_of_slot;
use domain::sync_name::SyncName;

use crate::error::CompletionError;
use crate::invocation::CompletionInvocation;

/// The sync of an execution; `None` if the execution is not one of this stack.
///
/// A task that no sync has any more was replaced, or its sync was removed: the tags of its
/// execution say for which sync it was started. Where the task is gone, too, there is nothing left
/// to record.
pub(crate) async fn find_sync(
    invocation: &CompletionInvocation<'_>,
    execution: &ExecutionArn,
) -> Result<Option<SyncName>, CompletionError> {
    let Some(outputs) = invocation.outputs else { return Ok(Some(SyncName::default())) };
    if let Some(of_task) = outputs.of_task(&execution.task()) {
        return Ok(Some(of_task.sync.clone()));
    }
    let tags = match executions::tags(&invocation.app.datasync, execution).await {
        Ok(tags) => tags,
        Err(failure) if failure.is(&["InvalidRequestException"]) => return Ok(None),
        Err(failure) => return Err(CompletionError::Tags(failure)),
    };
    if tags.get(STACK_TAG) != Some(&invocation.app.environment.stack_name) {
        return Ok(None);
    }
    Ok(Some(tags.get(SLOT_TAG).map(|slot| sync_of_slot(slot)).unwrap_or_default()))
}
