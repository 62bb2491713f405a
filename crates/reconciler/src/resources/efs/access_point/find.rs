//! Search for the access point by client token and tags.

use aws::SdkFailure;
use aws_sdk_efs::types::AccessPointDescription;

use super::{AccessPoint, bears_tags, is_alive, is_gone};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::tagging::resource_tags;

impl AccessPoint {
    /// The access point with our tags that is not being deleted.
    pub(super) async fn find_managed(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<AccessPointDescription>, KindError> {
        self.find_access_point(aws, id, |description| bears_tags(aws, id, description)).await
    }

    /// Returns an error about an access point of our token that has lost its tags.
    pub(super) async fn require_tags(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let token = self.client_token(aws, id);
        let of_token =
            |description: &AccessPointDescription| description.client_token() == Some(&token);
        let Some(made) = self
            .find_access_point(aws, id, of_token)
            .await?
            .filter(|made| !bears_tags(aws, id, made))
        else {
            return Ok(());
        };
        let access_point_id = made.access_point_id.unwrap_or_default();
        let [stack, resource] =
            resource_tags(aws, id).map(|(key, value)| format!("Key={key},Value={value}"));
        Err(KindError::doing("creating EFS access point", id.as_str())(Cause::Other(format!(
            "this stack created `{access_point_id}`, which has lost its tags; tag it again \
             (`aws efs tag-resource --resource-id {access_point_id} --tags {stack} {resource}`), or delete \
             it, and the next deploy creates a new one"
        ))))
    }

    /// The first matching access point of the file system that is not being deleted.
    pub(super) async fn find_access_point(
        &self,
        aws: &Aws,
        id: &ResourceId,
        is_it: impl Fn(&AccessPointDescription) -> bool,
    ) -> Result<Option<AccessPointDescription>, KindError> {
        let mut next = None;
        loop {
            let describe = aws.efs.describe_access_points().file_system_id(&self.file_system_id);
            let answer = match describe.set_next_token(next).send().await.map_err(SdkFailure::from)
            {
                Ok(answer) => answer,
                Err(failure) if is_gone(&failure) => return Ok(None),
                Err(failure) => {
                    return Err(KindError::doing("listing EFS access points for", id.as_str())(
                        failure,
                    ));
                }
            };
            next = answer.next_token;
            let mut all = answer.access_points.unwrap_or_default().into_iter();
            if let Some(found) = all.find(|description| is_alive(description) && is_it(description))
            {
                return Ok(Some(found));
            }
            if next.is_none() {
                return Ok(None);
            }
        }
    }

    /// At most 64 characters. Another path is another access point.
    pub(super) fn client_token(&self, aws: &Aws, id: &ResourceId) -> String {
        let text = format!("{}\n{id}\n{}\n{}", aws.names.stack, self.file_system_id, self.path);
        domain::records::hash_chain::sha256_hex(text.as_bytes())
    }
}
