//! What has to change: the difference between a graph and what exists. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::diff::FieldChange;
use crate::diff::{differences, top};
use crate::graph::{Graph, Node};
use crate::observe::Observed;
use crate::reference;
/// What stands in a plan where a value is not known before the apply.
pub use crate::reference::UNKNOWN;
use crate::resource_id::ResourceId;
use crate::resource_kind::LiveResource;

/// The version of a plan's JSON form.
pub const FORMAT_VERSION: u32 = 1;

/// What to do with each resource, in the order of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub format_version: u32,
    pub steps: Vec<Step>,
}

/// What to do with one resource.
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
    /// It is as it should be.
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
    /// Holds data, and nobody asked for the data to go.
    Keep {
        name: String,
    },
    /// We may not touch it; apply refuses the whole plan.
    Blocked {
        reason: String,
    },
}

/// How many resources a plan adds, changes and destroys; a replacement is one of the first and one
/// of the last.
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

    /// Kind and id of each resource that goes.
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

    /// Why this plan may not be applied; empty when it may.
    #[must_use]
    pub fn blocked(&self) -> Vec<&str> {
        let reasons = self.steps.iter().filter_map(|step| match &step.action {
            Action::Blocked { reason } => Some(reason.as_str()),
            _ => None,
        });
        reasons.collect()
    }
}

/// What makes AWS equal to the graph.
#[must_use]
pub fn plan(graph: &Graph, observed: &Observed) -> Plan {
    let known = observed.attributes();
    let mut replaced = BTreeSet::new();
    let mut steps = Vec::new();
    for node in graph.levels().into_iter().flatten() {
        // A reference to what is about to be replaced is not known yet.
        let mut known = known.clone();
        known.retain(|id, _| !replaced.contains(id));
        let (desired, _) =
            reference::resolve(&node.resource.to_json(), &known, &|id| graph.contains(id));
        let goes_along = goes_along(graph, node, &replaced);
        let action = action(graph, node, &desired, observed.get(&node.id), goes_along);
        if matches!(action, Action::Replace { .. }) {
            replaced.insert(node.id.clone());
        }
        steps.push(step(node, action));
    }
    Plan { format_version: FORMAT_VERSION, steps }
}

/// What takes the graph away, dependents first. Data stays unless asked for.
#[must_use]
pub fn destroy(graph: &Graph, observed: &Observed, delete_data: bool) -> Plan {
    let mut steps = Vec::new();
    for node in graph.levels().into_iter().flatten().rev() {
        steps.push(step(node, removal(node, observed.get(&node.id), delete_data)));
    }
    Plan { format_version: FORMAT_VERSION, steps }
}

fn removal(node: &Node, found: Option<&LiveResource>, delete_data: bool) -> Action {
    match found {
        None => Action::Nothing,
        // Somebody else's: not ours to delete, and no reason to stop either.
        Some(found) if !found.managed => Action::Nothing,
        Some(found) if node.holds_data && !delete_data => Action::Keep { name: found.name() },
        Some(_) => Action::Delete,
    }
}

fn step(node: &Node, action: Action) -> Step {
    Step { id: node.id.clone(), kind: node.resource.kind_name().to_owned(), action }
}

/// Whether it holds on to something that is about to be replaced, which can't go before it does.
fn goes_along(graph: &Graph, node: &Node, replaced: &BTreeSet<ResourceId>) -> bool {
    let desired = node.resource.to_json();
    let fields = node.resource.replace_triggered_by().iter().filter_map(|field| desired.get(field));
    let mut held =
        fields.flat_map(|field| reference::dependencies(field, &|id| graph.contains(id)));
    held.any(|id| replaced.contains(&id))
}

fn action(
    graph: &Graph,
    node: &Node,
    desired: &Value,
    found: Option<&LiveResource>,
    goes_along: bool,
) -> Action {
    if node.pruned {
        return removal(node, found, false);
    }
    let Some(found) = found else { return Action::Create { state: shown(graph, desired) } };
    let kind = node.resource.kind_name();
    if !found.managed {
        let reason = format!(
            "{kind} `{}` exists and does not belong to this stack; remove it, or choose another \
                stack name",
            found.name()
        );
        return Action::Blocked { reason };
    }
    let changes: Vec<FieldChange> = differences(&found.state, desired)
        .into_iter()
        .map(|change| FieldChange { after: shown(graph, &change.after), ..change })
        .collect();
    let replaces = |change: &FieldChange| node.resource.force_new().contains(&top(&change.field));
    match (changes.is_empty(), goes_along || changes.iter().any(replaces)) {
        (true, _) => Action::Nothing,
        (false, false) => Action::Update { changes },
        (false, true) if node.holds_data && !node.replaceable => {
            let fields: BTreeMap<&str, ()> =
                changes.iter().map(|change| (top(&change.field), ())).collect();
            let fields = fields.into_keys().collect::<Vec<_>>().join(", ");
            let reason = format!(
                "{kind} `{}` would have to be replaced ({fields}), and the data in it would be lost; undo that change, or \
                 give the data up with `--replace {}`",
                found.name(),
                node.id
            );
            Action::Blocked { reason }
        }
        (false, true) => Action::Replace { changes },
    }
}

/// A value for people: what is not known yet says so.
fn shown(graph: &Graph, value: &Value) -> Value {
    match value {
        Value::String(text) if reference::is_unresolved(text, &|id| graph.contains(id)) => {
            Value::String(UNKNOWN.to_owned())
        }
        Value::Array(items) => items.iter().map(|item| shown(graph, item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), shown(graph, field))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
