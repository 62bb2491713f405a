//! The life of an execution: admitted, run, ended, followed by the next in the task's queue.
//!
//! Rule: only this module changes an execution's status, and every change is kept before its event is sent.

use std::sync::Arc;

use crate::app::App;
use crate::engine::{self, Failure, Job, Live, Outcome, Phase};
use crate::events::StateChange;
use crate::faults::Fault;
use crate::report::{self, Spool};
use crate::state::{
    Account, Execution, PhaseStatus, Place, ReportResult, ResultDetail, Status, StoreError, Task, now_seconds,
};

/// Takes in a new execution: runs it when LAUNCHING, leaves it when QUEUED.
pub fn admit(app: &Arc<App>, place: &Place, execution: &Execution) {
    let rate = execution.options.bytes_per_second.unwrap_or(-1);
    app.running.insert(&execution.arn, Arc::new(Live::new(rate)));
    send(app, place, &execution.arn, execution.status);
    if execution.status == Status::Launching {
        tokio::spawn(run_queue(Arc::clone(app), place.clone(), execution.arn.clone()));
    }
}

/// Cancels; `false` when the execution has ended, or is being cancelled already.
///
/// # Errors
/// [`StoreError`] when the state could not be kept.
pub fn cancel(app: &Arc<App>, place: &Place, arn: &str) -> Result<bool, StoreError> {
    let status = app.store.write(place, |account| {
        let execution =
            account.execution_mut(arn).filter(|e| !e.status.is_terminal() && e.status != Status::Cancelling);
        let Some(execution) = execution else { return Ok(None) };
        if execution.status == Status::Queued {
            end(execution, Some(&Failure::cancelled()));
        } else {
            execution.status = Status::Cancelling;
        }
        Ok::<_, StoreError>(Some(execution.status))
    })?;
    let Some(status) = status else { return Ok(false) };
    send(app, place, arn, status);
    match app.running.get(arn) {
        Some(live) if status == Status::Cancelling => live.cancel(),
        _ => app.running.remove(arn),
    }
    Ok(true)
}

/// Ends what an earlier process left unfinished.
pub fn recover(app: &Arc<App>) {
    for place in app.store.places() {
        let interrupted = app.store.write(&place, |account| {
            let unfinished = account.executions.iter_mut().filter(|execution| !execution.status.is_terminal());
            let ended = unfinished.map(|execution| {
                end(execution, Some(&Failure::interrupted(execution.status)));
                execution.arn.clone()
            });
            Ok::<Vec<_>, StoreError>(ended.collect())
        });
        for arn in logged(interrupted).unwrap_or_default() {
            tracing::warn!("{arn} was interrupted and has ended as ERROR");
            send(app, &place, &arn, Status::Error);
        }
    }
}

/// Runs an execution, and those queued behind it, one after the other.
async fn run_queue(app: Arc<App>, place: Place, first: String) {
    let mut next = Some(first);
    while let Some(arn) = next {
        next = run_one(&app, &place, &arn).await;
    }
}

/// Runs one execution to its end; returns the one that was promoted from the queue.
async fn run_one(app: &Arc<App>, place: &Place, arn: &str) -> Option<String> {
    let live = app.running.get(arn)?;
    let (execution, task, fault) = launch(app, place, arn)?;
    tracing::info!("{arn} launched");
    let spool = Arc::new(Spool::new(execution.task_report_config.as_ref(), execution.id()));
    let outcome = match app.store.read(place, |account| Job::new(app, place, account, &task, &execution)) {
        Err(failure) => Outcome::failed_before_start(failure),
        Ok(job) => {
            let on_phase = |phase| enter(app, place, arn, phase);
            engine::run(job, Arc::clone(&live), Arc::clone(&spool), fault, on_phase).await
        }
    };
    let mut ended = Execution { counters: live.counters(), ..execution };
    end(&mut ended, outcome.failure.as_ref());
    outcome.durations.fill(&mut ended.result);
    ended.report_result = write_reports(app, place, &task, &ended, &spool).await;
    let next = logged(app.store.write(place, |account| Ok(conclude(account, &ended))));
    finish(app, place, &ended, fault);
    let next = next.flatten()?;
    send(app, place, &next, Status::Launching);
    Some(next)
}

fn launch(app: &Arc<App>, place: &Place, arn: &str) -> Option<(Execution, Task, Option<Fault>)> {
    let launched = app.store.write(place, |account| {
        let Some(execution) = account.execution_mut(arn) else { return Ok(None) };
        execution.launched = Some(now_seconds());
        let execution = execution.clone();
        let Some(task) = account.task(execution.task_arn()).cloned() else { return Ok(None) };
        let fault = account.tags.get(&task.arn).and_then(Fault::of_tags);
        Ok::<_, StoreError>(Some((execution, task, fault)))
    });
    logged(launched).flatten()
}

fn enter(app: &Arc<App>, place: &Place, arn: &str, phase: Phase) {
    let status = match phase {
        Phase::Prepare => Status::Preparing,
        Phase::Transfer => Status::Transferring,
        Phase::Verify => Status::Verifying,
    };
    let entered = app.store.write(place, |account| {
        let execution = account.execution_mut(arn).filter(|execution| execution.status != Status::Cancelling);
        let Some(execution) = execution else { return Ok(false) };
        execution.status = status;
        Ok::<_, StoreError>(true)
    });
    if logged(entered) == Some(true) {
        send(app, place, arn, status);
    }
}

async fn write_reports(
    app: &Arc<App>,
    place: &Place,
    task: &Task,
    execution: &Execution,
    spool: &Spool,
) -> Option<ReportResult> {
    let config = execution.task_report_config.as_ref()?;
    let summary = app.store.read(place, |account| report::summary(place, account, task, execution));
    let published =
        report::publish(&app.clients.of(place).s3, config, task.id(), execution.id(), spool, &summary).await;
    Some(match published {
        Ok(parts) => {
            tracing::info!("{} wrote {parts} detailed report parts and the summary", execution.arn);
            ReportResult { status: PhaseStatus::Success, ..ReportResult::default() }
        }
        Err(error) => {
            tracing::error!("{}: {}", execution.arn, aws_edge::failure::chain(&error));
            report_failed("Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role")
        }
    })
}

fn report_failed(detail: &str) -> ReportResult {
    let error_code = Some("ReportFailed".to_owned());
    ReportResult { status: PhaseStatus::Error, error_code, error_detail: Some(detail.to_owned()) }
}

/// Puts the ended execution in its place, and promotes the oldest queued one of the task in the same change.
fn conclude(account: &mut Account, ended: &Execution) -> Option<String> {
    if let Some(kept) = account.execution_mut(&ended.arn) {
        let bytes_per_second = kept.options.bytes_per_second;
        *kept = ended.clone();
        kept.options.bytes_per_second = bytes_per_second;
    }
    let queued =
        account.executions.iter_mut().find(|e| e.task_arn() == ended.task_arn() && e.status == Status::Queued)?;
    queued.status = Status::Launching;
    Some(queued.arn.clone())
}

fn finish(app: &Arc<App>, place: &Place, ended: &Execution, fault: Option<Fault>) {
    app.running.remove(&ended.arn);
    tracing::info!("{} ended as {} {}", ended.arn, ended.status, ended.result.error_detail.as_deref().unwrap_or(""));
    if fault == Some(Fault::LoseEvent) {
        tracing::warn!("{}: its last event is lost, as its task's tag asks", ended.arn);
        app.outbox.close(&ended.arn);
        return;
    }
    send(app, place, &ended.arn, ended.status);
}

fn end(execution: &mut Execution, failure: Option<&Failure>) {
    let ended = now_seconds();
    execution.status = if failure.is_some() { Status::Error } else { Status::Success };
    execution.ended = Some(ended);
    let begun = execution.launched.unwrap_or(execution.started);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
    let total = ((ended - begun) * 1000.0) as u64;
    execution.result = ResultDetail {
        total_duration: total,
        error_code: failure.map(|failure| failure.code.to_owned()),
        error_detail: failure.map(|failure| failure.detail.clone()),
        ..ResultDetail::default()
    };
    let unreported = |report: &ReportResult| report.status == PhaseStatus::Pending;
    if execution.report_result.as_ref().is_some_and(unreported) {
        let detail = "Execution error occurred prior to generating any Task Reports";
        execution.report_result = Some(report_failed(detail));
    }
}

fn send(app: &Arc<App>, place: &Place, execution_arn: &str, status: Status) {
    app.outbox.send(StateChange::now(place.clone(), execution_arn, status));
}

fn logged<T>(result: Result<T, StoreError>) -> Option<T> {
    result.inspect_err(|error| tracing::error!("{}", aws_edge::failure::chain(error))).ok()
}
