//! The order of the steps of one phase.

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

pub(super) fn next_ready(
    waiting: &BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)>,
) -> Option<ResourceId> {
    waiting.iter().find(|(_, (_, needed))| needed.is_empty()).map(|(id, _)| id.clone())
}

impl Executor<'_> {
    /// The steps of this phase, each with those it has to wait for.
    pub(super) fn order_steps(
        &self,
        phase: ApplyPhase,
    ) -> BTreeMap<ResourceId, (&Step, BTreeSet<ResourceId>)> {
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
        order
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
