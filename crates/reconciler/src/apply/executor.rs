//! Carries out the steps of a plan, each as soon as what it waits for is done.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{ApplyError, ApplyProgress};
use crate::Aws;
use crate::denial::Young;
use crate::diff::changed_fields;
use crate::graph::{Graph, Node};
use crate::kind_error::{Cause, KindError};
use crate::observe::Observed;
use crate::plan::{Action, Plan, Step};
use crate::reference::{self, Attributes};
use crate::resource_id::ResourceId;
use crate::resources::Resource;
use crate::wait::{self, IAM_PROPAGATION, VISIBLE};

/// How many steps run at once: independent resources in parallel, without a burst that AWS would
/// throttle.
const AT_ONCE: usize = 10;

/// Which steps of the plan, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApplyPhase {
    /// What is about to be replaced goes first, dependents before what they depend on.
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

/// What a step leaves: the attributes others may refer to.
type Done = Result<Option<BTreeMap<String, String>>, KindError>;

impl Executor<'_> {
    pub(super) async fn carry_out(&mut self, phase: ApplyPhase) -> Result<(), ApplyError> {
        let mut waiting = self.order(phase);
        let mut known = self.observed.attributes();
        let mut running: FuturesUnordered<LocalBoxFuture<'_, (ResourceId, Done)>> =
            FuturesUnordered::new();
        let mut failed = Vec::new();
        let mut done = 0;
        loop {
            while running.len() < AT_ONCE && !self.out_of_time() {
                let Some(id) = next_ready(&waiting) else { break };
                let Some((step, _)) = waiting.remove(&id) else { break };
                // Held back until it is done, so that what waits for it goes on waiting.
                running.push(Box::pin(self.perform(phase, step, known.clone())));
            }
            let Some((id, result)) = running.next().await else { break };
            match result {
                Ok(attributes) => {
                    done += 1;
                    known.extend(attributes.map(|attributes| (id.clone(), attributes)));
                    for (_, needed) in waiting.values_mut() {
                        needed.remove(&id);
                    }
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

    /// The steps of this phase, each with those it has to wait for.
    fn order(&self, phase: ApplyPhase) -> BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)> {
        let steps: BTreeMap<ResourceId, &Step> = self
            .plan
            .steps
            .iter()
            .filter(|step| concerns(phase, step))
            .map(|step| (step.id.clone(), step))
            .collect();
        let mut order: BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)> =
            steps.iter().map(|(id, step)| (id.clone(), (*step, BTreeSet::new()))).collect();
        for node in self.graph.nodes().filter(|node| steps.contains_key(&node.id)) {
            for needed in self.needed(node, &steps) {
                let (before, after) = if phase == ApplyPhase::CreateOrUpdate {
                    (needed, node.id.clone())
                } else {
                    (node.id.clone(), needed)
                };
                if let Some((_, waits)) = order.get_mut(&after) {
                    waits.insert(before);
                }
            }
        }
        order
    }

    /// The dependencies that have a step, also those behind dependencies that have none.
    fn needed(&self, node: &Node, steps: &BTreeMap<ResourceId, &Step>) -> BTreeSet<ResourceId> {
        let mut found = BTreeSet::new();
        let mut look: Vec<ResourceId> = self.graph.dependencies(node).into_iter().collect();
        while let Some(id) = look.pop() {
            if steps.contains_key(&id) {
                found.insert(id);
            } else if let Some(between) = self.graph.get(&id) {
                look.extend(self.graph.dependencies(between));
            }
        }
        found
    }

    fn out_of_time(&self) -> bool {
        self.stop_at.is_some_and(|stop_at| Instant::now() >= stop_at)
    }

    async fn perform(
        &self,
        phase: ApplyPhase,
        step: &Step,
        known: Attributes,
    ) -> (ResourceId, Done) {
        let begun = Instant::now();
        self.progress.on_started(step);
        let makes = matches!(step.action, Action::Create { .. } | Action::Replace { .. });
        if phase == ApplyPhase::CreateOrUpdate && makes {
            self.young.tagged(begun);
        }
        let mut tries = 0;
        let passes = |error: &KindError| self.young.may_pass(error, Instant::now());
        let result = wait::retry(IAM_PROPAGATION, passes, async || {
            tries += 1;
            match phase {
                ApplyPhase::CreateOrUpdate => self.make(step, &known, tries > 1).await,
                ApplyPhase::Destroy | ApplyPhase::DestroyReplaced => {
                    self.take_away(step, &known).await
                }
            }
        });
        let result = result.await;
        self.note_what_is_young(phase, step, makes);
        self.progress.on_finished(step, begun.elapsed(), result.as_ref().err());
        (step.id.clone(), result)
    }

    /// Also after a failure: a part of it may have taken effect.
    fn note_what_is_young(&self, phase: ApplyPhase, step: &Step, makes: bool) {
        let node = self.graph.get(&step.id);
        if phase == ApplyPhase::CreateOrUpdate && makes {
            self.young.tagged(Instant::now());
        }
        if node.is_some_and(|node| {
            matches!(node.resource, Resource::Role(_) | Resource::InstanceProfile(_))
        }) {
            self.young.role_changed(Instant::now());
        }
    }

    /// `again`: a try before this one was denied, perhaps after it had made a part.
    async fn make(&self, step: &Step, known: &Attributes, again: bool) -> Done {
        let (resource, complete) = self.resolved(step, known)?;
        if !complete {
            return Err(problem(step, "it refers to something that does not exist"));
        }
        let there = match &step.action {
            _ if again => resource.read(self.aws, &step.id).await?,
            Action::Update { .. } => self.observed.get(&step.id).cloned(),
            _ => None,
        };
        match there {
            Some(found) => {
                let changed = changed_fields(&found.state, &resource.to_json());
                if !changed.is_empty() {
                    resource.update(self.aws, &step.id, &found, &changed).await?;
                }
            }
            None => resource.create(self.aws, &step.id).await?,
        }
        let made = wait::until(VISIBLE, async || resource.read(self.aws, &step.id).await).await?;
        let made = made.ok_or_else(|| problem(step, "it is not there after it was made"))?;
        Ok(Some(made.attributes))
    }

    async fn take_away(&self, step: &Step, known: &Attributes) -> Done {
        if let Some(found) = self.observed.get(&step.id) {
            // What it referred to may be gone before it: what was found is all that a deletion
            // needs.
            let (resource, _) = self.resolved(step, known)?;
            resource.delete(self.aws, found).await?;
        }
        Ok(None)
    }

    /// The resource with its references replaced, and whether all of them were known.
    fn resolved(&self, step: &Step, known: &Attributes) -> Result<(Resource, bool), KindError> {
        let node = self
            .graph
            .get(&step.id)
            .ok_or_else(|| problem(step, "the graph has no such resource"))?;
        let (state, complete) =
            reference::resolve(&node.resource.to_json(), known, &|id| self.graph.contains(id));
        let resource =
            node.resource.with_json(state).map_err(|error| problem(step, &error.to_string()))?;
        Ok((resource, complete))
    }
}

fn concerns(phase: ApplyPhase, step: &Step) -> bool {
    match (phase, &step.action) {
        (ApplyPhase::DestroyReplaced, action) => matches!(action, Action::Replace { .. }),
        (ApplyPhase::CreateOrUpdate, action) => {
            matches!(action, Action::Create { .. } | Action::Update { .. } | Action::Replace { .. })
        }
        (ApplyPhase::Destroy, action) => matches!(action, Action::Delete),
    }
}

fn next_ready(waiting: &BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)>) -> Option<ResourceId> {
    waiting.iter().find(|(_, (_, needed))| needed.is_empty()).map(|(id, _)| id.clone())
}

fn problem(step: &Step, what: &str) -> KindError {
    KindError {
        doing: format!("making {} `{}`", step.kind, step.id),
        source: Cause::Other(what.to_owned()),
    }
}
