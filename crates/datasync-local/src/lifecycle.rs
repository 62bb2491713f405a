//! The life of an execution: admitted, run, ended, followed by the next in the task's queue.
//!
//! Rule: only this module changes an execution's status, and every change is kept before its event
//! is sent.

use std::sync::Arc;
use std::time::Duration;

use domain::arn::resource_id;

use crate::access_point;
use crate::app::App;
use crate::engine::{self, Direction, Failure, Job, Live, Outcome, Phase};
use crate::events::StateChange;
use crate::faults::Fault;
use crate::logs::TaskLog;
use crate::report::Spool;
use crate::report_step::{report_failed, write_reports};
use crate::state::{
    Account, EfsLocation, Execution, LogLevel, PhaseStatus, Place, ReportResult, ResultDetail,
    Status, StoreError, Task, now_seconds,
};

/// Takes in a new execution: runs it when LAUNCHING, leaves it when QUEUED.
pub fn admit(app: &Arc<App>, place: &Place, execution: &Execution) {
    let rate = execution.options.bytes_per_second.unwrap_or(-1);
    app.running.insert(&execution.arn, Arc::new(Live::new(rate, execution.is_enhanced())));
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
    let changed = app.store.write(place, |account| {
        let execution = account
            .execution_mut(arn)
            .filter(|e| !e.status.is_terminal() && e.status != Status::Cancelling);
        let Some(execution) = execution else { return Ok(None) };
        if execution.status != Status::Queued {
            execution.status = Status::Cancelling;
            return Ok(Some((Status::Cancelling, None)));
        }
        end(execution, Some(&Failure::cancelled()));
        let task_arn = execution.task_arn().to_owned();
        Ok::<_, StoreError>(Some((Status::Error, promote(account, &task_arn))))
    })?;
    let Some((status, next)) = changed else { return Ok(false) };
    send(app, place, arn, status);
    match app.running.get(arn) {
        Some(live) if status == Status::Cancelling => live.cancel(),
        _ => app.running.remove(arn),
    }
    if let Some(next) = next {
        send(app, place, &next, Status::Launching);
        tokio::spawn(run_queue(Arc::clone(app), place.clone(), next));
    }
    Ok(true)
}

/// Ends what an earlier process left unfinished, and removes what its copies left half written.
/// Must be called within the runtime.
pub fn recover(app: &Arc<App>) {
    let left = Arc::clone(app);
    tokio::spawn(async move { engine::abort_left_uploads(&left.uploads, &left.clients).await });
    for place in app.store.places() {
        let interrupted = app.store.write(&place, |account| {
            let staged = staged(account);
            let unfinished =
                account.executions.iter_mut().filter(|execution| !execution.status.is_terminal());
            let ended = unfinished.map(|execution| {
                end(execution, Some(&Failure::interrupted(execution.status)));
                execution.arn.clone()
            });
            let ended: Vec<_> = ended.collect();
            // A report that was still to come when its execution had ended.
            account.executions.iter_mut().for_each(fail_pending_report);
            Ok::<_, StoreError>((ended, staged))
        });
        let Some((ended, staged)) = logged(interrupted) else { continue };
        for (efs, id) in staged {
            let (app, place) = (Arc::clone(app), place.clone());
            tokio::spawn(async move {
                if let Ok(root) = access_point::directory_of(&app, &place, &efs).await {
                    engine::clean_interrupted(&root, &id);
                }
            });
        }
        for arn in ended {
            tracing::warn!("{arn} was interrupted and has ended as ERROR");
            send(app, &place, &arn, Status::Error);
        }
    }
}

/// Where interrupted restores wrote, and their ids: each has a folder there in which it made its
/// files.
fn staged(account: &Account) -> Vec<(EfsLocation, String)> {
    let unfinished = account.executions.iter().filter(|execution| !execution.status.is_terminal());
    let written = |execution: &Execution| {
        let (direction, efs, _) =
            engine::sides(account, account.task(execution.task_arn())?).ok()?;
        (direction == Direction::Restore).then(|| (efs.clone(), execution.id().to_owned()))
    };
    unfinished.filter_map(written).collect()
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
    let spool =
        Spool::new(execution.task_report_config.as_ref(), execution.id(), execution.is_enhanced());
    let spool = Arc::new(if fault == Some(Fault::SmallReportParts) {
        spool.in_small_parts()
    } else {
        spool
    });
    let outcome = run_engine(app, place, (&execution, &task), fault, &live, &spool).await;
    let mut ended = Execution { counters: live.counters(), ..execution };
    end(&mut ended, outcome.failure.as_ref());
    // Enhanced mode's phases overlap, and their durations are always 0.
    if !ended.is_enhanced() {
        outcome.durations.fill(&mut ended.result);
    }
    match fault {
        Some(Fault::DelayReport(delay)) => {
            let (app, place, task, execution) =
                (Arc::clone(app), place.clone(), task.clone(), ended.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                report_later(&app, &place, &task, &execution, &spool).await;
            });
        }
        _ => {
            let truncate = fault == Some(Fault::TruncateReport);
            ended.report_result = write_reports(app, place, &task, &ended, &spool, truncate).await;
        }
    }
    let next = logged(app.store.write(place, |account| Ok(conclude(account, &ended))));
    finish(app, place, &ended, fault);
    let next = next.flatten()?;
    send(app, place, &next, Status::Launching);
    Some(next)
}

async fn run_engine(
    app: &Arc<App>,
    place: &Place,
    (execution, task): (&Execution, &Task),
    fault: Option<Fault>,
    live: &Arc<Live>,
    spool: &Arc<Spool>,
) -> Outcome {
    let client = &app.clients.of(place).logs;
    let group = task.cloud_watch_log_group_arn.as_deref().filter(|_| !app.clients.s3_only);
    let stream = format!("{}-{}", task.id(), execution.id());
    let level = execution.options.log_level.unwrap_or(LogLevel::Off);
    let id = |arn: &str| resource_id(arn).to_owned();
    let enhanced = execution
        .is_enhanced()
        .then(|| [id(&task.source_location_arn), id(&task.destination_location_arn)]);
    let (log, delivering) = TaskLog::open(client, group, stream, level, enhanced);
    let log = Arc::new(log);
    let efs = app
        .store
        .read(place, |account| engine::sides(account, task).map(|(_, efs, _)| efs.clone()));
    let root = match efs {
        Ok(efs) => access_point::directory_of(app, place, &efs).await,
        Err(failure) => Err(failure),
    };
    let job = root.and_then(|root| {
        app.store.read(place, |account| Job::new(app, place, account, task, execution, root))
    });
    let outcome = match job {
        Err(failure) => Outcome::failed_before_start(failure),
        Ok(job) => {
            let on_phase = |phase| enter_and_hold(app, place, &execution.arn, live, phase);
            engine::run(job, Arc::clone(live), Arc::clone(spool), Arc::clone(&log), fault, on_phase)
                .await
        }
    };
    log.ended(outcome.failure.as_ref().map(|failure| failure.detail.as_str()));
    drop(log);
    TaskLog::close(delivering).await;
    outcome
}

/// Writes the report of an execution that has ended already.
async fn report_later(
    app: &Arc<App>,
    place: &Place,
    task: &Task,
    execution: &Execution,
    spool: &Spool,
) {
    let result = write_reports(app, place, task, execution, spool, false).await;
    let kept = app.store.write(place, |account| {
        if let Some(kept) = account.execution_mut(&execution.arn) {
            kept.report_result = result;
        }
        Ok::<_, StoreError>(())
    });
    let _told = logged(kept);
}

fn launch(app: &Arc<App>, place: &Place, arn: &str) -> Option<(Execution, Task, Option<Fault>)> {
    let launched = app.store.write(place, |account| {
        let Some(task) =
            account.execution_mut(arn).map(|execution| execution.task_arn().to_owned())
        else {
            return Ok(None);
        };
        let Some(task) = account.task(&task).cloned() else { return Ok(None) };
        let fault = account.tags.get(&task.arn).and_then(Fault::of_tags);
        let Some(execution) = account.execution_mut(arn) else { return Ok(None) };
        execution.launched = Some(now_seconds() - Fault::earlier(fault));
        Ok::<_, StoreError>(Some((execution.clone(), task, fault)))
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
        let execution =
            account.execution_mut(arn).filter(|execution| execution.status != Status::Cancelling);
        let Some(execution) = execution else { return Ok(false) };
        execution.status = status;
        Ok::<_, StoreError>(true)
    });
    if logged(entered) == Some(true) {
        send(app, place, arn, status);
    }
}

/// Enters the phase, and stays there as long as the task's tag asks for it.
async fn enter_and_hold(app: &Arc<App>, place: &Place, arn: &str, live: &Live, phase: Phase) {
    const PAUSE: Duration = Duration::from_millis(10);
    enter(app, place, arn, phase);
    let task = arn.split("/execution/").next().unwrap_or_default();
    let held = || {
        let fault =
            app.store.read(place, |account| account.tags.get(task).and_then(Fault::of_tags));
        fault == Some(Fault::HoldAt(phase))
    };
    let released = async {
        while held() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = released => {}
        () = live.until_cancelled() => {}
    }
}

/// Puts the ended execution in its place, and promotes the oldest queued one of the task in the
/// same change.
fn conclude(account: &mut Account, ended: &Execution) -> Option<String> {
    if let Some(kept) = account.execution_mut(&ended.arn) {
        let bytes_per_second = kept.options.bytes_per_second;
        *kept = ended.clone();
        kept.options.bytes_per_second = bytes_per_second;
    }
    promote(account, ended.task_arn())
}

/// Launches the oldest queued execution of a task, unless one is active or the task is to stay
/// queued.
fn promote(account: &mut Account, task_arn: &str) -> Option<String> {
    let stays = account.tags.get(task_arn).and_then(Fault::of_tags) == Some(Fault::StayQueued);
    if stays || account.executions_of(task_arn).any(|execution| execution.status.is_active()) {
        return None;
    }
    let mut executions = account.executions.iter_mut();
    let queued = executions.find(|e| e.task_arn() == task_arn && e.status == Status::Queued)?;
    queued.status = Status::Launching;
    Some(queued.arn.clone())
}

fn finish(app: &Arc<App>, place: &Place, ended: &Execution, fault: Option<Fault>) {
    app.running.remove(&ended.arn);
    tracing::info!(
        "{} ended as {} {}",
        ended.arn,
        ended.status,
        ended.result.error_detail.as_deref().unwrap_or("")
    );
    if fault == Some(Fault::LoseEvent) {
        tracing::warn!("{}: its last event is lost, as its task's tag asks", ended.arn);
        app.outbox.close(&ended.arn);
        send_task(app, place, ended.task_arn());
        return;
    }
    send(app, place, &ended.arn, ended.status);
}

fn end(execution: &mut Execution, failure: Option<&Failure>) {
    let ended = now_seconds();
    execution.status = if failure.is_some() { Status::Error } else { Status::Success };
    execution.ended = Some(ended);
    let begun = execution.launched.unwrap_or(execution.started);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates"
    )]
    let total = ((ended - begun) * 1000.0) as u64;
    execution.result = ResultDetail {
        total_duration: total,
        error_code: failure.map(|failure| failure.code.to_owned()),
        error_detail: failure.map(|failure| failure.detail.clone()),
        ..ResultDetail::default()
    };
    if execution.launched.is_none() {
        fail_pending_report(execution);
    }
}

fn fail_pending_report(execution: &mut Execution) {
    let unreported = |report: &ReportResult| report.status == PhaseStatus::Pending;
    if execution.report_result.as_ref().is_some_and(unreported) {
        let detail = "Execution error occurred prior to generating any Task Reports";
        execution.report_result = Some(report_failed(detail));
    }
}

fn send(app: &Arc<App>, place: &Place, execution_arn: &str, status: Status) {
    app.outbox.send(StateChange::of_execution(place.clone(), execution_arn, status));
    send_task(app, place, execution_arn.split("/execution/").next().unwrap_or_default());
}

/// What the execution's change makes of its task.
fn send_task(app: &Arc<App>, place: &Place, task_arn: &str) {
    let state = app.store.read(place, |account| account.status_of_task(task_arn));
    app.outbox.send_task(place, task_arn, state);
}

fn logged<T>(result: Result<T, StoreError>) -> Option<T> {
    result.inspect_err(|error| tracing::error!("{}", aws::failure::chain(error))).ok()
}
