//! The difference between two policy documents, statement by statement.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::{normalise_statement, statements_of, to_list};

/// The elements of a statement that a difference shows, in the order of the grammar (IAM User
/// Guide, "Grammar of the IAM JSON policy language").
const ELEMENTS: [&str; 8] = [
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// One statement that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementChange {
    /// `+`, `~` or `-`.
    pub sign: char,
    /// The `Sid`, or the number of the statement.
    pub name: String,
    /// Added and removed parts, each with its sign.
    pub parts: Vec<String>,
}

impl fmt::Display for StatementChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} statement {}", self.sign, self.name)?;
        self.parts.iter().try_for_each(|part| write!(f, "\n    {part}"))
    }
}

/// Whether a value is a policy document.
pub(crate) fn is_policy(value: &Value) -> bool {
    matches!(value.get("Statement"), Some(Value::Array(_) | Value::Object(_)))
}

/// Returns the statements that differ. A value that is no document has no statements.
#[must_use]
pub fn list_statement_changes(before: &Value, after: &Value) -> Vec<StatementChange> {
    let mut old = statements_of(before);
    let mut changes = Vec::new();
    for (index, statement) in statements_of(after).iter().enumerate() {
        let matching = find_match(&old, statement).map(|position| old.remove(position));
        changes.extend(compare_statements(index, matching.as_ref(), statement));
    }
    let removed = old.iter().enumerate().map(|(index, statement)| StatementChange {
        sign: '-',
        name: statement_name(index, statement),
        parts: list_parts('-', statement, &Value::Null),
    });
    changes.extend(removed);
    changes
}

/// The statement of the same `Sid`, else of the same meaning, else with the same resources.
fn find_match(statements: &[Value], wanted: &Value) -> Option<usize> {
    let find = |same: &dyn Fn(&Value) -> bool| statements.iter().position(same);
    if wanted["Sid"].is_string() {
        return find(&|one| one["Sid"] == wanted["Sid"]);
    }
    let normalised = normalise_statement(wanted);
    find(&|one| normalise_statement(one) == normalised).or_else(|| {
        find(&|one| one["Effect"] == wanted["Effect"] && one["Resource"] == wanted["Resource"])
    })
}

fn compare_statements(
    index: usize,
    before: Option<&Value>,
    after: &Value,
) -> Option<StatementChange> {
    let name = statement_name(index, after);
    let Some(before) = before else {
        let parts = list_parts('+', after, &Value::Null);
        return Some(StatementChange { sign: '+', name, parts });
    };
    let parts = [list_parts('-', before, after), list_parts('+', after, before)].concat();
    (!parts.is_empty()).then_some(StatementChange { sign: '~', name, parts })
}

fn statement_name(index: usize, statement: &Value) -> String {
    statement["Sid"].as_str().map_or_else(|| format!("{}", index + 1), str::to_owned)
}

/// Returns the parts of a statement that the other one does not have.
fn list_parts(sign: char, statement: &Value, other: &Value) -> Vec<String> {
    let parts = ELEMENTS.iter().flat_map(|element| {
        let others = values_of(&other[element]);
        let own = values_of(&statement[element]).into_iter();
        own.filter(move |value| !others.contains(value))
            .map(move |value| format!("{sign} {element} {value}"))
    });
    parts.collect()
}

/// Returns the values of an element: its texts, and for objects the path to each.
fn values_of(element: &Value) -> BTreeSet<String> {
    match element {
        Value::Null => BTreeSet::new(),
        Value::Object(fields) => values_of_object(fields),
        other => to_list(other.clone()).iter().map(plain_text).collect(),
    }
}

fn values_of_object(fields: &Map<String, Value>) -> BTreeSet<String> {
    let values = fields.iter().flat_map(|(name, value)| {
        values_of(value).into_iter().map(move |value| format!("{name} {value}"))
    });
    values.collect()
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn difference(before: &Value, after: &Value) -> String {
        let changes = list_statement_changes(before, after);
        changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn statements_are_compared_by_sid() {
        let before = json!({ "Statement": [
            { "Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
              "Resource": "arn:aws:s3:::a" },
            { "Sid": "Old", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*" },
            { "Sid": "Same", "Effect": "Deny", "Action": "*", "Resource": "*" },
        ] });
        let tls = json!({ "Bool": { "aws:SecureTransport": "false" } });
        let after = json!({ "Statement": [
            { "Sid": "Same", "Effect": "Deny", "Action": "*", "Resource": "*" },
            { "Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
              "Resource": "arn:aws:s3:::a" },
            { "Sid": "Tls", "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "s3:*",
              "Resource": "*", "Condition": tls },
        ] });
        insta::assert_snapshot!(difference(&before, &after), @"
        ~ statement Read
            - Action s3:ListBucket
            + Action s3:GetObjectVersion
        + statement Tls
            + Effect Deny
            + Principal AWS *
            + Action s3:*
            + Resource *
            + Condition Bool aws:SecureTransport false
        - statement Old
            - Effect Allow
            - Action sns:Publish
            - Resource *
        ");
        assert_eq!(difference(&after, &after), "");
    }

    #[test]
    fn statements_without_a_sid_are_matched_by_meaning_then_by_resource() {
        let read = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "a" });
        let write = json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "a" });
        let before = json!({ "Statement": [write, read] });
        let after = json!({ "Statement": read });
        insta::assert_snapshot!(difference(&before, &after), @"
        - statement 1
            - Effect Allow
            - Action s3:PutObject
            - Resource a
        ");
        let changed = json!({ "Statement": [write] });
        insta::assert_snapshot!(difference(&json!({ "Statement": read }), &changed), @"
        ~ statement 1
            - Action s3:GetObject
            + Action s3:PutObject
        ");
    }

    #[test]
    fn nothing_is_cut() {
        let actions: Vec<String> = (0..200).map(|n| format!("s3:Action{n}")).collect();
        let policy = json!({ "Statement": [{ "Effect": "Allow", "Action": actions }] });
        assert_eq!(difference(&Value::Null, &policy).lines().count(), 202);
        assert!(is_policy(&policy) && !is_policy(&json!({ "Statement": 1 })));
    }
}
