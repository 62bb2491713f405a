//! One execution from its first phase to its last.

use std::sync::Arc;
use std::time::Instant;

use super::failure::{Failure, Stop};
use super::job::{Job, Run};
use super::live::Live;
use super::prepare::{Plan, prepare};
use super::remove::removed;
use super::spill::Spill;
use super::staging::Staging;
use super::transfer::Transferred;
use super::tree::Tree;
use super::{folders, verify};
use crate::faults::Fault;
use crate::logs::TaskLog;
use crate::report::Spool;
use crate::state::{PhaseStatus, ResultDetail, VerifyMode};

/// What an execution is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Prepare,
    Transfer,
    Verify,
}

/// How an execution ended. Without a failure it was a success.
#[derive(Debug)]
pub struct Outcome {
    pub failure: Option<Failure>,
    pub durations: Durations,
}

/// Milliseconds and result of each phase, in their order.
#[derive(Debug, Default)]
pub struct Durations([(u64, PhaseStatus); 3]);

/// What went wrong with single items.
#[derive(Debug, Default)]
struct Problems {
    items: u64,
    mismatches: u64,
}

impl Outcome {
    /// Nothing was begun.
    #[must_use]
    pub fn failed_before_start(failure: Failure) -> Self {
        Self { failure: Some(failure), durations: Durations::default() }
    }
}

impl Durations {
    /// Puts them into the execution's result.
    pub fn fill(&self, result: &mut ResultDetail) {
        let [prepare, transfer, verify] = self.0;
        (result.prepare_duration, result.prepare_status) = prepare;
        (result.transfer_duration, result.transfer_status) = transfer;
        (result.verify_duration, result.verify_status) = verify;
    }

    fn note(&mut self, phase: Phase, begun: Instant, success: bool) {
        let status = if success { PhaseStatus::Success } else { PhaseStatus::Error };
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0[phase as usize] = (millis, status);
    }
}

/// Runs the job. `on_phase` is told of each phase as it begins, which waits for it.
pub async fn run<Told: Future<Output = ()>>(
    job: Job,
    live: Arc<Live>,
    spool: Arc<Spool>,
    log: Arc<TaskLog>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase) -> Told,
) -> Outcome {
    let mut durations = Durations::default();
    let ended = match launch(job, live, spool, log, fault).await {
        Ok(run) => {
            let ended = phases(&run, fault, on_phase, &mut durations).await;
            keep_ledger(&run).await;
            ended
        }
        Err(stop) => Err(stop),
    };
    let failure = match ended {
        Err(stop) => Some(stop.to_failure()),
        Ok(Problems { mismatches: 1.., .. }) => Some(Failure::mismatches()),
        Ok(Problems { items: 1.., .. }) => Some(Failure::skipped_files()),
        Ok(_) => None,
    };
    Outcome { failure, durations }
}

async fn phases<Told: Future<Output = ()>>(
    run: &Arc<Run>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase) -> Told,
    durations: &mut Durations,
) -> Result<Problems, Stop> {
    on_phase(Phase::Prepare).await;
    let begun = Instant::now();
    let plan = match injected(fault, Phase::Prepare) {
        Ok(()) => prepare(run).await,
        Err(stop) => Err(stop),
    };
    durations.note(Phase::Prepare, begun, plan.is_ok());
    let mut plan = plan?;

    on_phase(Phase::Transfer).await;
    let begun = Instant::now();
    let transferred = match injected(fault, Phase::Transfer) {
        Ok(()) => transfer(run, &mut plan).await,
        Err(stop) => Err(stop),
    };
    durations.note(Phase::Transfer, begun, transferred.as_ref().is_ok_and(|done| done.failed == 0));
    let transferred = transferred?;
    let items = plan.unreadable + transferred.failed;

    on_phase(Phase::Verify).await;
    let begun = Instant::now();
    let mismatches = match injected(fault, Phase::Verify) {
        Ok(()) => verified(run, transferred, plan).await,
        Err(stop) => Err(stop),
    };
    durations.note(
        Phase::Verify,
        begun,
        mismatches.as_ref().is_ok_and(|mismatches| *mismatches == 0),
    );
    Ok(Problems { items, mismatches: mismatches? })
}

/// What was learnt is true however the execution ended. Without it the next one asks again.
async fn keep_ledger(run: &Arc<Run>) {
    let keeper = Arc::clone(run);
    let kept = tokio::task::spawn_blocking(move || keeper.ledger.close()).await;
    if let Err(error) = kept.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        tracing::warn!("the ledger could not be written: {error}");
    }
}

fn injected(fault: Option<Fault>, phase: Phase) -> Result<(), Stop> {
    match fault {
        Some(Fault::FailAt(at, reason)) if at == phase => Err(Stop::Fault(reason)),
        _ => Ok(()),
    }
}

/// What the real service does here is mount; a directory that is not there is a file system that
/// cannot be mounted.
async fn launch(
    job: Job,
    live: Arc<Live>,
    spool: Arc<Spool>,
    log: Arc<TaskLog>,
    fault: Option<Fault>,
) -> Result<Arc<Run>, Stop> {
    if matches!(fault, Some(Fault::StayLaunching(_))) {
        live.until_cancelled().await;
    }
    if live.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    if let Some(Fault::FailAtLaunching(reason)) = fault {
        return Err(Stop::Fault(reason));
    }
    let mount = move || {
        let failed = |source| Stop::Mount { path: job.root.path(), source };
        let tree = Tree::open(&job.root).map_err(failed)?;
        let staging = if job.restores() {
            Some(Staging::make(&tree, &job.execution_id).map_err(failed)?)
        } else {
            None
        };
        Ok(Arc::new(Run::new(job, tree, staging.map(Arc::new), live, spool, log)))
    };
    tokio::task::spawn_blocking(mount)
        .await
        .unwrap_or_else(|_| Err(Stop::Broken("mounting".to_owned())))
}

/// Writes what is to be written, then removes what is to be removed, so that nothing is gone before
/// its successor is there. Of a restore, what only a removal makes room for comes after it, and
/// directories last.
async fn transfer(run: &Arc<Run>, plan: &mut Plan) -> Result<Transferred, Stop> {
    let mut done = Transferred::new()?;
    let defer = run.job.restores() && run.job.settings.remove_deleted;
    let actions = std::mem::replace(&mut plan.actions, Spill::new()?);
    done.write(run, actions.into_records()?, defer).await?;
    done.failed += removed(run, plan).await?;
    let deferred = std::mem::replace(&mut done.deferred, Spill::new()?);
    done.write(run, deferred.into_records()?, false).await?;
    let folders = std::mem::replace(&mut plan.folders, Spill::new()?);
    folders::finish(run, folders, &mut done).await?;
    Ok(done)
}

async fn verified(run: &Arc<Run>, transferred: Transferred, plan: Plan) -> Result<u64, Stop> {
    match run.job.settings.verify {
        VerifyMode::None => Ok(0),
        VerifyMode::OnlyFilesTransferred => verify::transferred(run, transferred.written).await,
        VerifyMode::PointInTimeConsistent => {
            // Where a part of the source could not be seen, nothing was removed.
            let removed = run.job.settings.remove_deleted && plan.unreadable == 0;
            verify::everything(run, plan.left_alone, removed).await
        }
    }
}
