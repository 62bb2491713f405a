//! The order of the steps of one phase.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{ApplyPhase, Executor};
use crate::graph::Node;
use crate::plan::{Action, Step};
use crate::resource_id::ResourceId;

pub(super) fn is_in_phase(phase: ApplyPhase, step: &Step) -> bool {
    match (phase, &step.action) {
        (ApplyPhase::DestroyReplaced, action) => matches!(action, Action::Replace { .. }),
        (ApplyPhase::CreateOrUpdate, action) => {
            matches!(action, Action::Create { .. } | Action::Update { .. } | Action::Replace { .. })
        }
        (ApplyPhase::Destroy, action) => matches!(action, Action::Delete),
    }
}

/// The steps of one phase that have not started.
pub(super) struct WaitingSteps<'a> {
    steps: BTreeMap<ResourceId, WaitingStep<'a>>,
}

struct WaitingStep<'a> {
    step: &'a Step,
    needed: BTreeSet<ResourceId>,
    /// The number of steps in the longest chain that waits for this one.
    behind: usize,
}

impl<'a> WaitingSteps<'a> {
    fn new(steps: BTreeMap<ResourceId, (&'a Step, BTreeSet<ResourceId>)>) -> Self {
        let chains = longest_chains(&steps);
        let behind = |id: &ResourceId| chains.get(id).copied().unwrap_or_default();
        let steps = steps.into_iter().map(|(id, (step, needed))| {
            let behind = behind(&id);
            (id, WaitingStep { step, needed, behind })
        });
        Self { steps: steps.collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Takes the step that the longest chain waits for, among those that wait for nothing: the
    /// critical path never waits behind the leaves of other syncs.
    pub(super) fn take_ready(&mut self) -> Option<&'a Step> {
        let ready = self.steps.iter().filter(|(_, waiting)| waiting.needed.is_empty());
        let first = ready.min_by_key(|(id, waiting)| (Reverse(waiting.behind), *id));
        let id = first?.0.clone();
        self.steps.remove(&id).map(|waiting| waiting.step)
    }

    /// Until then a step stays among what its dependents wait for.
    pub(super) fn note_done(&mut self, id: &ResourceId) {
        for waiting in self.steps.values_mut() {
            waiting.needed.remove(id);
        }
    }
}

/// The length of the longest chain that waits for each step.
fn longest_chains(
    steps: &BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)>,
) -> BTreeMap<ResourceId, usize> {
    let mut chains: BTreeMap<ResourceId, usize> = BTreeMap::new();
    // Without a cycle no chain is longer than there are steps; a cycle must end, too.
    for _ in steps {
        let before = chains.clone();
        for (id, (_, needed)) in steps {
            let behind = chains.get(id).copied().unwrap_or_default() + 1;
            for needed in needed {
                let chain = chains.entry(needed.clone()).or_default();
                *chain = behind.max(*chain);
            }
        }
        if chains == before {
            break;
        }
    }
    chains
}

impl Executor<'_> {
    /// The steps of this phase, each with those it has to wait for.
    pub(super) fn order_steps(&self, phase: ApplyPhase) -> WaitingSteps<'_> {
        let of_phase = self.plan.steps.iter().filter(|step| is_in_phase(phase, step));
        let steps: BTreeMap<ResourceId, &Step> =
            of_phase.map(|step| (step.id.clone(), step)).collect();
        let mut order: BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)> =
            steps.iter().map(|(id, step)| (id.clone(), (*step, BTreeSet::new()))).collect();
        for node in self.graph.nodes().filter(|node| steps.contains_key(&node.id)) {
            for needed in self.needed_steps(node, &steps) {
                let (before, after) = put_in_order(phase, needed, node.id.clone());
                if let Some((_, waits)) = order.get_mut(&after) {
                    waits.insert(before);
                }
            }
        }
        WaitingSteps::new(order)
    }

    /// The dependencies that have a step, also those behind dependencies that have none.
    pub(super) fn needed_steps(
        &self,
        node: &Node,
        steps: &BTreeMap<ResourceId, &Step>,
    ) -> BTreeSet<ResourceId> {
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
}

/// The order of two steps: what is needed is made first, and taken away last.
fn put_in_order(phase: ApplyPhase, needed: ResourceId, by: ResourceId) -> (ResourceId, ResourceId) {
    if phase == ApplyPhase::CreateOrUpdate { (needed, by) } else { (by, needed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_step(id: &str) -> Step {
        Step { id: ResourceId::new(id), kind: "log group".to_owned(), action: Action::Delete }
    }

    /// Starts the steps one by one; `edges` are (step, what it waits for).
    fn start_order(ids: &[&str], edges: &[(&str, &str)]) -> Vec<String> {
        let steps: Vec<Step> = ids.iter().map(|id| new_step(id)).collect();
        let needed = |step: &Step| {
            let edges = edges.iter().filter(|(id, _)| *id == step.id.as_str());
            edges.map(|(_, needed)| ResourceId::new(*needed)).collect::<BTreeSet<_>>()
        };
        let order = steps.iter().map(|step| (step.id.clone(), (step, needed(step)))).collect();
        let mut waiting = WaitingSteps::new(order);
        let mut started = Vec::new();
        while let Some(step) = waiting.take_ready() {
            started.push(step.id.to_string());
            waiting.note_done(&step.id);
        }
        started
    }

    #[test]
    fn the_longest_chain_is_started_first() {
        let ids = ["a", "b", "x", "y", "z"];
        assert_eq!(start_order(&ids, &[]), ids);
        let chain = [("y", "z"), ("x", "y"), ("b", "a")];
        assert_eq!(start_order(&ids, &chain), ["z", "a", "y", "b", "x"]);
    }

    #[test]
    fn a_cycle_is_never_started_and_ends() {
        assert_eq!(start_order(&["a", "b", "c"], &[("a", "b"), ("b", "a")]), ["c"]);
    }
}
