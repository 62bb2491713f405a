//! Policy documents, compared by their meaning.
//!
//! AWS does not give a policy document back as it was put: lists come reordered, a list of one
//! element comes as that element and the other way round, an account comes as the ARN of its root
//! user, `Id` and `Sid` are filled in (IAM User Guide, "IAM JSON policy elements reference";
//! terraform-provider-aws compares with `hashicorp/awspolicyequivalence` for the same reason). So
//! both sides of each comparison go through [`normalise_document`], and a read answers the desired
//! document wherever AWS holds one of the same meaning.

mod difference;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use difference::is_policy;
pub use difference::{StatementChange, list_statement_changes};
use domain::arn::Arn;
use serde_json::{Map, Value, json};

/// The version of a document that names none (IAM User Guide, "IAM JSON policy elements: Version").
const DEFAULT_VERSION: &str = "2008-10-17";

/// Parses a document from AWS. Elements that mean the same as in the desired document take its
/// form. Null for a text that is not JSON.
pub(crate) fn parse(desired: &Value, text: &str) -> Value {
    in_terms_of(desired, serde_json::from_str(text).unwrap_or(Value::Null))
}

/// Returns the desired document if the live one means the same. Otherwise returns the live one,
/// with each statement and each element that means the same in the desired words, so that a
/// difference shows only what differs.
pub(crate) fn in_terms_of(desired: &Value, live: Value) -> Value {
    if normalise_document(desired) == normalise_document(&live) {
        return desired.clone();
    }
    let Value::Object(mut document) = live else { return live };
    document.remove("Id");
    if let Some(statements) = document.remove("Statement") {
        document.insert(
            "Statement".to_owned(),
            align_statements(&statements_of(desired), to_list(statements)),
        );
    }
    Value::Object(document)
}

/// Returns the document in the one form that all documents of its meaning share.
pub(crate) fn normalise_document(document: &Value) -> Value {
    let Value::Object(fields) = document else { return document.clone() };
    let mut normalised = fields.clone();
    normalised.remove("Id");
    normalised.entry("Version").or_insert_with(|| json!(DEFAULT_VERSION));
    let mut statements: Vec<Value> =
        statements_of(document).iter().map(normalise_statement).collect();
    statements.sort_by_key(Value::to_string);
    normalised.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(normalised)
}

/// Returns the normalised statement of this `Sid`. The keys of its conditions are in lower case.
pub(crate) fn find_statement(document: &Value, sid: &str) -> Option<Value> {
    let statements = statements_of(document);
    statements.iter().find(|statement| statement["Sid"] == *sid).map(normalise_statement)
}

/// Returns the elements of a normalised list as one text: the element itself where there is one.
pub(crate) fn join_list(list: &Value) -> String {
    let texts: Vec<&str> =
        list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    texts.join(", ")
}

fn statements_of(document: &Value) -> Vec<Value> {
    document.get("Statement").cloned().map(to_list).unwrap_or_default()
}

fn to_list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn normalise_statement(statement: &Value) -> Value {
    let Value::Object(fields) = statement else { return statement.clone() };
    let normalised =
        fields.iter().map(|(name, value)| (name.clone(), normalise_element(name, value)));
    Value::Object(normalised.filter(|(_, value)| !is_empty(value)).collect())
}

fn normalise_element(name: &str, value: &Value) -> Value {
    match name {
        // The names of actions have no case (IAM User Guide, "IAM JSON policy elements: Action").
        "Action" | "NotAction" => normalise_set(value, |text| text.to_ascii_lowercase()),
        "Resource" | "NotResource" => normalise_set(value, |text| text),
        "Principal" | "NotPrincipal" => normalise_principal(value),
        "Condition" => normalise_condition(value),
        _ => value.clone(),
    }
}

/// `*` is short for `{"AWS": "*"}` (IAM User Guide, "AWS JSON policy elements: Principal").
fn normalise_principal(principal: &Value) -> Value {
    match principal {
        Value::Object(by_type) => by_type
            .iter()
            .map(|(name, ids)| (name.clone(), normalise_set(ids, account_id)))
            .collect(),
        Value::String(anyone) => json!({ "AWS": [anyone] }),
        other => other.clone(),
    }
}

/// The keys of conditions have no case, their values are alternatives (IAM User Guide, "IAM JSON
/// policy elements: Condition").
fn normalise_condition(condition: &Value) -> Value {
    let Value::Object(operators) = condition else { return condition.clone() };
    let mut normalised = Map::new();
    for (operator, keys) in operators {
        let mut values = BTreeMap::<String, Value>::new();
        for (key, of_key) in keys.as_object().into_iter().flatten() {
            values.insert(key.to_ascii_lowercase(), normalise_set(of_key, |text| text));
        }
        normalised.insert(operator.clone(), json!(values));
    }
    Value::Object(normalised)
}

/// A scalar stands for the list of it; booleans and numbers are stored as texts.
fn normalise_set(value: &Value, normalise: impl Fn(String) -> String) -> Value {
    let text = |item: Value| match item {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let texts: BTreeSet<String> =
        to_list(value.clone()).into_iter().map(|item| normalise(text(item))).collect();
    json!(texts)
}

/// `arn:aws:iam::111122223333:root` is the account 111122223333 (IAM User Guide, "AWS JSON policy
/// elements: Principal").
fn account_id(principal: String) -> String {
    match Arn::parse(&principal) {
        Some(Arn { service: "iam", region: "", account, resource: "root", .. }) => {
            account.to_owned()
        }
        _ => principal,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The live statements, those of the same meaning or of the same `Sid` in the desired order.
fn align_statements(desired: &[Value], mut live: Vec<Value>) -> Value {
    let mut aligned = Vec::new();
    for wanted in desired {
        let same = |one: &Value| normalise_statement(one) == normalise_statement(wanted);
        let named = |one: &Value| !is_empty(&wanted["Sid"]) && one.get("Sid") == wanted.get("Sid");
        if let Some(position) = live.iter().position(same).or_else(|| live.iter().position(named)) {
            aligned.push(align_elements(wanted, live.remove(position)));
        }
    }
    aligned.extend(live);
    Value::Array(aligned)
}

fn align_elements(desired: &Value, live: Value) -> Value {
    if normalise_statement(desired) == normalise_statement(&live) {
        return desired.clone();
    }
    let Value::Object(mut elements) = live else { return live };
    for (name, value) in &mut elements {
        if let Some(wanted) = desired.get(name)
            && normalise_element(name, wanted) == normalise_element(name, value)
        {
            *value = wanted.clone();
        }
    }
    Value::Object(elements)
}

#[cfg(test)]
mod tests;
