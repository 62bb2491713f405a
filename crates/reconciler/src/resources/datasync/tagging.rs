//! Tags of DataSync resources.

use std::collections::BTreeMap;

use aws_sdk_datasync::types::TagListEntry;

use super::lists;
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::tagging::{has_resource_tags, resource_tags};

/// Whether it has our tags; a resource that was deleted in the meantime has not.
pub(super) async fn is_managed(aws: &Aws, id: &ResourceId, arn: &str) -> Result<bool, KindError> {
    Ok(are_managed(aws, id, &lists::tags_of(aws, arn).await?))
}

pub(super) fn are_managed(aws: &Aws, id: &ResourceId, tags: &BTreeMap<String, String>) -> bool {
    has_resource_tags(aws, id, tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Our tags, as DataSync takes them.
pub(super) fn tag_list(aws: &Aws, id: &ResourceId) -> Vec<TagListEntry> {
    resource_tags(aws, id).into_iter().map(|(key, value)| new_tag(key, &value)).collect()
}

pub(super) fn new_tag(key: &str, value: &str) -> TagListEntry {
    TagListEntry::builder().key(key).value(value).build().expect("a key is all that a tag needs")
}
