//! The plan: the difference between a graph and the live resources, as a list of steps. Pure.

mod action;
mod sequence;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::action::{goes_along, plan_action, removal_action};

pub use crate::diff::FieldChange;
use crate::graph::{Graph, Node};
use crate::observe::Observed;
use crate::reference;
/// The text in a plan for a value that is not known before the apply.
pub use crate::reference::UNKNOWN;
use crate::resource_id::ResourceId;

/// The version of a plan's JSON form.
pub const FORMAT_VERSION: u32 = 1;

/// One step for each resource, in the order of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub format_version: u32,
    pub steps: Vec<Step>,
}

/// The action for one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: ResourceId,
    /// `S3 bucket`
    pub kind: String,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// The live resource is equal to the desired one.
    Nothing,
    Create {
        state: Value,
    },
    Update {
        changes: Vec<FieldChange>,
    },
    /// AWS can't change these fields in place.
    Replace {
        changes: Vec<FieldChange>,
    },
    Delete,
    /// The resource holds data, and its deletion was not requested.
    Keep {
        name: String,
    },
    /// The resource must not be changed; apply refuses the whole plan.
    Blocked {
        reason: String,
    },
}

/// The numbers of resources that a plan adds, changes and destroys. A replacement counts as one
/// added and one destroyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub add: usize,
    pub change: usize,
    pub destroy: usize,
}

impl Plan {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.action, Action::Nothing | Action::Keep { .. }))
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.action {
                Action::Create { .. } => counts.add += 1,
                Action::Update { .. } => counts.change += 1,
                Action::Replace { .. } => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::Delete => counts.destroy += 1,
                Action::Nothing | Action::Keep { .. } | Action::Blocked { .. } => {}
            }
        }
        counts
    }

    /// Replaces each text that `is_unknown` by the one for values not known before the apply.
    #[must_use]
    pub fn hide_values(mut self, is_unknown: &impl Fn(&str) -> bool) -> Self {
        for step in &mut self.steps {
            match &mut step.action {
                Action::Create { state } => hide_texts(state, is_unknown),
                Action::Update { changes } | Action::Replace { changes } => {
                    changes.iter_mut().for_each(|change| hide_texts(&mut change.after, is_unknown));
                }
                _ => {}
            }
        }
        self
    }

    /// Kind and id of each resource that is deleted.
    #[must_use]
    pub fn deleted(&self) -> Vec<String> {
        let deleted = self.steps.iter().filter(|step| step.action == Action::Delete);
        deleted.map(|step| format!("{} {}", step.kind, step.id)).collect()
    }

    /// Kind and name of each resource that stays because it holds data.
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        let kept = self.steps.iter().filter_map(|step| match &step.action {
            Action::Keep { name } => Some(format!("{} {name}", step.kind)),
            _ => None,
        });
        kept.collect()
    }

    /// The reasons why this plan must not be applied; empty when it may be.
    #[must_use]
    pub fn blocked(&self) -> Vec<&str> {
        let reasons = self.steps.iter().filter_map(|step| match &step.action {
            Action::Blocked { reason } => Some(reason.as_str()),
            _ => None,
        });
        reasons.collect()
    }
}

/// Plans the steps that make AWS equal to the graph.
#[must_use]
pub fn plan(graph: &Graph, observed: &Observed) -> Plan {
    let known = observed.attributes();
    let mut replaced = BTreeSet::new();
    let mut steps = Vec::new();
    for node in graph.levels().into_iter().flatten() {
        // A reference to what is about to be replaced is not known yet.
        let mut known = known.clone();
        known.retain(|id, _| !replaced.contains(id));
        let (desired, _) = reference::resolve_references(&node.resource.to_json(), &known, &|id| {
            graph.contains(id)
        });
        let goes_along = goes_along(graph, node, &replaced);
        let action = plan_action(graph, node, &desired, observed.get(&node.id), goes_along);
        if matches!(action, Action::Replace { .. }) {
            replaced.insert(node.id.clone());
        }
        steps.push(new_step(node, action));
    }
    Plan { format_version: FORMAT_VERSION, steps }
}

/// Plans the deletion of the graph, dependents first. Data stays unless `delete_data` is set.
#[must_use]
pub fn destroy(graph: &Graph, observed: &Observed, delete_data: bool) -> Plan {
    let mut steps = Vec::new();
    for node in graph.levels().into_iter().flatten().rev() {
        steps.push(new_step(node, removal_action(node, observed.get(&node.id), delete_data)));
    }
    Plan { format_version: FORMAT_VERSION, steps }
}

fn hide_texts(value: &mut Value, is_unknown: &impl Fn(&str) -> bool) {
    match value {
        Value::String(text) if is_unknown(text) => UNKNOWN.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_texts(item, is_unknown)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| hide_texts(field, is_unknown));
        }
        _ => {}
    }
}

fn new_step(node: &Node, action: Action) -> Step {
    Step { id: node.id.clone(), kind: node.resource.kind_name().to_owned(), action }
}

#[cfg(test)]
mod tests;
