//! References between resources: `${file-system.arn}` in a field stands for an attribute of another
//! resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource_id::ResourceId;

/// Attributes of the resources that exist, by resource.
pub(crate) type Attributes = BTreeMap<ResourceId, BTreeMap<String, String>>;

/// The text shown for a field whose reference is not known yet.
pub const UNKNOWN: &str = "(known after apply)";

/// The resources a state refers to, among those that exist in the graph: other uses of `${…}` (IAM
/// policy variables) are left alone.
pub(crate) fn find_dependencies(
    state: &Value,
    is_resource: &impl Fn(&ResourceId) -> bool,
) -> BTreeSet<ResourceId> {
    let mut found = BTreeSet::new();
    visit_strings(state, &mut |text| {
        for (id, _) in find_references(text) {
            let id = ResourceId::new(id);
            if is_resource(&id) {
                found.insert(id);
            }
        }
    });
    found
}

/// The state with each known reference replaced by its value. The flag says whether all were known.
pub(crate) fn resolve_references(
    state: &Value,
    known: &Attributes,
    is_resource: &impl Fn(&ResourceId) -> bool,
) -> (Value, bool) {
    let mut complete = true;
    let resolved = map_strings(state, &mut |text| {
        let mut replaced = text.to_owned();
        for (id, attribute) in find_references(text) {
            let owner = ResourceId::new(id);
            if !is_resource(&owner) {
                continue;
            }
            match known.get(&owner).and_then(|attributes| attributes.get(attribute)) {
                Some(value) => replaced = replaced.replace(&owner.attribute(attribute), value),
                None => complete = false,
            }
        }
        replaced
    });
    (resolved, complete)
}

/// Whether a text still holds a reference.
pub(crate) fn is_unresolved(text: &str, is_resource: &impl Fn(&ResourceId) -> bool) -> bool {
    find_references(text).any(|(id, _)| is_resource(&ResourceId::new(id)))
}

/// Whether a field still refers to a resource that does not exist. A resource that is identified by
/// such a field cannot exist either.
pub(crate) fn is_reference(field: &str) -> bool {
    field.contains("${")
}

/// An id may have dots (`task.home`), an attribute has none.
fn find_references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').and_then(|(inner, _)| inner.rsplit_once('.')))
}

fn visit_strings(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| visit_strings(item, see)),
        Value::Object(fields) => fields.values().for_each(|field| visit_strings(field, see)),
        _ => {}
    }
}

fn map_strings(value: &Value, change: &mut impl FnMut(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_strings(item, change)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), map_strings(field, change))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known_attributes() -> Attributes {
        let arn = BTreeMap::from([("arn".to_owned(), "arn:fs".to_owned())]);
        BTreeMap::from([(ResourceId::new("file-system"), arn)])
    }

    fn in_graph(id: &ResourceId) -> bool {
        ["file-system", "role"].contains(&id.as_str())
    }

    #[test]
    fn known_references_are_replaced_wherever_they_stand() {
        let state =
            json!({"arn": "${file-system.arn}", "list": ["${file-system.arn}/*"], "number": 1});
        let expected = json!({"arn": "arn:fs", "list": ["arn:fs/*"], "number": 1});
        assert_eq!(resolve_references(&state, &known_attributes(), &in_graph), (expected, true));
    }

    #[test]
    fn an_unknown_reference_stays() {
        let state = json!({"role": "${role.arn}", "arn": "${file-system.arn}"});
        let expected = json!({"role": "${role.arn}", "arn": "arn:fs"});
        assert_eq!(resolve_references(&state, &known_attributes(), &in_graph), (expected, false));
    }

    #[test]
    fn the_id_of_a_sync_has_a_dot_and_may_have_a_region() {
        let text = "${task.home.arn} ${destination-location.home@eu-west-1.arn}";
        let found: Vec<_> = find_references(text).collect();
        assert_eq!(found, [("task.home", "arn"), ("destination-location.home@eu-west-1", "arn")]);
    }

    #[test]
    fn policy_variables_are_no_references() {
        let state = json!({"Resource": "arn:aws:s3:::bucket/${aws:username}/${aws.x}"});
        assert_eq!(
            resolve_references(&state, &known_attributes(), &in_graph),
            (state.clone(), true)
        );
        assert!(find_dependencies(&state, &in_graph).is_empty());
    }

    #[test]
    fn dependencies_are_what_the_fields_refer_to() {
        let state = json!({"a": "${role.arn}", "b": [{"c": "${file-system.id}"}]});
        let expected = BTreeSet::from([ResourceId::new("file-system"), ResourceId::new("role")]);
        assert_eq!(find_dependencies(&state, &in_graph), expected);
    }
}
