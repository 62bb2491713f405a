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
    let without_slash = |uri: &str| uri.trim_end_matches('/').to_owned();
    let desired = without_slash(desired_uri);
    locations.sort_by_key(|(_, uri)| without_slash(uri) != desired);
    for (arn, uri) in locations {
        let tags = lists::tags_of(aws, &arn).await?;
        if are_managed(aws, id, &tags) {
            return Ok(Some(ListedLocation { arn, uri, tags }));
        }
    }
    Ok(None)
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
