//! The only module that changes AWS: carries out a plan, concurrently where nothing depends on
//! something else, then looks again and requires that nothing is left to do.
//!
//! A crash between any two calls is mended by the next run: it observes what was made and plans the
//! rest.

mod executor;

use std::time::Duration;

use tokio::time::Instant;

use crate::Aws;
use crate::denial::Young;
use crate::graph::Graph;
use crate::kind_error::{KindError, texts};
use crate::observe::{ObserveError, Observed, observe};
use crate::plan::{self, Plan, Step};
use crate::render;
use crate::wait::{self, VISIBLE};
use executor::{ApplyPhase, Executor};

/// Hears what happens, while it happens.
pub trait ApplyProgress: Send + Sync {
    /// What is about to be carried out.
    fn on_planned(&self, _plan: &Plan) {}
    fn on_started(&self, step: &Step);
    fn on_finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl ApplyProgress for NoProgress {
    fn on_started(&self, _step: &Step) {}
    fn on_finished(&self, _step: &Step, _elapsed: Duration, _failure: Option<&KindError>) {}
}

/// What was done, and what exists now.
#[derive(Clone, Debug)]
pub struct Applied {
    pub plan: Plan,
    pub observed: Observed,
}

/// Makes AWS equal to the graph. `stop_at` is when to begin no further step; what is left, the next
/// call does.
///
/// # Errors
/// [`ApplyError`]; whatever was done stays done, and calling again goes on from there.
pub async fn apply(
    aws: &Aws,
    graph: &Graph,
    progress: &dyn ApplyProgress,
    stop_at: Option<Instant>,
) -> Result<Applied, ApplyError> {
    let observed = observe(aws, graph).await?;
    let plan = plan::plan(graph, &observed);
    if let Some(reasons) = blocked(&plan) {
        return Err(ApplyError::Blocked { reasons });
    }
    if plan.is_empty() {
        return Ok(Applied { plan, observed });
    }
    progress.on_planned(&plan);
    let mut executor = Executor {
        aws,
        graph,
        plan: &plan,
        observed: &observed,
        progress,
        stop_at,
        young: Young::new(aws.denials_pass_until),
    };
    executor.carry_out(ApplyPhase::DestroyReplaced).await?;
    executor.carry_out(ApplyPhase::CreateOrUpdate).await?;
    // Last: until then something that is wanted may still have held on to it.
    executor.carry_out(ApplyPhase::Destroy).await?;
    let observed =
        until_nothing_is_left(aws, graph, |observed| plan::plan(graph, observed)).await?;
    Ok(Applied { plan, observed })
}

/// Takes away what the graph describes, dependents first; data only with `delete_data`.
///
/// # Errors
/// [`ApplyError`]; whatever was deleted stays deleted, and calling again goes on from there.
pub async fn destroy(
    aws: &Aws,
    graph: &Graph,
    delete_data: bool,
    progress: &dyn ApplyProgress,
    stop_at: Option<Instant>,
) -> Result<Applied, ApplyError> {
    let observed = observe(aws, graph).await?;
    let plan = plan::destroy(graph, &observed, delete_data);
    if plan.is_empty() {
        return Ok(Applied { plan, observed });
    }
    progress.on_planned(&plan);
    let mut executor = Executor {
        aws,
        graph,
        plan: &plan,
        observed: &observed,
        progress,
        stop_at,
        young: Young::new(aws.denials_pass_until),
    };
    executor.carry_out(ApplyPhase::Destroy).await?;
    let observed =
        until_nothing_is_left(aws, graph, |observed| plan::destroy(graph, observed, delete_data))
            .await?;
    Ok(Applied { plan, observed })
}

/// Looks again. What was just written may take a while to be seen.
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

fn blocked(plan: &Plan) -> Option<String> {
    let reasons = plan.blocked();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Why AWS is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the plan can't be applied: {reasons}")]
    Blocked { reasons: String },
    #[error(transparent)]
    Observe(#[from] ObserveError),
    #[error("{} of the steps failed, {done} were done and {left} wait for them; run it again, it goes on from there: {}", failed.len(), texts(failed))]
    Failed { failed: Vec<KindError>, done: usize, left: usize },
    #[error("out of time after {done} steps, {left} are left; run it again, it goes on from there")]
    OutOfTime { done: usize, left: usize },
    #[error("every step was done, and yet AWS is not as it should be:\n{left}")]
    NotConverged { left: String },
}

#[cfg(test)]
mod tests;
