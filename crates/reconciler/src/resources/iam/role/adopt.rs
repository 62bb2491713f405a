//! A role that exists when it is to be created.

use aws::SdkFailure;
use serde_json::json;

use super::Role;
use crate::Aws;
use crate::diff::changed_fields;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::ResourceKind;

impl Role {
    /// Completes the role after IAM refused to create it because it exists.
    pub(super) async fn adopt_role(
        &self,
        aws: &Aws,
        id: &ResourceId,
        failure: SdkFailure,
    ) -> Result<(), KindError> {
        // An earlier call whose response was lost created it; a role that is not managed is left
        // unchanged.
        let exists = failure.is(&["EntityAlreadyExists", "EntityAlreadyExistsException"]);
        let found = if exists { self.read(aws, id).await? } else { None };
        match found.filter(|found| found.managed) {
            Some(found) => {
                self.update(aws, id, &found, &changed_fields(&found.state, &json!(self))).await
            }
            None => Err(KindError::doing("creating IAM role", &self.name)(failure)),
        }
    }
}
