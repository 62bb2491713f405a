//! Tags of EC2 resources: set when a resource is created, used as filters when it is read.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use domain::names;

use crate::Aws;
use crate::resource_id::ResourceId;
use crate::tagging::{has_resource_tags, resource_tags};

/// Shown by the console in the column "Name".
const NAME_TAG: &str = "Name";

/// Our tags and a name, for `TagSpecifications` of the call that creates the resource.
pub(super) fn tag_specification(
    aws: &Aws,
    id: &ResourceId,
    resource_type: ResourceType,
) -> TagSpecification {
    let name = (NAME_TAG, format!("{}-{id}", aws.names.stack));
    let managed = resource_tags(aws, id)
        .into_iter()
        .chain([name])
        .map(|(key, value)| new_tag(key, value))
        .collect();
    TagSpecification::builder().resource_type(resource_type).set_tags(Some(managed)).build()
}

pub(super) fn new_tag(key: &str, value: impl Into<String>) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// The filters of a `Describe…` for the tags of this resource.
pub(super) fn tag_filters(aws: &Aws, id: &ResourceId) -> Option<Vec<Filter>> {
    Some(
        resource_tags(aws, id)
            .into_iter()
            .map(|(key, value)| new_filter(&format!("tag:{key}"), value))
            .collect(),
    )
}

/// The filter of a `Describe…` for the resources of this stack.
pub(super) fn stack_filter(aws: &Aws) -> Filter {
    new_filter(&format!("tag:{}", names::STACK_TAG), &aws.names.stack)
}

pub(super) fn new_filter(name: &str, value: impl Into<String>) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// Whether these are the tags of this resource. Filters select by the same tags; before a deletion
/// they are checked again.
pub(super) fn is_managed(aws: &Aws, id: &ResourceId, found: &[Tag]) -> bool {
    has_resource_tags(aws, id, found.iter().filter_map(|tag| tag.key().zip(tag.value())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::ec2::testing;
    use crate::testing::mocked;

    fn resource_id() -> ResourceId {
        ResourceId::new("nat-gateway")
    }

    #[test]
    fn what_is_made_bears_our_tags_and_a_name() {
        let specification =
            tag_specification(&mocked::aws(), &resource_id(), ResourceType::Natgateway);
        assert_eq!(specification.tags, testing::managed_tags("nat-gateway"));
        assert!(is_managed(&mocked::aws(), &resource_id(), specification.tags()));
        assert!(!is_managed(&mocked::aws(), &ResourceId::new("vpc"), specification.tags()));
    }
}
