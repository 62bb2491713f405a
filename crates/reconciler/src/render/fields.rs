//! The fields of a step as text.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diff::{FieldChange, top_level_field};
use crate::plan::{Action, UNKNOWN};
use crate::policy_document::{is_policy, list_statement_changes};

/// The maximum length of a value that is no policy document.
const LONGEST_VALUE: usize = 100;

/// Fields that say something to the reconciler alone.
const INTERNAL: [&str; 1] = ["duplicates"];

const INDENT: &str = "        ";

/// The lines of the fields of an action.
pub(super) fn fields_text(action: &Action) -> String {
    match action {
        Action::Create { state } => state_text(state),
        Action::Update { changes } | Action::Replace { changes } => {
            changes.iter().filter(|change| !is_internal(&change.field)).map(change_text).collect()
        }
        _ => String::new(),
    }
}

/// The names of the fields that change, after a colon.
pub(super) fn changed_names(action: &Action) -> String {
    let (Action::Update { changes } | Action::Replace { changes }) = action else {
        return String::new();
    };
    let names: BTreeSet<&str> =
        changes.iter().map(|change| top_level_field(&change.field)).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !is_internal(name)).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// A difference in one line: `log_level is "OFF" instead of "BASIC"`, or the statements that
/// differ.
#[must_use]
pub fn describe_change(FieldChange { field, before, after }: &FieldChange) -> String {
    if !is_policy(before) && !is_policy(after) {
        return format!("{field} is {before} instead of {after}");
    }
    let statements = list_statement_changes(after, before);
    let texts: Vec<String> =
        statements.iter().map(|change| change.to_string().replace("\n   ", "")).collect();
    format!("{field} differs ({})", texts.join("; "))
}

fn is_internal(field: &str) -> bool {
    INTERNAL.contains(&top_level_field(field))
}

fn state_text(state: &Value) -> String {
    let Value::Object(fields) = state else { return String::new() };
    let shown = fields.iter().filter(|(name, value)| !is_internal(name) && !is_empty(value));
    shown.map(|(name, value)| field_text(name, value)).collect()
}

fn field_text(name: &str, value: &Value) -> String {
    if is_policy(value) {
        return statements_text(name, &Value::Null, value);
    }
    format!("{INDENT}{name} = {}\n", value_text(value))
}

fn change_text(FieldChange { field, before, after }: &FieldChange) -> String {
    if is_policy(before) || is_policy(after) {
        return statements_text(field, before, after);
    }
    format!("{INDENT}{field}: {} -> {}\n", value_text(before), value_text(after))
}

fn statements_text(field: &str, before: &Value, after: &Value) -> String {
    let changes = list_statement_changes(before, after);
    let lines = changes.iter().flat_map(|change| {
        let text = change.to_string();
        text.lines().map(|line| format!("{INDENT}  {line}\n")).collect::<Vec<_>>()
    });
    format!("{INDENT}{field}:\n{}", lines.collect::<String>())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A value as JSON, shortened; what is not known yet is no text in quotes.
fn value_text(value: &Value) -> String {
    let whole = value.to_string().replace(&format!("\"{UNKNOWN}\""), UNKNOWN);
    if whole.chars().count() <= LONGEST_VALUE {
        return whole;
    }
    whole.chars().take(LONGEST_VALUE).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(value_text(&json!("short")), "\"short\"");
        let text = value_text(&Value::from("ä".repeat(200)));
        assert_eq!(text.chars().count(), LONGEST_VALUE + 1);
        assert!(text.ends_with("ä…"));
    }

    #[test]
    fn only_what_says_something_is_shown() {
        let policy = json!({ "Statement": [{ "Sid": "A", "Effect": "Allow", "Action": "s3:*" }] });
        let state = json!({
            "arn": UNKNOWN, "list": [UNKNOWN, "a"], "none": null, "empty": [],
            "duplicates": ["x"], "policy": policy.clone(),
        });
        insta::assert_snapshot!(fields_text(&Action::Create { state }), @r#"
        arn = (known after apply)
        list = [(known after apply),"a"]
        policy:
          + statement A
              + Effect Allow
              + Action s3:*
        "#);
        let change =
            |field: &str, before, after| FieldChange { field: field.into(), before, after };
        let changes = vec![
            change("options.level", json!("OFF"), json!("BASIC")),
            change("duplicates[0]", json!("x"), json!("y")),
            change("policy", policy.clone(), json!({ "Statement": [] })),
        ];
        let texts: Vec<String> = changes.iter().map(describe_change).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
        options.level is "OFF" instead of "BASIC"
        duplicates[0] is "x" instead of "y"
        policy differs (+ statement A + Effect Allow + Action s3:*)
        "#);
        let update = Action::Update { changes };
        assert_eq!(changed_names(&update), ": options, policy");
        insta::assert_snapshot!(fields_text(&update), @r#"
        options.level: "OFF" -> "BASIC"
        policy:
          - statement A
              - Effect Allow
              - Action s3:*
        "#);
    }
}
