//! One execution from its first phase to its last.

use std::sync::Arc;
use std::time::Instant;

use super::failure::{Failure, Stop};
use super::job::{Job, Run};
use super::live::Live;
use super::prepare::prepare;
use super::remove::remove;
use super::transfer::transfer;
use super::verify;
use crate::faults::Fault;
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

/// Runs the job. `on_phase` is told of each phase as it begins.
pub async fn run(
    job: Job,
    live: Arc<Live>,
    spool: Arc<Spool>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase),
) -> Outcome {
    let run = Arc::new(Run::new(job, live, spool));
    let mut durations = Durations::default();
    let failure = match phases(&run, fault, on_phase, &mut durations).await {
        Err(stop) => Some(stop.to_failure()),
        Ok(Problems { mismatches: 1.., .. }) => Some(Failure::mismatches()),
        Ok(Problems { items: 1.., .. }) => Some(Failure::skipped_files()),
        Ok(_) => None,
    };
    Outcome { failure, durations }
}

async fn phases(
    run: &Arc<Run>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase),
    durations: &mut Durations,
) -> Result<Problems, Stop> {
    launch(run, fault).await?;

    on_phase(Phase::Prepare);
    let begun = Instant::now();
    let plan = prepare(run).await;
    durations.note(Phase::Prepare, begun, plan.is_ok());
    let plan = plan?;

    on_phase(Phase::Transfer);
    let begun = Instant::now();
    let transferred = match fault {
        Some(Fault::FailAtTransferring) => Err(Stop::Fault),
        _ => transfer(run, plan.actions).await,
    };
    durations.note(Phase::Transfer, begun, transferred.as_ref().is_ok_and(|done| done.failed == 0));
    let transferred = transferred?;
    let mut problems = Problems { items: plan.unreadable + transferred.failed, mismatches: 0 };
    problems.items += removed(run, plan.removals, plan.unreadable).await?;

    on_phase(Phase::Verify);
    let begun = Instant::now();
    let mismatches = match run.job.settings.verify {
        VerifyMode::None => Ok(0),
        VerifyMode::OnlyFilesTransferred => verify::transferred(run, transferred.written).await,
        VerifyMode::PointInTimeConsistent => verify::everything(run, plan.left_alone).await,
    };
    durations.note(Phase::Verify, begun, mismatches.as_ref().is_ok_and(|mismatches| *mismatches == 0));
    problems.mismatches = mismatches?;
    Ok(problems)
}

/// What the real service does here is mount; a directory that is not there is a file system that cannot be mounted.
async fn launch(run: &Run, fault: Option<Fault>) -> Result<(), Stop> {
    if fault == Some(Fault::StayLaunching) {
        run.live.until_cancelled().await;
    }
    if run.live.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    let path = &run.job.source;
    let opened = tokio::fs::read_dir(path).await;
    opened.map(|_| ()).map_err(|source| Stop::Source { path: path.clone(), source })
}

/// Removes, unless a part of the source could not be seen: what is there might only be unreadable.
async fn removed(run: &Arc<Run>, removals: Vec<super::listing::Listed>, unreadable: u64) -> Result<u64, Stop> {
    if unreadable > 0 && !removals.is_empty() {
        tracing::warn!("{} objects are kept: {unreadable} items of the source could not be read", removals.len());
        return Ok(0);
    }
    remove(run, removals).await
}
