//! Invokes `bootstrap-stack` for the data plane, shows its progress, and invokes it again after an
//! interruption by its timeout of 15 minutes.
//!
//! Rule: invocations without progress are repeated only [`MAX_ROUNDS_WITHOUT_PROGRESS`] times in a
//! row, and all invocations at most [`MAX_ROUNDS`] times.

use std::time::Duration;

use anyhow::Result;
use bootstrap_stack::BootstrapOutcome;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use domain::records::keys::PROGRESS;
use domain::records::progress::Progress;
use domain::request::BootstrapRequest;
use reconciler::plan::Counts;
use tokio::time::sleep;

use crate::context::StackContext;
use crate::error::InvokeError;
use crate::invoke;
use crate::ui::output;
use crate::ui::progress::{StepDisplay, show_while};

/// Each takes at most 15 minutes. The longest change of a data plane takes one.
const MAX_ROUNDS: usize = 24;
/// Interrupted before a single step ended. Emptying a bucket with millions of versions is one step
/// and takes hours, at a thousand versions per call.
const MAX_ROUNDS_WITHOUT_PROGRESS: usize = 8;
/// The lock of an interrupted invocation expires at the end of its timeout, after 15 minutes at
/// most.
const MAX_WAITS: usize = 200;
const WAIT_ON_AWS: Duration = Duration::from_secs(5);
const WAIT_LOCALLY: Duration = Duration::from_millis(500);
const POLL_ON_AWS: Duration = Duration::from_secs(1);
const POLL_LOCALLY: Duration = Duration::from_millis(300);

/// The outcome, and the changes of all invocations together.
pub(crate) struct DataPlaneResult {
    pub outcome: BootstrapOutcome,
    pub counts: Counts,
    /// Kind and id of each.
    pub deleted: Vec<String>,
}

/// Invokes the function until the request is completed.
pub(crate) async fn run_bootstrap_stack(
    context: &StackContext,
    request: &BootstrapRequest,
) -> Result<DataPlaneResult> {
    let mut shown = StepDisplay::ignoring_past(read_progress(context).await);
    let mut rounds = InvocationRounds::default();
    loop {
        let before = shown.counts();
        let error = match invoke_shown(context, request, &mut shown).await {
            Ok(outcome) => return Ok(merge_result(outcome, &shown)),
            Err(error) => error,
        };
        match rounds.next_round(&error, shown.counts() != before) {
            NextRound::Again(why) => output::print_progress(format!("  {why}; resuming …")),
            NextRound::Wait { first } => wait_for_lock(context.local, first).await,
            NextRound::Stop => return Err(error.into()),
        }
    }
}

/// Invokes the function and shows its progress meanwhile.
async fn invoke_shown(
    context: &StackContext,
    request: &BootstrapRequest,
    shown: &mut StepDisplay,
) -> Result<BootstrapOutcome, InvokeError> {
    let pause = if context.local { POLL_LOCALLY } else { POLL_ON_AWS };
    let asked = invoke::invoke_function(context, FunctionName::BootstrapStack, request);
    show_while(shown, pause, async || read_progress(context).await, asked).await
}

async fn wait_for_lock(local: bool, first: bool) {
    if first {
        output::print_progress("  waiting for the lock of the interrupted invocation …");
    }
    sleep(if local { WAIT_LOCALLY } else { WAIT_ON_AWS }).await;
}

/// Merges the outcome with the steps that were shown: the steps cover all earlier invocations, and
/// the outcome covers the last one exactly.
fn merge_result(outcome: BootstrapOutcome, shown: &StepDisplay) -> DataPlaneResult {
    let mut result = DataPlaneResult {
        counts: shown.counts(),
        deleted: shown.deleted_resources().to_vec(),
        outcome,
    };
    match &result.outcome {
        BootstrapOutcome::Applied { counts, .. } => {
            result.counts = larger_counts(result.counts, *counts);
        }
        BootstrapOutcome::Destroyed { deleted, .. } => {
            let unseen: Vec<String> =
                deleted.iter().filter(|name| !result.deleted.contains(name)).cloned().collect();
            result.deleted.extend(unseen);
        }
        _ => {}
    }
    result
}

fn larger_counts(shown: Counts, answered: Counts) -> Counts {
    Counts {
        add: shown.add.max(answered.add),
        change: shown.change.max(answered.change),
        destroy: shown.destroy.max(answered.destroy),
    }
}

/// Reads the progress document. It is not shown if it cannot be read.
async fn read_progress(context: &StackContext) -> Option<Progress> {
    context.records.read(PROGRESS).await.ok().flatten()
}

/// The invocations so far.
#[derive(Debug, Default)]
struct InvocationRounds {
    asked: usize,
    /// The number of invocations without progress in a row.
    without_progress: usize,
    waits: usize,
    /// The last invocation, apart from waits, was interrupted without a response. It may still hold
    /// the lock.
    interrupted: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum NextRound {
    Again(&'static str),
    Wait { first: bool },
    Stop,
}

impl InvocationRounds {
    fn next_round(&mut self, error: &InvokeError, progressed: bool) -> NextRound {
        if error.has_code(ErrorCode::Locked) && self.interrupted && self.waits < MAX_WAITS {
            self.waits += 1;
            return NextRound::Wait { first: self.waits == 1 };
        }
        let Some(why) = why_again(error) else { return NextRound::Stop };
        self.asked += 1;
        self.waits = 0;
        self.interrupted = !error.has_code(ErrorCode::OutOfTime);
        self.without_progress = if progressed || error.has_code(ErrorCode::OutOfTime) {
            0
        } else {
            self.without_progress + 1
        };
        let further =
            self.asked < MAX_ROUNDS && self.without_progress < MAX_ROUNDS_WITHOUT_PROGRESS;
        if further { NextRound::Again(why) } else { NextRound::Stop }
    }
}

/// Returns the reason for another invocation; `None` after an error that it would not change.
fn why_again(error: &InvokeError) -> Option<&'static str> {
    match error {
        InvokeError::Failed { code: Some(ErrorCode::OutOfTime), .. } => {
            Some("bootstrap-stack reached its time limit before it was done")
        }
        InvokeError::TimedOut { .. } => Some("Lambda stopped bootstrap-stack at its timeout"),
        InvokeError::Call { source, .. } if source.code.is_none() => {
            Some("the connection to bootstrap-stack was lost")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
