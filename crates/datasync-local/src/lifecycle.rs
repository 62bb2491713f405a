//! The life cycle of an execution: admitted, run, ended, followed by the next in the task's queue.
//!
//! Rule: only this module and those below it change an execution's status, and every change is
//! stored before its event is sent.

mod cancel;
mod recover;
mod run_engine;

use std::sync::Arc;

use self::run_engine::run_engine;
use crate::app::DataSyncApp;
use crate::engine::{CopyProgress, ExecutionFailure};
use crate::events::StateChange;
use crate::faults::Fault;
use crate::report::Spool;
use crate::report_step::{report_failed, write_reports};
use crate::state::{
    AccountRegion, AccountState, ExecutionStatus, PhaseStatus, ResultDetail, StoreError,
    StoredTask, TaskExecution, TaskReportResult, now_seconds, task_arn_of,
};

pub use self::cancel::cancel_execution;
pub use self::recover::recover_interrupted;

/// Admits a new execution: runs it when LAUNCHING, leaves it when QUEUED.
pub fn admit_execution(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    execution: &TaskExecution,
) {
    let rate = execution.options.bytes_per_second.unwrap_or(-1);
    app.running.insert(&execution.arn, Arc::new(CopyProgress::new(rate, execution.is_enhanced())));
    send_state(app, account_region, &execution.arn, execution.status);
    if execution.status == ExecutionStatus::Launching {
        tokio::spawn(run_queue(Arc::clone(app), account_region.clone(), execution.arn.clone()));
    }
}

/// Runs an execution, and those queued behind it, one after the other.
async fn run_queue(app: Arc<DataSyncApp>, account_region: AccountRegion, first: String) {
    let mut next = Some(first);
    while let Some(arn) = next {
        next = run_one(&app, &account_region, &arn).await;
    }
}

/// Runs one execution to its end; returns the one that was promoted from the queue.
async fn run_one(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
) -> Option<String> {
    let progress = app.running.get(arn)?;
    let (execution, task, fault) = record_launch(app, account_region, arn)?;
    tracing::info!("{arn} launched");
    let spool = Arc::new(open_spool(&execution, fault));
    let outcome =
        run_engine(app, account_region, (&execution, &task), fault, &progress, &spool).await;
    let mut ended = TaskExecution { counters: progress.snapshot(), ..execution };
    end_execution(&mut ended, outcome.failure.as_ref());
    // Enhanced mode's phases overlap, and their durations are always 0.
    if !ended.is_enhanced() {
        outcome.phase_times.fill_result(&mut ended.result);
    }
    report_end(app, account_region, &task, &mut ended, fault, spool).await;
    finish_run(app, account_region, &ended, fault)
}

/// Stores and announces the end; returns the execution that was promoted from the queue.
fn finish_run(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    ended: &TaskExecution,
    fault: Option<Fault>,
) -> Option<String> {
    let stored = app.store.write(account_region, |account| Ok(store_end(account, ended)));
    let promoted = log_failure(stored);
    announce_end(app, account_region, ended, fault);
    let next = promoted.flatten()?;
    send_state(app, account_region, &next, ExecutionStatus::Launching);
    Some(next)
}

fn open_spool(execution: &TaskExecution, fault: Option<Fault>) -> Spool {
    let config = execution.task_report_config.as_ref();
    let spool = Spool::new(config, execution.id(), execution.is_enhanced());
    if fault == Some(Fault::SmallReportParts) { spool.in_small_parts() } else { spool }
}

/// Writes the report of an ended execution, or starts a task that writes it later.
async fn report_end(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    task: &StoredTask,
    ended: &mut TaskExecution,
    fault: Option<Fault>,
    spool: Arc<Spool>,
) {
    if let Some(Fault::DelayReport(delay)) = fault {
        let (app, account_region) = (Arc::clone(app), account_region.clone());
        let (task, execution) = (task.clone(), ended.clone());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            report_later(&app, &account_region, &task, &execution, &spool).await;
        });
        return;
    }
    let truncate = fault == Some(Fault::TruncateReport);
    ended.report_result = write_reports(app, account_region, task, ended, &spool, truncate).await;
}

/// Writes the report of an execution that has ended already.
async fn report_later(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    task: &StoredTask,
    execution: &TaskExecution,
    spool: &Spool,
) {
    let result = write_reports(app, account_region, task, execution, spool, false).await;
    let kept = app.store.write(account_region, |account| {
        if let Some(kept) = account.find_execution_mut(&execution.arn) {
            kept.report_result = result;
        }
        Ok::<_, StoreError>(())
    });
    let _logged = log_failure(kept);
}

fn record_launch(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
) -> Option<(TaskExecution, StoredTask, Option<Fault>)> {
    let launched = app.store.write(account_region, |account| {
        let Some(task) = account.find_execution_mut(arn).map(|execution| execution.task_arn())
        else {
            return Ok(None);
        };
        let Some(task) = account.find_task(&task).cloned() else { return Ok(None) };
        let fault = account.tags.get(&task.arn).and_then(Fault::from_tags);
        let Some(execution) = account.find_execution_mut(arn) else { return Ok(None) };
        execution.launched = Some(now_seconds() - Fault::launch_offset_seconds(fault));
        Ok::<_, StoreError>(Some((execution.clone(), task, fault)))
    });
    log_failure(launched).flatten()
}

/// Stores the ended execution, and promotes the oldest queued one of the task in the same change.
fn store_end(account: &mut AccountState, ended: &TaskExecution) -> Option<String> {
    if let Some(kept) = account.find_execution_mut(&ended.arn) {
        let bytes_per_second = kept.options.bytes_per_second;
        *kept = ended.clone();
        kept.options.bytes_per_second = bytes_per_second;
    }
    promote_next(account, &ended.task_arn())
}

/// Launches the oldest queued execution of a task, unless one is active or the task is to stay
/// queued.
fn promote_next(account: &mut AccountState, task_arn: &str) -> Option<String> {
    let stays = account.tags.get(task_arn).and_then(Fault::from_tags) == Some(Fault::StayQueued);
    if stays || account.executions_of(task_arn).any(|execution| execution.status.is_active()) {
        return None;
    }
    let mut executions = account.executions.iter_mut();
    let queued =
        executions.find(|e| e.task_arn() == task_arn && e.status == ExecutionStatus::Queued)?;
    queued.status = ExecutionStatus::Launching;
    Some(queued.arn.clone())
}

fn announce_end(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    ended: &TaskExecution,
    fault: Option<Fault>,
) {
    let arn = &ended.arn;
    app.running.remove(arn);
    let detail = ended.result.error_detail.as_deref().unwrap_or("");
    tracing::info!("{arn} ended as {} {detail}", ended.status);
    if fault == Some(Fault::LoseEvent) {
        tracing::warn!("{arn}: its last event is not sent: its task has the tag lose-event");
        app.outbox.close_queue(arn);
        send_task_state(app, account_region, &ended.task_arn());
        return;
    }
    send_state(app, account_region, arn, ended.status);
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn to_milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

fn end_execution(execution: &mut TaskExecution, failure: Option<&ExecutionFailure>) {
    let ended = now_seconds();
    execution.status =
        if failure.is_some() { ExecutionStatus::Error } else { ExecutionStatus::Success };
    execution.ended = Some(ended);
    let begun = execution.launched.unwrap_or(execution.started);
    execution.result = ResultDetail {
        total_duration: to_milliseconds(ended - begun),
        error_code: failure.map(|failure| failure.code.to_owned()),
        error_detail: failure.map(|failure| failure.detail.clone()),
        ..ResultDetail::default()
    };
    if execution.launched.is_none() {
        fail_pending_report(execution);
    }
}

fn fail_pending_report(execution: &mut TaskExecution) {
    let unreported = |report: &TaskReportResult| report.status == PhaseStatus::Pending;
    if execution.report_result.as_ref().is_some_and(unreported) {
        let detail = "Execution error occurred prior to generating any Task Reports";
        execution.report_result = Some(report_failed(detail));
    }
}

fn send_state(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    execution_arn: &str,
    status: ExecutionStatus,
) {
    app.outbox.send_change(StateChange::of_execution(
        account_region.clone(),
        execution_arn,
        status,
    ));
    send_task_state(app, account_region, &task_arn_of(execution_arn));
}

/// Sends the task's state after the change of an execution.
fn send_task_state(app: &Arc<DataSyncApp>, account_region: &AccountRegion, task_arn: &str) {
    let state = app.store.read(account_region, |account| account.status_of_task(task_arn));
    app.outbox.send_task_state(account_region, task_arn, state);
}

fn log_failure<T>(result: Result<T, StoreError>) -> Option<T> {
    result.inspect_err(|error| tracing::error!("{}", aws::failure::chain(error))).ok()
}
