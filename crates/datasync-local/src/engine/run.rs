//! One execution from its first phase to its last.

use std::sync::Arc;
use std::time::Instant;

use crate::engine::context::EngineContext;
use crate::engine::execution_input::ExecutionInput;
use crate::engine::failure::{ExecutionFailure, Stop};
use crate::engine::plan::prepare::{CopyPlan, prepare};
use crate::engine::progress::CopyProgress;
use crate::engine::record_list::RecordList;
use crate::engine::transfer::directories::finish_directories;
use crate::engine::transfer::remove::remove_items;
use crate::engine::transfer::write_items::TransferTotals;
use crate::engine::verify::subjects::{verify_everything, verify_transferred};
use crate::faults::Fault;
use crate::logs::TaskLog;
use crate::report::Spool;
use crate::state::{PhaseStatus, ResultDetail, VerifyMode};

/// A phase of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Prepare,
    Transfer,
    Verify,
}

/// The end of an execution: a success when there is no failure.
#[derive(Debug)]
pub struct EngineOutcome {
    pub failure: Option<ExecutionFailure>,
    pub phase_times: PhaseTimes,
}

/// Milliseconds and result of each phase, in their order.
#[derive(Debug, Default)]
pub struct PhaseTimes([(u64, PhaseStatus); 3]);

/// The number of items that failed.
#[derive(Debug, Default)]
struct ItemProblems {
    not_copied: u64,
    mismatches: u64,
}

impl EngineOutcome {
    /// The outcome of an execution that failed before its first phase.
    #[must_use]
    pub fn failed_before_start(failure: ExecutionFailure) -> Self {
        Self { failure: Some(failure), phase_times: PhaseTimes::default() }
    }
}

impl PhaseTimes {
    /// Copies the times and results into the execution's result.
    pub fn fill_result(&self, result: &mut ResultDetail) {
        let [prepare, transfer, verify] = self.0;
        (result.prepare_duration, result.prepare_status) = prepare;
        (result.transfer_duration, result.transfer_status) = transfer;
        (result.verify_duration, result.verify_status) = verify;
    }

    fn record_phase(&mut self, phase: Phase, begun: Instant, success: bool) {
        let status = if success { PhaseStatus::Success } else { PhaseStatus::Error };
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0[phase as usize] = (millis, status);
    }
}

/// Runs the execution. Each phase begins when the future of `on_phase` has ended.
pub async fn run<Entered: Future<Output = ()>>(
    input: ExecutionInput,
    progress: Arc<CopyProgress>,
    spool: Arc<Spool>,
    log: Arc<TaskLog>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase) -> Entered,
) -> EngineOutcome {
    let mut phase_times = PhaseTimes::default();
    let ended = match launch(input, progress, spool, log, fault).await {
        Ok(context) => {
            let ended = run_phases(&context, fault, on_phase, &mut phase_times).await;
            save_metadata_cache(&context).await;
            ended
        }
        Err(stop) => Err(stop),
    };
    EngineOutcome { failure: failure_of(ended), phase_times }
}

fn failure_of(ended: Result<ItemProblems, Stop>) -> Option<ExecutionFailure> {
    match ended {
        Err(stop) => Some(stop.to_failure()),
        Ok(ItemProblems { mismatches: 1.., .. }) => Some(ExecutionFailure::of_mismatches()),
        Ok(ItemProblems { not_copied: 1.., .. }) => Some(ExecutionFailure::of_skipped_files()),
        Ok(_) => None,
    }
}

async fn run_phases<Entered: Future<Output = ()>>(
    context: &Arc<EngineContext>,
    fault: Option<Fault>,
    on_phase: impl Fn(Phase) -> Entered,
    times: &mut PhaseTimes,
) -> Result<ItemProblems, Stop> {
    on_phase(Phase::Prepare).await;
    let begun = Instant::now();
    let prepared = unless_fault(fault, Phase::Prepare, prepare(context)).await;
    times.record_phase(Phase::Prepare, begun, prepared.is_ok());
    let mut plan = prepared?;

    on_phase(Phase::Transfer).await;
    let begun = Instant::now();
    let transferred = unless_fault(fault, Phase::Transfer, transfer(context, &mut plan)).await;
    let all_transferred = transferred.as_ref().is_ok_and(|totals| totals.failed == 0);
    times.record_phase(Phase::Transfer, begun, all_transferred);
    let totals = transferred?;
    let not_copied = plan.unreadable + totals.failed;

    on_phase(Phase::Verify).await;
    let begun = Instant::now();
    let verified = unless_fault(fault, Phase::Verify, verify(context, totals, plan)).await;
    let all_agree = verified.as_ref().is_ok_and(|mismatches| *mismatches == 0);
    times.record_phase(Phase::Verify, begun, all_agree);
    Ok(ItemProblems { not_copied, mismatches: verified? })
}

/// Runs the phase, unless an injected fault ends it.
async fn unless_fault<T>(
    fault: Option<Fault>,
    phase: Phase,
    run: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    check_fault(fault, phase)?;
    run.await
}

/// Writes the metadata cache: its content is true however the execution ended. Without it the next
/// execution sends more requests.
async fn save_metadata_cache(context: &Arc<EngineContext>) {
    let owner = Arc::clone(context);
    let saved = tokio::task::spawn_blocking(move || owner.cache.save()).await;
    if let Err(error) = saved.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        tracing::warn!("the metadata cache could not be written: {error}");
    }
}

fn check_fault(fault: Option<Fault>, phase: Phase) -> Result<(), Stop> {
    match fault {
        Some(Fault::FailAt(at, reason)) if at == phase => Err(Stop::Fault(reason)),
        _ => Ok(()),
    }
}

async fn apply_launch_fault(progress: &CopyProgress, fault: Option<Fault>) -> Result<(), Stop> {
    if matches!(fault, Some(Fault::StayLaunching(_))) {
        progress.until_cancelled().await;
    }
    if progress.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    match fault {
        Some(Fault::FailAtLaunching(reason)) => Err(Stop::Fault(reason)),
        _ => Ok(()),
    }
}

/// Opens the two sides. The real service mounts the file system here, so a missing directory is a
/// file system that cannot be mounted.
async fn launch(
    input: ExecutionInput,
    progress: Arc<CopyProgress>,
    spool: Arc<Spool>,
    log: Arc<TaskLog>,
    fault: Option<Fault>,
) -> Result<Arc<EngineContext>, Stop> {
    apply_launch_fault(&progress, fault).await?;
    let open = move || EngineContext::open(input, progress, spool, log).map(Arc::new);
    tokio::task::spawn_blocking(open)
        .await
        .unwrap_or_else(|_| Err(Stop::Broken("mounting".to_owned())))
}

/// Writes items and then removes items, so that nothing is removed before its successor exists. In
/// a restore, items that need a removal first are written after the removals, and directories are
/// finished last.
async fn transfer(
    context: &Arc<EngineContext>,
    plan: &mut CopyPlan,
) -> Result<TransferTotals, Stop> {
    let mut totals = TransferTotals::new()?;
    let defer = context.settings.is_restore() && context.settings.remove_deleted;
    let actions = std::mem::replace(&mut plan.actions, RecordList::new()?);
    totals.write_all(context, actions.into_forward()?, defer).await?;
    totals.failed += remove_items(context, plan).await?;
    let deferred = std::mem::replace(&mut totals.deferred, RecordList::new()?);
    totals.write_all(context, deferred.into_forward()?, false).await?;
    let directories = std::mem::replace(&mut plan.directories, RecordList::new()?);
    finish_directories(context, directories, &mut totals).await?;
    Ok(totals)
}

async fn verify(
    context: &Arc<EngineContext>,
    totals: TransferTotals,
    plan: CopyPlan,
) -> Result<u64, Stop> {
    match context.settings.verify {
        VerifyMode::None => Ok(0),
        VerifyMode::OnlyFilesTransferred => verify_transferred(context, totals.written).await,
        VerifyMode::PointInTimeConsistent => {
            // Where a part of the source could not be read, nothing was removed.
            let removed = context.settings.remove_deleted && plan.unreadable == 0;
            verify_everything(context, plan.left_alone, removed).await
        }
    }
}
