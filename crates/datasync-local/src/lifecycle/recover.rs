//! The recovery of executions that an earlier process left unfinished.

use std::sync::Arc;

use super::{end_execution, fail_pending_report, log_failure, send_state};
use crate::access_point;
use crate::app::DataSyncApp;
use crate::engine::{self, CopyDirection, ExecutionFailure, TaskLocations};
use crate::state::{
    AccountRegion, AccountState, EfsLocation, ExecutionStatus, Store, StoreError, StoredTask,
};

async fn clean_directory(
    app: Arc<DataSyncApp>,
    account_region: AccountRegion,
    efs: EfsLocation,
    execution_id: String,
) {
    if let Ok(root) = access_point::directory_of(&app, &account_region, &efs).await {
        engine::clean_interrupted(&root, &execution_id);
    }
}

/// Ends the executions that an earlier process left unfinished, and removes their incomplete files
/// and uploads. Must be called within the runtime.
pub fn recover_interrupted(app: &Arc<DataSyncApp>) {
    let left = Arc::clone(app);
    tokio::spawn(async move { engine::abort_left_uploads(&left.uploads, &left.clients).await });
    for account_region in app.store.list_account_regions() {
        let restores = interrupted_restores(&app.store, &account_region);
        let interrupted = app
            .store
            .write(&account_region, |account| Ok::<_, StoreError>(end_unfinished(account)));
        let Some(ended) = log_failure(interrupted) else { continue };
        for (efs, id) in restores {
            tokio::spawn(clean_directory(Arc::clone(app), account_region.clone(), efs, id));
        }
        for arn in ended {
            tracing::warn!("{arn} was interrupted and has ended as ERROR");
            send_state(app, &account_region, &arn, ExecutionStatus::Error);
        }
    }
}

/// Ends all unfinished executions; returns their ARNs.
fn end_unfinished(account: &mut AccountState) -> Vec<String> {
    let mut ended = Vec::new();
    for execution in account.executions.iter_mut().filter(|e| !e.status.is_terminal()) {
        let failure = ExecutionFailure::of_interruption(execution.status);
        end_execution(execution, Some(&failure));
        ended.push(execution.arn.clone());
    }
    // A report that was not written yet when its execution had ended.
    account.executions.iter_mut().for_each(fail_pending_report);
    ended
}

/// The file systems and ids of interrupted restores: each has a staging directory there.
fn interrupted_restores(
    store: &Store,
    account_region: &AccountRegion,
) -> Vec<(EfsLocation, String)> {
    let unfinished = store.read(account_region, |account| {
        let unfinished = account.executions.iter().filter(|one| !one.status.is_terminal());
        let with_task = unfinished.filter_map(|execution| {
            let task = account.find_task(&execution.task_arn())?;
            Some((execution.id().to_owned(), task.clone()))
        });
        with_task.collect::<Vec<_>>()
    });
    let written = |(id, task): (String, StoredTask)| {
        let locations = TaskLocations::find(store, account_region, &task).ok()?;
        (locations.direction == CopyDirection::Restore).then_some((locations.efs, id))
    };
    unfinished.into_iter().filter_map(written).collect()
}
