//! What the three DataSync kinds share: finding ours by its tags, and how DataSync says "not
//! found".
//!
//! DataSync has no client token and no search by tag, and allows duplicates (API model 2018-11-09).
//! So a call that makes something is never sent twice by the SDK: when its answer is lost, the next
//! apply finds by tags what it made.

pub(crate) mod lists;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::config::retry::RetryConfig;
use aws_sdk_datasync::config::{Builder, Config};
use aws_sdk_datasync::types::TagListEntry;

use super::{Actions, KindError, bears_our_tags, tags};
use crate::Aws;
use crate::graph::ResourceId;

pub(crate) const ACTIONS: Actions = Actions {
    look: &["datasync:ListLocations", "datasync:ListTagsForResource", "datasync:ListTasks"],
    make: &[],
    change: &["datasync:DeleteLocation"],
    implied: &[],
};

/// A location as `ListLocations` has it.
pub(super) struct Listed {
    pub(super) arn: String,
    pub(super) uri: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// The location that bears our tags, among those whose URI begins with `uri_prefix`.
pub(super) async fn find_location(
    aws: &Aws,
    id: &ResourceId,
    uri_prefix: &str,
) -> Result<Option<Listed>, KindError> {
    for (arn, uri) in lists::locations(aws, id).await? {
        if !uri.starts_with(uri_prefix) {
            continue;
        }
        let tags = lists::tags_of(aws, &arn).await?;
        if are_ours(aws, id, &tags) {
            return Ok(Some(Listed { arn, uri, tags }));
        }
    }
    Ok(None)
}

async fn ask_locations(aws: &Aws, id: &ResourceId) -> Result<Vec<(String, String)>, KindError> {
    let mut pages = aws.datasync.list_locations().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(KindError::doing("listing DataSync locations for", id.as_str()))?;
        let locations = page.locations.unwrap_or_default().into_iter();
        found.extend(
            locations.filter_map(|location| Some((location.location_arn?, location.location_uri?))),
        );
    }
    Ok(found)
}

async fn ask_tasks(aws: &Aws, id: &ResourceId) -> Result<Vec<String>, KindError> {
    let mut pages = aws.datasync.list_tasks().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(KindError::doing("listing DataSync tasks for", id.as_str()))?;
        found.extend(page.tasks.unwrap_or_default().into_iter().filter_map(|task| task.task_arn));
    }
    Ok(found)
}

/// Whether it bears our tags; what was deleted meanwhile does not.
pub(super) async fn is_ours(aws: &Aws, id: &ResourceId, arn: &str) -> Result<bool, KindError> {
    Ok(are_ours(aws, id, &lists::tags_of(aws, arn).await?))
}

fn are_ours(aws: &Aws, id: &ResourceId, tags: &BTreeMap<String, String>) -> bool {
    bears_our_tags(aws, id, tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// None for what was deleted meanwhile.
async fn ask_tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>, KindError> {
    // A resource has at most 50 tags and a page 100.
    match aws.datasync.list_tags_for_resource().resource_arn(arn).max_results(100).send().await {
        Ok(answer) => {
            let tags = answer.tags.unwrap_or_default().into_iter();
            Ok(tags.map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
        }
        Err(error) => {
            let failure = SdkFailure::from(error);
            let absent = is_absent(&failure);
            if absent {
                Ok(BTreeMap::new())
            } else {
                Err(KindError::doing("reading the tags of", arn)(failure))
            }
        }
    }
}

pub(super) async fn delete_location(aws: &Aws, arn: &str) -> Result<(), KindError> {
    match aws.datasync.delete_location().location_arn(arn).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let failure = SdkFailure::from(error);
            if is_absent(&failure) {
                Ok(())
            } else {
                Err(KindError::doing("deleting DataSync location", arn)(failure))
            }
        }
    }
}

/// Our tags, as DataSync takes them.
pub(super) fn tag_list(aws: &Aws, id: &ResourceId) -> Vec<TagListEntry> {
    tags(aws, id).into_iter().map(|(key, value)| tag(key, &value)).collect()
}

pub(super) fn tag(key: &str, value: &str) -> TagListEntry {
    TagListEntry::builder().key(key).value(value).build().expect("a key is all that a tag needs")
}

/// DataSync has one code for every wrong request: what is absent shows in the message alone
/// (terraform-provider-aws tests for the same text).
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidRequestException"]) && failure.says("not found")
}

/// For the calls that make something.
pub(super) fn sent_once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// How DataSync says that a role, or what a role or a bucket policy allows, is not what it needs.
/// terraform-provider-aws (`internal/service/datasync/location_s3.go`) retries the first two, of
/// the second any wording; the others are how the services behind DataSync word the same denial,
/// which its message quotes. One code stands for all (API model 2018-11-09).
const DENIED: [&str; 9] = [
    "unable to assume role",
    "access test failed",
    "could not assume role",
    "cannot assume role",
    "unable to connect to s3 endpoint",
    "access denied",
    "accessdenied",
    "not authorized to perform",
    "does not have permission",
];

/// Whether a role or a policy that was put a moment ago may not be known everywhere yet. A denial
/// that is meant looks the same: it is reported once the bound of the wait is over.
fn role_is_not_known_yet(failure: &SdkFailure) -> bool {
    let message = failure.message.to_lowercase();
    failure.is(&["InvalidRequestException"]) && DENIED.iter().any(|words| message.contains(words))
}

/// Refusals that pass with time: a role that is too young, or too many calls. What was refused did
/// not take effect, so that sending it again makes nothing twice.
pub(super) fn passes_with_time(failure: &SdkFailure) -> bool {
    role_is_not_known_yet(failure)
        || failure.is(&["ThrottlingException", "TooManyRequestsException"])
}

/// Answers for the tests of the three kinds.
#[cfg(test)]
pub(super) mod testing {
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

    pub(crate) fn tagged(stack: &'static str, resource: &'static str) -> Rule {
        let tag = |key, value| {
            TagListEntry::builder().key(key).value(value).build().expect("a key is given")
        };
        mock!(Client::list_tags_for_resource).then_output(move || {
            let tags = [tag("efs-s3:stack", stack), tag("efs-s3:resource", resource)];
            ListTagsForResourceOutput::builder().set_tags(Some(tags.to_vec())).build()
        })
    }
}
