//! Responses of DataSync for the tests of its resources.

use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::list_locations::ListLocationsOutput;
use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_datasync::types::{LocationListEntry, TagListEntry};
use aws_smithy_mocks::{Rule, mock};

pub(crate) fn lists_location(arn: &'static str, uri: &'static str) -> Rule {
    mock!(Client::list_locations).then_output(move || {
        let location = LocationListEntry::builder().location_arn(arn).location_uri(uri).build();
        ListLocationsOutput::builder().locations(location).build()
    })
}

pub(crate) fn mock_tags(stack: &'static str, resource: &'static str) -> Rule {
    let tag =
        |key, value| TagListEntry::builder().key(key).value(value).build().expect("a key is given");
    mock!(Client::list_tags_for_resource).then_output(move || {
        let tags = [tag("efs-s3:stack", stack), tag("efs-s3:resource", resource)];
        ListTagsForResourceOutput::builder().set_tags(Some(tags.to_vec())).build()
    })
}
