//! Carries out the steps of a plan, each as soon as what it waits for is done.

mod attempts;
mod order;

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{ApplyError, ApplyProgress};
use crate::Aws;
use crate::denial::Young;
use crate::graph::Graph;
use crate::kind_error::{Cause, KindError};
use crate::observe::Observed;
use crate::plan::{Action, Plan, Step};
use crate::reference::{self, Attributes};
use crate::resource_id::ResourceId;
use crate::resources::Resource;
use crate::wait::{self, VISIBLE};

/// The number of steps that run at once. Most of a step is waiting, so that fewer would make the
/// syncs of a stack wait for each other; a service that throttles slows its own calls down.
const AT_ONCE: usize = 64;

/// Which steps of the plan, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApplyPhase {
    /// Deletes the resources that will be replaced, dependents before their dependencies.
    DestroyReplaced,
    CreateOrUpdate,
    Destroy,
}

pub(super) struct Executor<'a> {
    pub aws: &'a Aws,
    pub graph: &'a Graph,
    pub plan: &'a Plan,
    pub observed: &'a Observed,
    pub progress: &'a dyn ApplyProgress,
    pub stop_at: Option<Instant>,
    pub young: Young,
}

/// The result of a step: the attributes that other resources may refer to.
type Done = Result<Option<BTreeMap<String, String>>, KindError>;

/// A resource with its references replaced.
struct ResolvedResource {
    resource: Resource,
    /// Whether all of them were known.
    complete: bool,
}

impl Executor<'_> {
    pub(super) async fn carry_out(&mut self, phase: ApplyPhase) -> Result<(), ApplyError> {
        let mut waiting = self.order_steps(phase);
        let mut known = self.observed.attributes();
        let mut running: FuturesUnordered<LocalBoxFuture<'_, (ResourceId, Done)>> =
            FuturesUnordered::new();
        let mut failed = Vec::new();
        let mut done = 0;
        loop {
            while running.len() < AT_ONCE && !self.out_of_time() {
                let Some(step) = waiting.take_ready() else { break };
                let resolved = self.resolve_step(step, &known);
                running.push(Box::pin(self.perform_step(phase, step, resolved)));
            }
            let Some((id, result)) = running.next().await else { break };
            match result {
                Ok(attributes) => {
                    done += 1;
                    waiting.note_done(&id);
                    known.extend(attributes.map(|attributes| (id, attributes)));
                }
                Err(error) => failed.push(error),
            }
        }
        let left = waiting.len();
        match (failed.is_empty(), left) {
            (true, 0) => Ok(()),
            (true, _) => Err(ApplyError::OutOfTime { done, left }),
            (false, _) => Err(ApplyError::Failed { failed, done, left }),
        }
    }

    fn out_of_time(&self) -> bool {
        self.stop_at.is_some_and(|stop_at| Instant::now() >= stop_at)
    }

    async fn perform_step(
        &self,
        phase: ApplyPhase,
        step: &Step,
        resolved: Result<ResolvedResource, KindError>,
    ) -> (ResourceId, Done) {
        let begun = Instant::now();
        self.progress.on_started(step);
        let makes = matches!(step.action, Action::Create { .. } | Action::Replace { .. });
        if phase == ApplyPhase::CreateOrUpdate && makes {
            self.young.note_tagged(begun);
        }
        let result = match resolved {
            Ok(resolved) => self.retry_step(phase, step, &resolved).await,
            Err(error) => Err(error),
        };
        self.note_recent_changes(phase, step, makes);
        self.progress.on_finished(step, begun.elapsed(), result.as_ref().err());
        (step.id.clone(), result)
    }

    /// Also after a failure: a part of it may have taken effect.
    fn note_recent_changes(&self, phase: ApplyPhase, step: &Step, makes: bool) {
        let node = self.graph.get(&step.id);
        if phase == ApplyPhase::CreateOrUpdate && makes {
            self.young.note_tagged(Instant::now());
        }
        if node.is_some_and(|node| {
            matches!(node.resource, Resource::Role(_) | Resource::InstanceProfile(_))
        }) {
            self.young.role_changed(Instant::now());
        }
    }

    /// `again`: a try before this one was denied, perhaps after it had made a part.
    async fn create_or_update(
        &self,
        step: &Step,
        resolved: &ResolvedResource,
        again: bool,
    ) -> Done {
        let ResolvedResource { resource, complete } = resolved;
        if !complete {
            return Err(step_error(step, "it refers to a resource that does not exist"));
        }
        let there = match &step.action {
            _ if again => resource.read(self.aws, &step.id).await?,
            Action::Update { .. } => self.observed.get(&step.id).cloned(),
            _ => None,
        };
        match there {
            Some(found) => self.update_changed(step, resource, &found).await?,
            None => resource.create(self.aws, &step.id).await?,
        }
        let made = wait::until(VISIBLE, async || resource.read(self.aws, &step.id).await).await?;
        let made =
            made.ok_or_else(|| step_error(step, "it does not exist after it was created"))?;
        Ok(Some(made.attributes))
    }

    async fn take_away(&self, step: &Step, resource: &Resource) -> Done {
        if let Some(found) = self.observed.get(&step.id) {
            // What it referred to may be gone before it: what was found is all that a deletion
            // needs.
            resource.delete(self.aws, found).await?;
        }
        Ok(None)
    }

    fn resolve_step(&self, step: &Step, known: &Attributes) -> Result<ResolvedResource, KindError> {
        let node = self
            .graph
            .get(&step.id)
            .ok_or_else(|| step_error(step, "the graph has no such resource"))?;
        let (state, complete) =
            reference::resolve_references(&node.resource.to_json(), known, &|id| {
                self.graph.contains(id)
            });
        let resource =
            node.resource.with_json(state).map_err(|error| step_error(step, &error.to_string()))?;
        Ok(ResolvedResource { resource, complete })
    }
}

fn step_error(step: &Step, what: &str) -> KindError {
    KindError {
        doing: format!("creating {} `{}`", step.kind, step.id),
        source: Cause::Other(what.to_owned()),
    }
}
