//! Whether AWS still is as deployed, and what to tell people when it is not. Pure.

use std::collections::{BTreeMap, BTreeSet};

use aws::failure::chain;
use domain::records::alert::Alert;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::PartialObservation;
use reconciler::plan::{self, Action, FieldChange, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What differs, and what could not be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub differing: Vec<Differing>,
    pub unread: Vec<Unread>,
}

/// One resource that is not as it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Differing {
    pub id: ResourceId,
    pub kind: String,
    /// As in a plan: what deploy would do about it.
    pub action: Action,
}

/// One resource that nobody can say anything about.
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
}

/// Compares. A difference that may only come of something unread is none.
#[must_use]
pub fn drift(graph: &Graph, sighted: &PartialObservation) -> Drift {
    let unread: BTreeMap<&ResourceId, String> =
        sighted.unread.iter().map(|(id, error)| (id, chain(error))).collect();
    let unknown = built_on(graph, &unread.keys().copied().cloned().collect());
    let mut drift = Drift::default();
    for step in plan::plan(graph, &sighted.observed).steps {
        let Step { id, kind, action } = step;
        if let Some(reason) = unread.get(&id) {
            drift.unread.push(Unread { id, kind, reason: reason.clone() });
            continue;
        }
        match certain(action, unknown.get(&id)) {
            Certain::Same => {}
            Certain::Differs(action) => drift.differing.push(Differing { id, kind, action }),
            Certain::Unknown(behind) => {
                let reason = format!("it can't be found while `{behind}` can't be read");
                drift.unread.push(Unread { id, kind, reason });
            }
        }
    }
    drift
}

/// Each resource that refers to an unread one, directly or through others, with that one.
fn built_on(graph: &Graph, unread: &BTreeSet<ResourceId>) -> BTreeMap<ResourceId, ResourceId> {
    let mut found: BTreeMap<ResourceId, ResourceId> = BTreeMap::new();
    for node in graph.levels().into_iter().flatten() {
        let behind = graph.dependencies(node).into_iter().find_map(|needed| {
            if unread.contains(&needed) { Some(needed) } else { found.get(&needed).cloned() }
        });
        found.extend(behind.map(|behind| (node.id.clone(), behind)));
    }
    found
}

enum Certain {
    Same,
    Differs(Action),
    Unknown(ResourceId),
}

fn certain(action: Action, behind: Option<&ResourceId>) -> Certain {
    match (action, behind) {
        (Action::Nothing | Action::Keep { .. }, _) => Certain::Same,
        (Action::Create { .. }, Some(behind)) => Certain::Unknown(behind.clone()),
        (Action::Update { changes } | Action::Replace { changes }, Some(_)) => {
            let changes: Vec<FieldChange> =
                changes.into_iter().filter(|change| !is_unknown(&change.after)).collect();
            if changes.is_empty() {
                Certain::Same
            } else {
                Certain::Differs(Action::Update { changes })
            }
        }
        (action, _) => Certain::Differs(action),
    }
}

/// Whether the value waits for something that is not known.
fn is_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => text == plan::UNKNOWN,
        Value::Array(items) => items.iter().any(is_unknown),
        Value::Object(fields) => fields.values().any(is_unknown),
        _ => false,
    }
}

/// One sentence for each resource that differs.
pub(crate) fn sentences(drift: &Drift) -> Vec<String> {
    drift.differing.iter().map(sentence).collect()
}

/// One sentence for each resource that could not be read.
pub(crate) fn unread_sentences(drift: &Drift) -> Vec<String> {
    drift
        .unread
        .iter()
        .map(|Unread { id, kind, reason }| format!("{kind} {id} could not be read: {reason}."))
        .collect()
}

/// The alert for what differs and what could not be read.
pub(crate) fn alert(stack: &str, drift: &Drift) -> Alert {
    let (differing, unread) = (drift.differing.len(), drift.unread.len());
    let (likely_cause, next_command) = match differing {
        0 => ("a permission was taken away, or AWS had a bad moment.", "efs-s3 drift"),
        _ => (
            "somebody changed the resources by hand, or a deployment stopped half-way.",
            "efs-s3 deploy",
        ),
    };
    Alert {
        stack: stack.to_owned(),
        what: what(differing, unread),
        execution: None,
        facts: [sentences(drift), unread_sentences(drift)].concat(),
        path_count: 0,
        paths: Vec::new(),
        likely_cause: likely_cause.to_owned(),
        next_command: next_command.to_owned(),
        ..Alert::default()
    }
}

/// `2 resources are not as deployed, 1 could not be read`
fn what(differing: usize, unread: usize) -> String {
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

fn sentence(differing: &Differing) -> String {
    let Differing { id, kind, action } = differing;
    match action {
        Action::Nothing | Action::Keep { .. } => format!("{kind} {id} is as it should be."),
        Action::Create { .. } => format!("{kind} {id} is missing."),
        Action::Delete => format!("{kind} {id} should not be there."),
        Action::Update { changes } => format!("{kind} {id} differs: {}.", all(changes)),
        Action::Replace { changes } => {
            format!("{kind} {id} differs and must be replaced: {}.", all(changes))
        }
        Action::Blocked { reason } => format!("{kind} {id}: {reason}."),
    }
}

fn all(changes: &[FieldChange]) -> String {
    let one = |FieldChange { field, before, after }: &FieldChange| {
        format!("{field} is {before} instead of {after}")
    };
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
