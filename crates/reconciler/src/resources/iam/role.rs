//! IAM role with its policies: at most one inline policy of ours, and AWS's managed policies by
//! ARN. Roles are global to the account and found by name.
//!
//! A desired permissions boundary is set before any policy.
//!
//! Policies that somebody else added show as a difference and are removed: a role has exactly the
//! configured permissions.

mod adopt;
mod documents;
mod policies;
mod presets;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_iam::types::Tag;
use aws_sdk_iam::types::builders::TagBuilder;
use futures::future::try_join;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::documents::{decode_document, string_list};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

/// The characters of all inline policies of a role, not counting white space (IAM User Guide, "IAM
/// and AWS STS quotas").
pub const INLINE_LIMIT: usize = 10_240;

/// The name of the only inline policy of a managed role.
const POLICY_NAME: &str = "permissions";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    /// The trust policy: the principals that may assume the role.
    pub trust: Value,
    /// The inline policy; null for none.
    pub policy: Value,
    /// Managed policies, sorted.
    #[serde(default)]
    pub managed_policy_arns: Vec<String>,
    /// Names of inline policies that are not managed; never desired.
    #[serde(default)]
    pub other_policies: Vec<String>,
    /// The managed policy beyond which no policy of the role reaches.
    #[serde(default)]
    pub permissions_boundary_arn: Option<String>,
}

impl ResourceKind for Role {
    const NAME: &'static str = "IAM role";
    const ACTIONS: Actions = Actions {
        look: &[
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ],
        make: &["iam:CreateRole"],
        change: &[
            "iam:AttachRolePolicy",
            "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
        ],
        implied: &["iam:TagRole"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let role = match aws.iam.get_role().role_name(&self.name).send().await {
            Ok(answer) => answer.role,
            Err(error) => {
                return none_if_absent(error.into())
                    .map_err(KindError::doing("reading IAM role", &self.name));
            }
        };
        let Some(role) = role else { return Ok(None) };
        let managed =
            has_resource_tags(aws, id, role.tags().iter().map(|tag| (tag.key(), tag.value())));
        let lists = try_join(
            policies::list_attached(aws, &self.name),
            policies::list_inline(aws, &self.name),
        );
        let (managed_policy_arns, mut other_policies) = lists.await?;
        let has_policy = other_policies.iter().any(|name| name == POLICY_NAME);
        other_policies.retain(|name| name != POLICY_NAME);
        let boundary = role.permissions_boundary();
        let state = Self {
            name: self.name.clone(),
            trust: role
                .assume_role_policy_document()
                .map_or(Value::Null, |text| decode_document(&self.trust, text)),
            policy: if has_policy { self.read_policy(aws).await? } else { Value::Null },
            managed_policy_arns,
            other_policies,
            permissions_boundary_arn: boundary
                .and_then(|boundary| boundary.permissions_boundary_arn.clone()),
        };
        let attributes = BTreeMap::from([
            ("arn".to_owned(), role.arn().to_owned()),
            ("name".to_owned(), self.name.clone()),
        ]);
        Ok(Some(LiveResource { state: json!(state), attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let create = aws.iam.create_role().role_name(&self.name);
        let create = create
            .assume_role_policy_document(self.trust.to_string())
            .set_permissions_boundary(self.permissions_boundary_arn.clone())
            .set_tags(Some(tag_list(aws, id, &self.name)?));
        if let Err(error) = create.send().await {
            return self.adopt_role(aws, id, error.into()).await;
        }
        policies::attach_policies(aws, &self.name, &self.managed_policy_arns).await?;
        if self.policy.is_null() { Ok(()) } else { self.put_policy(aws).await }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        // First: policies may be put only on a role with the boundary, where our own policy
        // requires it.
        if changed.iter().any(|field| field == "permissions_boundary_arn") {
            self.put_permissions_boundary(aws).await?;
        }
        for field in changed {
            self.put_field(aws, field, &found.state[field]).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        // A role with policies can't be deleted, and others may have been added by hand.
        policies::detach_policies(
            aws,
            &self.name,
            &policies::list_attached(aws, &self.name).await?,
        )
        .await?;
        policies::delete_inline(aws, &self.name, &policies::list_inline(aws, &self.name).await?)
            .await?;
        if let Err(error) = aws.iam.delete_role().role_name(&self.name).send().await {
            none_if_absent(error.into())
                .map_err(KindError::doing("deleting IAM role", &self.name))?;
        }
        Ok(())
    }
}

impl Role {
    async fn put_field(&self, aws: &Aws, field: &str, before: &Value) -> Result<(), KindError> {
        match field {
            "trust" => self.put_trust(aws).await,
            "policy" if self.policy.is_null() => {
                policies::delete_inline(aws, &self.name, &[POLICY_NAME.to_owned()]).await
            }
            "policy" => self.put_policy(aws).await,
            "managed_policy_arns" => self.put_managed_policies(aws, &string_list(before)).await,
            "other_policies" => {
                policies::delete_inline(aws, &self.name, &string_list(before)).await
            }
            _ => Ok(()),
        }
    }
}

fn tag_list(aws: &Aws, id: &ResourceId, role: &str) -> Result<Vec<Tag>, KindError> {
    let tags = resource_tags(aws, id).map(|(key, value)| Tag::builder().key(key).value(value));
    let tags: Result<_, _> = tags.into_iter().map(TagBuilder::build).collect();
    tags.map_err(|error| Cause::Other(error.to_string()))
        .map_err(KindError::doing("creating IAM role", role))
}

/// "No such entity" means absent; any other error is a failure.
fn none_if_absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["NoSuchEntity", "NoSuchEntityException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
