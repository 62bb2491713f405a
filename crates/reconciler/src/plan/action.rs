//! The action for one resource.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Action;
use crate::diff::FieldChange;
use crate::diff::{list_differences, top_level_field};
use crate::graph::{Graph, Node};
use crate::reference;
use crate::reference::UNKNOWN;
use crate::resource_id::ResourceId;
use crate::resource_kind::LiveResource;

pub(super) fn removal_action(
    node: &Node,
    found: Option<&LiveResource>,
    delete_data: bool,
) -> Action {
    match found {
        None => Action::Nothing,
        // Somebody else's: not ours to delete, and no reason to stop either.
        Some(found) if !found.managed => Action::Nothing,
        Some(found) if node.holds_data && !delete_data => Action::Keep { name: found.name() },
        Some(_) => Action::Delete,
    }
}

/// Whether it holds on to something that is about to be replaced, which can't go before it does.
pub(super) fn goes_along(graph: &Graph, node: &Node, replaced: &BTreeSet<ResourceId>) -> bool {
    let desired = node.resource.to_json();
    let fields = node.resource.replace_triggered_by().iter().filter_map(|field| desired.get(field));
    let mut held =
        fields.flat_map(|field| reference::find_dependencies(field, &|id| graph.contains(id)));
    held.any(|id| replaced.contains(&id))
}

pub(super) fn plan_action(
    graph: &Graph,
    node: &Node,
    desired: &Value,
    found: Option<&LiveResource>,
    goes_along: bool,
) -> Action {
    if node.pruned {
        return removal_action(node, found, false);
    }
    let Some(found) = found else { return Action::Create { state: show_unknown(graph, desired) } };
    if !found.managed {
        return Action::Blocked { reason: not_managed(node, found) };
    }
    let changes: Vec<FieldChange> = list_differences(&found.state, desired)
        .into_iter()
        .map(|change| FieldChange { after: show_unknown(graph, &change.after), ..change })
        .collect();
    let replaces =
        |change: &FieldChange| node.resource.force_new().contains(&top_level_field(&change.field));
    match (changes.is_empty(), goes_along || changes.iter().any(replaces)) {
        (true, _) => Action::Nothing,
        (false, false) => Action::Update { changes },
        (false, true) if node.holds_data && !node.replaceable => {
            Action::Blocked { reason: data_loss(node, found, &changes) }
        }
        (false, true) => Action::Replace { changes },
    }
}

fn not_managed(node: &Node, found: &LiveResource) -> String {
    format!(
        "{} `{}` exists and does not belong to this stack; remove it, or choose another stack \
         name",
        node.resource.kind_name(),
        found.name()
    )
}

fn data_loss(node: &Node, found: &LiveResource, changes: &[FieldChange]) -> String {
    let fields: BTreeSet<&str> =
        changes.iter().map(|change| top_level_field(&change.field)).collect();
    let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
    format!(
        "{} `{}` would have to be replaced ({fields}), and its data would be lost; undo that \
         change, or accept the loss with `--replace {}`",
        node.resource.kind_name(),
        found.name(),
        node.id
    )
}

/// A value for people: what is not known yet says so.
pub(super) fn show_unknown(graph: &Graph, value: &Value) -> Value {
    match value {
        Value::String(text) if reference::is_unresolved(text, &|id| graph.contains(id)) => {
            Value::String(UNKNOWN.to_owned())
        }
        Value::Array(items) => items.iter().map(|item| show_unknown(graph, item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), show_unknown(graph, field))).collect()
        }
        other => other.clone(),
    }
}
