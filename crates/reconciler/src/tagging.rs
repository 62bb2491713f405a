//! The tags of managed resources.

use std::collections::{BTreeMap, HashMap};

use domain::names;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Aws;
use crate::resource_id::ResourceId;

/// The tags of a managed resource.
pub(crate) fn resource_tags(aws: &Aws, id: &ResourceId) -> [(&'static str, String); 2] {
    [(names::STACK_TAG, aws.names.stack.clone()), (names::RESOURCE_TAG, id.as_str().to_owned())]
}

/// Whether a resource counts as ours without a request for its tags: it has the fixed name and all
/// values that are desired, and nothing will be done with it.
pub(crate) fn is_ours_unchanged(aws: &Aws, live: &Value, desired: &impl Serialize) -> bool {
    aws.unchanged_is_ours && *live == json!(desired)
}

/// Returns `true` when tags that a service answers as a map are those of this resource.
pub(crate) fn map_has_resource_tags(
    aws: &Aws,
    id: &ResourceId,
    found: &HashMap<String, String>,
) -> bool {
    has_resource_tags(aws, id, found.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Returns `true` when tags read from AWS are those of this resource.
pub(crate) fn has_resource_tags<'a>(
    aws: &Aws,
    id: &ResourceId,
    found: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> bool {
    let found: BTreeMap<&str, &str> = found.into_iter().collect();
    resource_tags(aws, id).iter().all(|(key, value)| found.get(key) == Some(&value.as_str()))
}
