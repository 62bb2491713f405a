//! The drift of the data plane, and its alert. Pure.

use std::collections::{BTreeMap, BTreeSet};

use aws::failure::chain;
use domain::records::alert::Alert;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::PartialObservation;
use reconciler::plan::{self, Action, FieldChange, Step};
use reconciler::render::describe_change;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The resources that differ, and those that could not be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub differing: Vec<Differing>,
    pub unread: Vec<Unread>,
}

/// One resource that differs from the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Differing {
    pub id: ResourceId,
    pub kind: String,
    /// The action of the next deploy, as in a plan.
    pub action: Action,
}

/// One resource that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub id: ResourceId,
    pub kind: String,
    pub reason: String,
}

impl Drift {
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.differing.is_empty() && self.unread.is_empty()
    }

    fn add_certain(&mut self, id: ResourceId, kind: String, certainty: Certainty) {
        match certainty {
            Certainty::Same => {}
            Certainty::Differs(action) => self.differing.push(Differing { id, kind, action }),
            Certainty::Unknown(behind) => {
                let reason = format!("it can't be found while `{behind}` can't be read");
                self.unread.push(Unread { id, kind, reason });
            }
        }
    }
}

/// Compares the resources with the graph. A difference that may come from an unread resource does
/// not count.
#[must_use]
pub fn drift(graph: &Graph, sighted: &PartialObservation) -> Drift {
    let unread: BTreeMap<&ResourceId, String> =
        sighted.unread.iter().map(|(id, error)| (id, chain(error))).collect();
    let unknown = dependents_of(graph, &unread.keys().copied().cloned().collect());
    let mut drift = Drift::default();
    for step in plan::plan(graph, &sighted.observed).steps {
        let Step { id, kind, action } = step;
        let certainty = without_unknown(action, unknown.get(&id));
        match unread.get(&id) {
            Some(reason) => drift.unread.push(Unread { id, kind, reason: reason.clone() }),
            None => drift.add_certain(id, kind, certainty),
        }
    }
    drift
}

/// Each resource that refers to an unread one, directly or through others, with that one.
fn dependents_of(graph: &Graph, unread: &BTreeSet<ResourceId>) -> BTreeMap<ResourceId, ResourceId> {
    let mut found: BTreeMap<ResourceId, ResourceId> = BTreeMap::new();
    for node in graph.levels().into_iter().flatten() {
        let behind = graph.dependencies(node).into_iter().find_map(|needed| {
            if unread.contains(&needed) { Some(needed) } else { found.get(&needed).cloned() }
        });
        found.extend(behind.map(|behind| (node.id.clone(), behind)));
    }
    found
}

/// The part of a difference that does not depend on unread resources.
enum Certainty {
    Same,
    Differs(Action),
    Unknown(ResourceId),
}

fn without_unknown(action: Action, behind: Option<&ResourceId>) -> Certainty {
    match (action, behind) {
        (Action::Nothing | Action::Keep { .. }, _) => Certainty::Same,
        (Action::Create { .. }, Some(behind)) => Certainty::Unknown(behind.clone()),
        (Action::Update { changes } | Action::Replace { changes }, Some(_)) => {
            let changes: Vec<FieldChange> =
                changes.into_iter().filter(|change| !is_unknown(&change.after)).collect();
            if changes.is_empty() {
                Certainty::Same
            } else {
                Certainty::Differs(Action::Update { changes })
            }
        }
        (action, _) => Certainty::Differs(action),
    }
}

/// Whether the value refers to something that is not known.
fn is_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => text == plan::UNKNOWN,
        Value::Array(items) => items.iter().any(is_unknown),
        Value::Object(fields) => fields.values().any(is_unknown),
        _ => false,
    }
}

/// One sentence for each resource that differs.
pub(crate) fn describe_differences(drift: &Drift) -> Vec<String> {
    drift.differing.iter().map(describe_difference).collect()
}

/// One sentence for each resource that could not be read.
pub(crate) fn describe_unread(drift: &Drift) -> Vec<String> {
    drift
        .unread
        .iter()
        .map(|Unread { id, kind, reason }| format!("{kind} {id} could not be read: {reason}."))
        .collect()
}

/// The likely cause, and what to run next.
fn explain_drift(differing: usize) -> (&'static str, &'static str) {
    match differing {
        0 => ("a permission was removed, or AWS had a temporary error.", "efs-s3 drift"),
        _ => (
            "somebody changed the resources by hand, or a deployment was interrupted.",
            "efs-s3 deploy",
        ),
    }
}

/// The alert for what differs and what could not be read.
pub(crate) fn drift_alert(stack: &str, drift: &Drift) -> Alert {
    let (differing, unread) = (drift.differing.len(), drift.unread.len());
    let (likely_cause, next_command) = explain_drift(differing);
    Alert {
        stack: stack.to_owned(),
        what: summarize(differing, unread),
        facts: [describe_differences(drift), describe_unread(drift)].concat(),
        likely_cause: likely_cause.to_owned(),
        next_command: next_command.to_owned(),
        ..Alert::default()
    }
}

/// The summary, for example `2 resources are not as deployed, 1 could not be read`.
fn summarize(differing: usize, unread: usize) -> String {
    let differ = match differing {
        0 => None,
        1 => Some("1 resource is not as deployed".to_owned()),
        count => Some(format!("{count} resources are not as deployed")),
    };
    let hidden = match (unread, &differ) {
        (0, _) => None,
        (count, Some(_)) => Some(format!("{count} could not be read")),
        (1, None) => Some("1 resource could not be read".to_owned()),
        (count, None) => Some(format!("{count} resources could not be read")),
    };
    [differ, hidden].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn describe_difference(differing: &Differing) -> String {
    let Differing { id, kind, action } = differing;
    match action {
        Action::Nothing | Action::Keep { .. } => format!("{kind} {id} is as deployed."),
        Action::Create { .. } => format!("{kind} {id} is missing."),
        Action::Delete => format!("{kind} {id} should not exist."),
        Action::Update { changes } => {
            format!("{kind} {id} differs: {}.", describe_changes(changes))
        }
        Action::Replace { changes } => {
            format!("{kind} {id} differs and must be replaced: {}.", describe_changes(changes))
        }
        Action::Blocked { reason } => format!("{kind} {id}: {reason}."),
    }
}

fn describe_changes(changes: &[FieldChange]) -> String {
    changes.iter().map(describe_change).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
