//! Completion of a resource that an interrupted or unanswered call created.

use serde_json::json;

use super::refusals::is_uncertain;
use crate::Aws;
use crate::diff::changed_fields;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{LiveResource, ResourceKind};

/// Updates a resource that an interrupted `create` made to its desired state.
pub(super) async fn complete_resource<K: ResourceKind>(
    kind: &K,
    aws: &Aws,
    id: &ResourceId,
    found: &LiveResource,
) -> Result<(), KindError> {
    let changed = changed_fields(&found.state, &json!(kind));
    if changed.is_empty() { Ok(()) } else { kind.update(aws, id, found, &changed).await }
}

/// Completes the resource of a `create` whose response was lost. Without such a resource the
/// failure stays.
pub(super) async fn adopt_after_lost_response<K: ResourceKind>(
    kind: &K,
    aws: &Aws,
    id: &ResourceId,
    error: KindError,
) -> Result<(), KindError> {
    let uncertain = matches!(&error.source, Cause::Sdk(failure) if is_uncertain(failure));
    let found = if uncertain { kind.read(aws, id).await? } else { None };
    match found {
        Some(found) => complete_resource(kind, aws, id, &found).await,
        None => Err(error),
    }
}

/// Whether `changed` contains the field.
pub(super) fn contains_field(changed: &[String], field: &str) -> bool {
    changed.iter().any(|changed| changed == field)
}
