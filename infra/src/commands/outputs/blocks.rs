//! The text of `outputs`: what all syncs share, then a block for each sync. Pure.

use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;
use serde_json::{Map, Value};

/// Fields that are no outputs of one sync.
const NO_OUTPUTS: [&str; 2] = ["sync", "other_syncs"];

/// Returns the outputs that all syncs share, then a block for each selected sync. A stack with one
/// sync has no blocks.
pub(super) fn outputs_text(outputs: &Outputs, selected: &[SyncName]) -> serde_json::Result<String> {
    let mut blocks = Vec::new();
    for one in outputs.each_sync() {
        let fields = serde_json::to_value(one)?.as_object().cloned().unwrap_or_default();
        let of_sync = fields.into_iter().filter(|(name, _)| !NO_OUTPUTS.contains(&name.as_str()));
        blocks.push((one.sync.clone(), of_sync.collect::<Map<_, _>>()));
    }
    let all: Vec<&Map<String, Value>> = blocks.iter().map(|(_, fields)| fields).collect();
    let shared = shared_fields(&all);
    let mut text = aligned_text(&shared);
    for (sync, fields) in blocks.iter().filter(|(sync, _)| selected.contains(sync)) {
        if blocks.len() > 1 {
            text.extend(["\nsync ", sync.as_str(), "\n"]);
            text.push_str(&indent_lines(&aligned_text(&without_fields(fields, &shared))));
        }
    }
    Ok(text)
}

/// Returns the fields that are the same in all syncs; of groups, such as the roles, what is the
/// same in all of them.
fn shared_fields(all: &[&Map<String, Value>]) -> Map<String, Value> {
    let Some((first, others)) = all.split_first() else { return Map::new() };
    let mut shared = Map::new();
    for (name, value) in *first {
        if others.iter().all(|other| other.get(name) == Some(value)) {
            shared.insert(name.clone(), value.clone());
        } else if let Some(groups) =
            all.iter().map(|fields| fields.get(name)?.as_object()).collect::<Option<Vec<_>>>()
        {
            shared.insert(name.clone(), Value::Object(shared_fields(&groups)));
        }
    }
    shared
}

/// Returns the fields of a sync that are not shared.
fn without_fields(fields: &Map<String, Value>, shared: &Map<String, Value>) -> Map<String, Value> {
    let own = fields.iter().filter(|(name, value)| shared.get(*name) != Some(*value));
    let own = own.map(|(name, value)| match (value, shared.get(name)) {
        (Value::Object(group), Some(Value::Object(of_all))) => {
            (name.clone(), Value::Object(without_fields(group, of_all)))
        }
        _ => (name.clone(), value.clone()),
    });
    own.collect()
}

fn indent_lines(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Returns aligned lines `name = value`. Lists and groups follow their name, indented. Absent and
/// empty values are left out.
fn aligned_text(fields: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    add_lines(fields, "", &mut lines);
    lines.into_iter().map(|line| line + "\n").collect()
}

fn add_lines(fields: &Map<String, Value>, indent: &str, lines: &mut Vec<String>) {
    let width = name_width(fields);
    for (name, value) in fields {
        match value {
            Value::Array(items) if !items.is_empty() => {
                lines.push(format!("{indent}{name}"));
                lines.extend(items.iter().map(|item| format!("{indent}  {}", value_text(item))));
            }
            Value::Object(inner) if !inner.is_empty() => {
                lines.push(format!("{indent}{name}"));
                add_lines(inner, &format!("{indent}  "), lines);
            }
            one if is_one(one) => {
                lines.push(format!("{indent}{name:width$} = {}", value_text(one)))
            }
            _ => {}
        }
    }
}

/// Returns the length of the longest name of a value on one line.
fn name_width(fields: &Map<String, Value>) -> usize {
    let aligned = fields.iter().filter(|(_, value)| is_one(value));
    aligned.map(|(name, _)| name.len()).max().unwrap_or(0)
}

fn is_one(value: &Value) -> bool {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
