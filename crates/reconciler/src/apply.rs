//! The only module that changes AWS. It carries out a plan, with independent steps in parallel,
//! then reads again and requires that nothing is left to do.
//!
//! A crash between any two calls is repaired by the next run: it reads what exists and plans the
//! rest.

mod executor;

use std::time::Duration;

use executor::{ApplyPhase, Executor};
use tokio::time::Instant;

use crate::Aws;
use crate::denial::Young;
use crate::graph::Graph;
use crate::kind_error::{KindError, join_errors};
use crate::observe::{ObserveError, Observed, observe};
use crate::plan::{self, Plan, Step};
use crate::render;
use crate::wait::{self, VISIBLE};

/// A listener that is called while a plan is carried out.
pub trait ApplyProgress: Send + Sync {
    /// Called before the first step.
    fn on_planned(&self, _plan: &Plan) {}
    fn on_started(&self, step: &Step);
    fn on_finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>);
}

/// A listener that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl ApplyProgress for NoProgress {
    fn on_started(&self, _step: &Step) {}
    fn on_finished(&self, _step: &Step, _elapsed: Duration, _failure: Option<&KindError>) {}
}

/// The plan that was carried out, and the live resources after it.
#[derive(Clone, Debug)]
pub struct Applied {
    pub plan: Plan,
    pub observed: Observed,
}

/// Makes AWS equal to the graph. No step starts after `stop_at`; the next call carries out the
/// rest.
///
/// # Errors
/// [`ApplyError`]; completed steps stay, and the next call resumes.
pub async fn apply(
    aws: &Aws,
    graph: &Graph,
    progress: &dyn ApplyProgress,
    stop_at: Option<Instant>,
) -> Result<Applied, ApplyError> {
    let observed = observe(aws, graph).await?;
    let plan = plan::plan(graph, &observed);
    if let Some(reasons) = blocking_reasons(&plan) {
        return Err(ApplyError::Blocked { reasons });
    }
    // `Destroy` is last: until then a desired resource may still have used a pruned one.
    let phases = [ApplyPhase::DestroyReplaced, ApplyPhase::CreateOrUpdate, ApplyPhase::Destroy];
    let before = Applied { plan, observed };
    let replan = |observed: &Observed| plan::plan(graph, observed);
    carry_out(aws, graph, before, &phases, progress, stop_at, replan).await
}

/// Deletes the resources of the graph, dependents first; data only with `delete_data`.
///
/// # Errors
/// [`ApplyError`]; completed deletions stay, and the next call resumes.
pub async fn destroy(
    aws: &Aws,
    graph: &Graph,
    delete_data: bool,
    progress: &dyn ApplyProgress,
    stop_at: Option<Instant>,
) -> Result<Applied, ApplyError> {
    let observed = observe(aws, graph).await?;
    let plan = plan::destroy(graph, &observed, delete_data);
    let before = Applied { plan, observed };
    let replan = |observed: &Observed| plan::destroy(graph, observed, delete_data);
    carry_out(aws, graph, before, &[ApplyPhase::Destroy], progress, stop_at, replan).await
}

/// Carries out a plan phase by phase, then requires that `replan` finds nothing more to do.
async fn carry_out(
    aws: &Aws,
    graph: &Graph,
    before: Applied,
    phases: &[ApplyPhase],
    progress: &dyn ApplyProgress,
    stop_at: Option<Instant>,
    replan: impl Fn(&Observed) -> Plan,
) -> Result<Applied, ApplyError> {
    if before.plan.is_empty() {
        return Ok(before);
    }
    let Applied { plan, observed } = before;
    progress.on_planned(&plan);
    let young = Young::new(aws.denials_pass_until);
    let mut executor =
        Executor { aws, graph, plan: &plan, observed: &observed, progress, stop_at, young };
    for phase in phases {
        executor.carry_out(*phase).await?;
    }
    let observed = until_nothing_is_left(aws, graph, replan).await?;
    Ok(Applied { plan, observed })
}

/// Reads until the plan is empty: a write may become visible with a delay.
async fn until_nothing_is_left(
    aws: &Aws,
    graph: &Graph,
    left: impl Fn(&Observed) -> Plan,
) -> Result<Observed, ApplyError> {
    let mut last = String::new();
    let settled = wait::until(VISIBLE, async || {
        let observed = observe(aws, graph).await?;
        let plan = left(&observed);
        if plan.is_empty() {
            return Ok::<_, ObserveError>(Some(observed));
        }
        last = render::plan(&plan);
        Ok(None)
    });
    settled.await?.ok_or(ApplyError::NotConverged { left: last })
}

fn blocking_reasons(plan: &Plan) -> Option<String> {
    let reasons = plan.blocked();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// The reasons why AWS still differs from the graph.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the plan can't be applied: {reasons}")]
    Blocked { reasons: String },
    #[error(transparent)]
    Observe(#[from] ObserveError),
    #[error(
        "{} of the steps failed, {done} succeeded and {left} were not started; run the command \
         again to resume: {}",
        failed.len(),
        join_errors(failed)
    )]
    Failed { failed: Vec<KindError>, done: usize, left: usize },
    #[error("timeout after {done} steps, {left} were not started; run the command again to resume")]
    OutOfTime { done: usize, left: usize },
    #[error("every step succeeded, but AWS still differs from the configuration:\n{left}")]
    NotConverged { left: String },
}

#[cfg(test)]
mod tests;
