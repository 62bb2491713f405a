//! Reads of a location: by its URI alone where a plan is only shown, otherwise by its tags.

use std::collections::BTreeMap;

use super::{LocationEfs, MOUNT_TARGET_TAG};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::LiveResource;
use crate::resources::datasync::locations::{ListedLocation, find_only_location};
use crate::resources::datasync::refusals::answer_if_there;
use crate::tagging::is_ours_unchanged;

impl LocationEfs {
    /// Returns the location without a look at its tags, if it may be told by its role: nobody but
    /// us makes one with a role of ours. The mount target, which a tag has, is then taken to be the
    /// present one of the subnet, which is ours and as desired (decision 15).
    pub(super) async fn find_unchanged(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<LiveResource>, KindError> {
        let Some(listed) = find_only_location(aws, id, &self.uri(aws)).await? else {
            return Ok(None);
        };
        let target = self.mount_target_id.clone();
        let tags: BTreeMap<_, _> =
            target.into_iter().map(|target| (MOUNT_TARGET_TAG.to_owned(), target)).collect();
        let found = self.describe_listed(aws, &ListedLocation { tags, ..listed }).await?;
        Ok(found.filter(|found| is_ours_unchanged(aws, &found.state, self)))
    }

    pub(super) async fn describe_listed(
        &self,
        aws: &Aws,
        listed: &ListedLocation,
    ) -> Result<Option<LiveResource>, KindError> {
        let describe = aws.datasync.describe_location_efs().location_arn(&listed.arn);
        let doing = KindError::doing("describing DataSync EFS location", &listed.arn);
        let answer = answer_if_there(describe.send().await, doing)?;
        Ok(answer.map(|answer| self.live_resource(aws, listed, answer)))
    }
}
