//! Locations of both kinds: found by URI and tags, deleted by ARN.

use std::collections::BTreeMap;

use aws::SdkFailure;

use super::lists;
use super::refusals::is_absent;
use super::tagging::are_managed;
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::Actions;

pub(crate) const ACTIONS: Actions =
    Actions { look: &[], make: &[], change: &["datasync:DeleteLocation"], implied: &[] };

/// A location as `ListLocations` has it.
pub(super) struct ListedLocation {
    pub(super) arn: String,
    pub(super) uri: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// Returns the location with our tags, among those whose URI begins with `scheme`. Those with the
/// desired URI are looked at first: one of them is the wanted one, unless it differs.
pub(super) async fn find_location(
    aws: &Aws,
    id: &ResourceId,
    scheme: &str,
    desired_uri: &str,
) -> Result<Option<ListedLocation>, KindError> {
    let mut locations = lists::list_locations(aws, id).await?;
    locations.retain(|(_, uri)| uri.starts_with(scheme));
    locations.sort_by_key(|(_, uri)| !is_same_uri(uri, desired_uri));
    for (arn, uri) in locations {
        let tags = lists::tags_of(aws, &arn).await?;
        if are_managed(aws, id, &tags) {
            return Ok(Some(ListedLocation { arn, uri, tags }));
        }
    }
    Ok(None)
}

/// Returns the location with the desired URI, without its tags, if there is exactly one, and where
/// one that is as desired counts as ours.
pub(super) async fn find_only_location(
    aws: &Aws,
    id: &ResourceId,
    desired_uri: &str,
) -> Result<Option<ListedLocation>, KindError> {
    if !aws.unchanged_is_ours {
        return Ok(None);
    }
    let mut locations = lists::list_locations(aws, id).await?;
    locations.retain(|(_, uri)| is_same_uri(uri, desired_uri));
    let only = if locations.len() == 1 { locations.pop() } else { None };
    Ok(only.map(|(arn, uri)| ListedLocation { arn, uri, tags: BTreeMap::new() }))
}

fn is_same_uri(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
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
