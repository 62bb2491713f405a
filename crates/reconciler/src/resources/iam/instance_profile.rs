//! IAM instance profile: the holder by which an EC2 instance gets its one role. Global to the
//! account, found by name.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_iam::types::Tag;
use aws_sdk_iam::types::builders::TagBuilder;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};
use crate::wait::{self, IAM_PROPAGATION};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceProfile {
    pub name: String,
    /// Empty while it has none.
    pub role_name: String,
}

impl ResourceKind for InstanceProfile {
    const NAME: &'static str = "IAM instance profile";
    const ACTIONS: Actions = Actions {
        look: &["iam:GetInstanceProfile"],
        make: &["iam:CreateInstanceProfile"],
        change: &[
            "iam:AddRoleToInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
        ],
        implied: &["iam:PassRole", "iam:TagInstanceProfile"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let profile =
            match aws.iam.get_instance_profile().instance_profile_name(&self.name).send().await {
                Ok(answer) => answer.instance_profile,
                Err(error) => {
                    let failure = SdkFailure::from(error);
                    let doing = KindError::doing("reading IAM instance profile", &self.name);
                    return if is_absent(&failure) { Ok(None) } else { Err(doing(failure)) };
                }
            };
        let Some(profile) = profile else { return Ok(None) };
        let managed =
            has_resource_tags(aws, id, profile.tags().iter().map(|tag| (tag.key(), tag.value())));
        let role_name =
            profile.roles().first().map(|role| role.role_name().to_owned()).unwrap_or_default();
        let (name, arn) = (self.name.clone(), profile.arn().to_owned());
        let state = json!(Self { name: name.clone(), role_name });
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), name)]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let doing = "creating IAM instance profile";
        let tags = tag_list(aws, id).map_err(KindError::doing(doing, &self.name))?;
        let create = aws.iam.create_instance_profile().instance_profile_name(&self.name);
        let create = create.set_tags(Some(tags));
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // An earlier call whose response was lost created it; a profile that is not managed is
            // left unchanged.
            let exists = failure.is(&["EntityAlreadyExists", "EntityAlreadyExistsException"]);
            let found = if exists { self.read(aws, id).await? } else { None };
            return match found.filter(|found| found.managed) {
                Some(found) => self.put_role(aws, role_of(&found)).await,
                None => Err(KindError::doing(doing, &self.name)(failure)),
            };
        }
        self.put_role(aws, "").await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put_role(aws, role_of(found)).await
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        self.remove_role(aws, role_of(found)).await?;
        if let Err(error) =
            aws.iam.delete_instance_profile().instance_profile_name(&self.name).send().await
        {
            let failure = SdkFailure::from(error);
            if !is_absent(&failure) {
                return Err(KindError::doing("deleting IAM instance profile", &self.name)(failure));
            }
        }
        Ok(())
    }
}

impl InstanceProfile {
    /// A profile holds one role: the wrong one has to go first.
    async fn put_role(&self, aws: &Aws, present: &str) -> Result<(), KindError> {
        if present == self.role_name {
            return Ok(());
        }
        self.remove_role(aws, present).await?;
        // The profile, or its role, was just created.
        let added = wait::retry(IAM_PROPAGATION, is_absent, async || {
            let add = aws.iam.add_role_to_instance_profile().instance_profile_name(&self.name);
            add.role_name(&self.role_name).send().await.map_err(SdkFailure::from)
        });
        match added.await {
            // An earlier call whose response was lost.
            Err(failure) if is_full(&failure) && self.holds_its_role(aws).await? => Ok(()),
            outcome => outcome
                .map(drop)
                .map_err(KindError::doing("adding role to IAM instance profile", &self.name)),
        }
    }

    async fn remove_role(&self, aws: &Aws, present: &str) -> Result<(), KindError> {
        if present.is_empty() {
            return Ok(());
        }
        let remove = aws
            .iam
            .remove_role_from_instance_profile()
            .instance_profile_name(&self.name)
            .role_name(present);
        if let Err(error) = remove.send().await {
            let failure = SdkFailure::from(error);
            if !is_absent(&failure) {
                return Err(KindError::doing(
                    "removing role from IAM instance profile",
                    &self.name,
                )(failure));
            }
        }
        Ok(())
    }

    async fn holds_its_role(&self, aws: &Aws) -> Result<bool, KindError> {
        let answer = aws.iam.get_instance_profile().instance_profile_name(&self.name).send().await;
        let profile = answer
            .map_err(KindError::doing("reading IAM instance profile", &self.name))?
            .instance_profile;
        Ok(profile.is_some_and(|profile| {
            profile.roles().iter().any(|role| role.role_name() == self.role_name)
        }))
    }
}

fn role_of(found: &LiveResource) -> &str {
    found.state["role_name"].as_str().unwrap_or_default()
}

fn tag_list(aws: &Aws, id: &ResourceId) -> Result<Vec<Tag>, Cause> {
    let tags = resource_tags(aws, id).map(|(key, value)| Tag::builder().key(key).value(value));
    let built: Result<_, _> = tags.into_iter().map(TagBuilder::build).collect();
    built.map_err(|error| Cause::Other(error.to_string()))
}

fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(&["NoSuchEntity", "NoSuchEntityException"])
}

/// A profile holds one role (IAM API reference, `AddRoleToInstanceProfile`).
fn is_full(failure: &SdkFailure) -> bool {
    failure.is(&["LimitExceeded", "LimitExceededException"])
}

#[cfg(test)]
mod tests;
