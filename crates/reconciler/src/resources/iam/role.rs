//! IAM role with its policies: at most one inline policy of ours, and AWS's managed ones by ARN.
//! Roles are global to the account and found by name.
//!
//! A permissions boundary, if one is desired, is on it before any policy.
//!
//! Whatever else somebody put on the role shows as a difference and is taken off: a role may do
//! what is written here, and no more.

mod policies;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_iam::types::Tag;
use futures::future::try_join;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::diff::changed_fields;
use crate::kind_error::{Cause, KindError};
use crate::policy_document;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

/// The one inline policy that a role of ours has.
const POLICY_NAME: &str = "permissions";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do; null for no inline policy.
    pub policy: Value,
    /// Managed policies, sorted.
    #[serde(default)]
    pub managed_policy_arns: Vec<String>,
    /// Names of inline policies that are not ours; never desired.
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
                return absent(error.into())
                    .map_err(KindError::doing("reading IAM role", &self.name));
            }
        };
        let Some(role) = role else { return Ok(None) };
        let managed =
            has_resource_tags(aws, id, role.tags().iter().map(|tag| (tag.key(), tag.value())));
        let lists =
            try_join(policies::attached(aws, &self.name), policies::inline(aws, &self.name));
        let (managed_policy_arns, mut other_policies) = lists.await?;
        let has_policy = other_policies.iter().any(|name| name == POLICY_NAME);
        other_policies.retain(|name| name != POLICY_NAME);
        let boundary = role.permissions_boundary();
        let state = Self {
            name: self.name.clone(),
            trust: role
                .assume_role_policy_document()
                .map_or(Value::Null, |text| document(&self.trust, text)),
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
            // An earlier call of ours whose reply was lost; a role of somebody else is not touched.
            let exists = failure.is(&["EntityAlreadyExists", "EntityAlreadyExistsException"]);
            let found = if exists { self.read(aws, id).await? } else { None };
            return match found.filter(|found| found.managed) {
                Some(found) => {
                    self.update(aws, id, &found, &changed_fields(&found.state, &json!(self))).await
                }
                None => Err(KindError::doing("creating IAM role", &self.name)(failure)),
            };
        }
        policies::attach(aws, &self.name, &self.managed_policy_arns).await?;
        if self.policy.is_null() { Ok(()) } else { self.put_policy(aws).await }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        // First: policies may be put only on a role that bears the boundary, where our own policy
        // requires it.
        if changed.iter().any(|field| field == "permissions_boundary_arn") {
            self.put_permissions_boundary(aws).await?;
        }
        for field in changed {
            match field.as_str() {
                "trust" => self.put_trust(aws).await?,
                "policy" if self.policy.is_null() => {
                    policies::delete(aws, &self.name, &[POLICY_NAME.to_owned()]).await?;
                }
                "policy" => self.put_policy(aws).await?,
                "managed_policy_arns" => {
                    self.put_managed_policies(aws, &texts(&found.state[field])).await?
                }
                "other_policies" => {
                    policies::delete(aws, &self.name, &texts(&found.state[field])).await?
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        // A role that has policies can't be deleted, and somebody may have added some.
        policies::detach(aws, &self.name, &policies::attached(aws, &self.name).await?).await?;
        policies::delete(aws, &self.name, &policies::inline(aws, &self.name).await?).await?;
        if let Err(error) = aws.iam.delete_role().role_name(&self.name).send().await {
            absent(error.into()).map_err(KindError::doing("deleting IAM role", &self.name))?;
        }
        Ok(())
    }
}

impl Role {
    async fn read_policy(&self, aws: &Aws) -> Result<Value, KindError> {
        let get = aws.iam.get_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        match get.send().await {
            Ok(answer) => Ok(document(&self.policy, answer.policy_document())),
            Err(error) => {
                absent(error.into())
                    .map_err(KindError::doing("reading policy of IAM role", &self.name))?;
                Ok(Value::Null)
            }
        }
    }

    async fn put_policy(&self, aws: &Aws) -> Result<(), KindError> {
        let put = aws.iam.put_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        let sent = put.policy_document(self.policy.to_string()).send().await;
        sent.map_err(KindError::doing("writing policy of IAM role", &self.name))?;
        Ok(())
    }

    async fn put_permissions_boundary(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = KindError::doing("changing permissions boundary of IAM role", &self.name);
        let Some(arn) = &self.permissions_boundary_arn else {
            let sent =
                aws.iam.delete_role_permissions_boundary().role_name(&self.name).send().await;
            return match sent {
                Ok(_) => Ok(()),
                Err(error) => absent(error.into()).map(|_| ()).map_err(doing),
            };
        };
        let put =
            aws.iam.put_role_permissions_boundary().role_name(&self.name).permissions_boundary(arn);
        put.send().await.map_err(SdkFailure::from).map_err(doing)?;
        Ok(())
    }

    async fn put_trust(&self, aws: &Aws) -> Result<(), KindError> {
        let update = aws.iam.update_assume_role_policy().role_name(&self.name);
        let sent = update.policy_document(self.trust.to_string()).send().await;
        sent.map_err(KindError::doing("changing trust of IAM role", &self.name))?;
        Ok(())
    }

    async fn put_managed_policies(&self, aws: &Aws, attached: &[String]) -> Result<(), KindError> {
        let missing = |arn: &&String| !attached.contains(arn);
        let missing: Vec<String> =
            self.managed_policy_arns.iter().filter(missing).cloned().collect();
        policies::attach(aws, &self.name, &missing).await?;
        let surplus = |arn: &&String| !self.managed_policy_arns.contains(arn);
        let surplus: Vec<String> = attached.iter().filter(surplus).cloned().collect();
        policies::detach(aws, &self.name, &surplus).await
    }
}

/// The texts of a list that `read` wrote.
fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// IAM answers documents URL-encoded, RFC 3986 (IAM API reference, `GetRole`).
fn document(desired: &Value, encoded: &str) -> Value {
    policy_document::parse(desired, &percent_decode_str(encoded).decode_utf8_lossy())
}

/// "No such entity" is an answer; anything else is a failure.
fn absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["NoSuchEntity", "NoSuchEntityException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
