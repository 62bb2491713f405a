//! The difference between two states, field by field.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policy_document::is_policy;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `options.log_level`; a policy document is one value.
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// The top-level fields in which two states differ.
pub(crate) fn changed_fields(before: &Value, after: &Value) -> Vec<String> {
    let fields: BTreeSet<String> = list_differences(before, after)
        .iter()
        .map(|change| top_level_field(&change.field).to_owned())
        .collect();
    fields.into_iter().collect()
}

/// The top-level field of a path.
pub(crate) fn top_level_field(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}

/// The differences field by field, down to the values.
pub(crate) fn list_differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    collect_differences(String::new(), before, after, &mut changes);
    changes
}

fn collect_differences(
    field: String,
    before: &Value,
    after: &Value,
    changes: &mut Vec<FieldChange>,
) {
    match (before, after) {
        _ if before == after => {}
        // Documents are compared by their statements, which a single element does not show.
        _ if is_policy(before) || is_policy(after) => {
            changes.push(FieldChange { field, before: before.clone(), after: after.clone() });
        }
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                let null = Value::Null;
                collect_differences(
                    path,
                    old.get(key).unwrap_or(&null),
                    new.get(key).unwrap_or(&null),
                    changes,
                );
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                collect_differences(format!("{field}[{index}]"), old, new, changes);
            }
        }
        _ => changes.push(FieldChange { field, before: before.clone(), after: after.clone() }),
    }
}

/// Sorts a list whose order AWS does not keep: the desired items in the desired order, then the
/// others.
pub(crate) fn in_order_of(desired: &[String], mut found: Vec<String>) -> Vec<String> {
    found.sort_by_key(|item| {
        (desired.iter().position(|d| d == item).unwrap_or(usize::MAX), item.clone())
    });
    found
}
