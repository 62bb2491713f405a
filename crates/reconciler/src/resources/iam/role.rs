//! IAM role with its policies: at most one inline policy of ours, and AWS's managed policies by
//! ARN. Roles are global to the account and found by name.
//!
//! A desired permissions boundary is set before any policy.
//!
//! Policies that somebody else added show as a difference and are removed: a role has exactly the
//! configured permissions.

mod documents;
mod policies;

use self::documents::{decode_document, string_list};
use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_iam::types::Tag;
use futures::future::try_join;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::diff::changed_fields;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

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

impl Role {
    /// A role with an inline policy, or with none if `policy` is null.
    #[must_use]
    pub fn new(name: impl Into<String>, trust: Value, policy: Value) -> Self {
        Self {
            name: name.into(),
            trust,
            policy,
            managed_policy_arns: Vec::new(),
            other_policies: Vec::new(),
            permissions_boundary_arn: None,
        }
    }

    /// The role with these managed policies, by ARN.
    #[must_use]
    pub fn with_managed_policies(self, mut arns: Vec<String>) -> Self {
        arns.sort();
        Self { managed_policy_arns: arns, ..self }
    }
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
        let mut create = aws
            .iam
            .create_role()
            .role_name(&self.name)
            .assume_role_policy_document(self.trust.to_string());
        create = create.set_permissions_boundary(self.permissions_boundary_arn.clone());
        for (key, value) in resource_tags(aws, id) {
            let tag = Tag::builder().key(key).value(value).build();
            create = create.tags(tag.map_err(|error| KindError {
                doing: format!("creating IAM role `{}`", self.name),
                source: Cause::Other(error.to_string()),
            })?);
        }
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // An earlier call whose response was lost created it; a role that is not managed is
            // left unchanged.
            let exists = failure.is(&["EntityAlreadyExists", "EntityAlreadyExistsException"]);
            let found = if exists { self.read(aws, id).await? } else { None };
            return match found.filter(|found| found.managed) {
                Some(found) => {
                    self.update(aws, id, &found, &changed_fields(&found.state, &json!(self))).await
                }
                None => Err(KindError::doing("creating IAM role", &self.name)(failure)),
            };
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
            match field.as_str() {
                "trust" => self.put_trust(aws).await?,
                "policy" if self.policy.is_null() => {
                    policies::delete_inline(aws, &self.name, &[POLICY_NAME.to_owned()]).await?;
                }
                "policy" => self.put_policy(aws).await?,
                "managed_policy_arns" => {
                    self.put_managed_policies(aws, &string_list(&found.state[field])).await?
                }
                "other_policies" => {
                    policies::delete_inline(aws, &self.name, &string_list(&found.state[field]))
                        .await?
                }
                _ => {}
            }
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

/// "No such entity" means absent; any other error is a failure.
fn none_if_absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["NoSuchEntity", "NoSuchEntityException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
