//! The run of the copy engine for one execution, with its log and its phases.

use std::sync::Arc;
use std::time::Duration;

use domain::arn::resource_id;
use tokio::task::JoinHandle;

use super::{log_failure, send_state};
use crate::access_point;
use crate::app::DataSyncApp;
use crate::engine::{
    self, CopyProgress, EngineOutcome, ExecutionFailure, ExecutionInput, Phase, TaskLocations,
};
use crate::faults::Fault;
use crate::logs::TaskLog;
use crate::report::Spool;
use crate::state::{
    AccountRegion, ExecutionStatus, LogLevel, StoreError, StoredTask, TaskExecution, task_arn_of,
};

/// Runs the engine; its failure, if any, is in the outcome.
pub(super) async fn run_engine(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    (execution, task): (&TaskExecution, &StoredTask),
    fault: Option<Fault>,
    progress: &Arc<CopyProgress>,
    spool: &Arc<Spool>,
) -> EngineOutcome {
    let (log, delivering) = open_log(app, account_region, execution, task);
    let log = Arc::new(log);
    let on_phase = |phase| enter_and_hold(app, account_region, &execution.arn, progress, phase);
    let outcome = match gather_input(app, account_region, execution, task).await {
        Err(failure) => EngineOutcome::failed_before_start(failure),
        Ok(input) => {
            let (progress, spool) = (Arc::clone(progress), Arc::clone(spool));
            engine::run(input, progress, spool, Arc::clone(&log), fault, on_phase).await
        }
    };
    log.log_end(outcome.failure.as_ref().map(|failure| failure.detail.as_str()));
    drop(log);
    TaskLog::wait_for_delivery(delivering).await;
    outcome
}

fn open_log(
    app: &DataSyncApp,
    account_region: &AccountRegion,
    execution: &TaskExecution,
    task: &StoredTask,
) -> (TaskLog, Option<JoinHandle<()>>) {
    let client = &app.clients.client_set(account_region).logs;
    let group = task.cloud_watch_log_group_arn.as_deref().filter(|_| !app.clients.s3_only);
    let stream = format!("{}-{}", task.id(), execution.id());
    let level = execution.options.log_level.unwrap_or(LogLevel::Off);
    let id = |arn: &str| resource_id(arn).to_owned();
    let enhanced = execution
        .is_enhanced()
        .then(|| [id(&task.source_location_arn), id(&task.destination_location_arn)]);
    TaskLog::open(client, group, stream, level, enhanced)
}

async fn gather_input(
    app: &DataSyncApp,
    account_region: &AccountRegion,
    execution: &TaskExecution,
    task: &StoredTask,
) -> Result<ExecutionInput, ExecutionFailure> {
    let locations = TaskLocations::find(&app.store, account_region, task)?;
    let root = access_point::directory_of(app, account_region, &locations.efs).await?;
    ExecutionInput::new(app, account_region, (execution, task), &locations, root)
}

fn enter_phase(app: &Arc<DataSyncApp>, account_region: &AccountRegion, arn: &str, phase: Phase) {
    let status = match phase {
        Phase::Prepare => ExecutionStatus::Preparing,
        Phase::Transfer => ExecutionStatus::Transferring,
        Phase::Verify => ExecutionStatus::Verifying,
    };
    let entered = app.store.write(account_region, |account| {
        let execution = account
            .find_execution_mut(arn)
            .filter(|execution| execution.status != ExecutionStatus::Cancelling);
        let Some(execution) = execution else { return Ok(false) };
        execution.status = status;
        Ok::<_, StoreError>(true)
    });
    if log_failure(entered) == Some(true) {
        send_state(app, account_region, arn, status);
    }
}

fn read_fault(app: &DataSyncApp, account_region: &AccountRegion, task_arn: &str) -> Option<Fault> {
    app.store.read(account_region, |account| account.tags.get(task_arn).and_then(Fault::from_tags))
}

/// Enters the phase, and stays there as long as the task's tag says so.
async fn enter_and_hold(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
    progress: &CopyProgress,
    phase: Phase,
) {
    const PAUSE: Duration = Duration::from_millis(10);
    enter_phase(app, account_region, arn, phase);
    let task = task_arn_of(arn);
    let released = async {
        while read_fault(app, account_region, &task) == Some(Fault::HoldAt(phase)) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = released => {}
        () = progress.until_cancelled() => {}
    }
}
