//! IAM instance profile: the holder by which an EC2 instance gets its one role. Global to the
//! account, found by name.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_iam::types::Tag;
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
        let mut create = aws.iam.create_instance_profile().instance_profile_name(&self.name);
        for (key, value) in resource_tags(aws, id) {
            let tag = Tag::builder().key(key).value(value).build();
            let tag = tag.map_err(|error| Cause::Other(error.to_string()));
            create = create.tags(tag.map_err(KindError::doing(doing, &self.name))?);
        }
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // An earlier call of ours whose reply was lost; a profile of somebody else is not
            // touched.
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
        // The profile, or its role, was made a moment ago.
        let added = wait::retry(IAM_PROPAGATION, is_absent, async || {
            let add = aws.iam.add_role_to_instance_profile().instance_profile_name(&self.name);
            add.role_name(&self.role_name).send().await.map_err(SdkFailure::from)
        });
        match added.await {
            // An earlier call of ours whose reply was lost.
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

fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(&["NoSuchEntity", "NoSuchEntityException"])
}

/// A profile holds one role (IAM API reference, `AddRoleToInstanceProfile`).
fn is_full(failure: &SdkFailure) -> bool {
    failure.is(&["LimitExceeded", "LimitExceededException"])
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::add_role_to_instance_profile::AddRoleToInstanceProfileOutput;
    use aws_sdk_iam::operation::create_instance_profile::CreateInstanceProfileOutput;
    use aws_sdk_iam::operation::delete_instance_profile::DeleteInstanceProfileOutput;
    use aws_sdk_iam::operation::get_instance_profile::GetInstanceProfileOutput;
    use aws_sdk_iam::operation::remove_role_from_instance_profile::RemoveRoleFromInstanceProfileOutput;
    use aws_sdk_iam::types::{InstanceProfile as Described, Role};
    use aws_smithy_mocks::{Rule, mock};
    use aws_smithy_types::DateTime;

    use super::*;
    use crate::testing::mocked::{self, client, xml_refusal};

    fn desired() -> InstanceProfile {
        InstanceProfile { name: "backup-instance".into(), role_name: "backup-instance".into() }
    }

    fn id() -> ResourceId {
        ResourceId::new("instance-profile")
    }

    fn described(stack: &str, role: &str) -> Described {
        let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
        let held = Role::builder().path("/").role_name(role).role_id("AROA").arn("arn:role");
        let held = held.create_date(DateTime::from_secs(0)).build().unwrap();
        let held = if role.is_empty() { Vec::new() } else { vec![held] };
        let profile = Described::builder().path("/").instance_profile_name("backup-instance");
        let profile = profile
            .instance_profile_id("AIPA")
            .arn("arn:profile")
            .create_date(DateTime::from_secs(0));
        let profile = profile
            .tags(tag("efs-s3:stack", stack))
            .tags(tag("efs-s3:resource", "instance-profile"));
        profile.set_roles(Some(held)).build().unwrap()
    }

    fn holds(stack: &'static str, role: &'static str) -> Rule {
        mock!(Client::get_instance_profile).then_output(move || {
            GetInstanceProfileOutput::builder().instance_profile(described(stack, role)).build()
        })
    }

    fn add() -> Rule {
        mock!(Client::add_role_to_instance_profile)
            .match_requests(|request| request.role_name() == Some("backup-instance"))
            .then_output(|| AddRoleToInstanceProfileOutput::builder().build())
    }

    fn remove(role: &'static str) -> Rule {
        mock!(Client::remove_role_from_instance_profile)
            .match_requests(move |request| request.role_name() == Some(role))
            .then_output(|| RemoveRoleFromInstanceProfileOutput::builder().build())
    }

    fn exists() -> Rule {
        mock!(Client::create_instance_profile)
            .then_http_response(|| xml_refusal(409, "EntityAlreadyExists"))
    }

    async fn read(rule: &Rule) -> Option<LiveResource> {
        let aws = Aws { iam: client!(aws_sdk_iam, rule), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired() {
        let found = read(&holds("backup", "backup-instance")).await.unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(desired()), true));
        assert_eq!(found.attribute("arn"), "arn:profile");
        assert_eq!(read(&holds("backup", "")).await.unwrap().state["role_name"], "");
        assert!(!read(&holds("another", "backup-instance")).await.unwrap().managed);
        let gone = mock!(Client::get_instance_profile)
            .then_http_response(|| xml_refusal(404, "NoSuchEntity"));
        assert_eq!(read(&gone).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn create_waits_for_the_role_to_be_known() {
        let create = mock!(Client::create_instance_profile)
            .match_requests(|request| request.tags().len() == 2)
            .then_output(|| {
                CreateInstanceProfileOutput::builder()
                    .instance_profile(described("backup", ""))
                    .build()
            });
        let add = mock!(Client::add_role_to_instance_profile)
            .sequence()
            .http_response(|| xml_refusal(404, "NoSuchEntity"))
            .output(|| AddRoleToInstanceProfileOutput::builder().build())
            .build();
        let aws = Aws { iam: client!(aws_sdk_iam, &create, &add), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!((create.num_calls(), add.num_calls()), (1, 2));
    }

    #[tokio::test]
    async fn one_that_exists_is_completed_only_when_it_is_ours() {
        let add = add();
        let aws = |holds: Rule| Aws {
            iam: client!(aws_sdk_iam, &exists(), &holds, &add),
            ..mocked::aws()
        };
        desired().create(&aws(holds("backup", "backup-instance")), &id()).await.unwrap();
        assert_eq!(add.num_calls(), 0);
        desired().create(&aws(holds("backup", "")), &id()).await.unwrap();
        assert_eq!(add.num_calls(), 1);
        let error = desired().create(&aws(holds("another", "")), &id()).await.unwrap_err();
        assert_eq!(error.to_string(), "creating IAM instance profile `backup-instance`");
        assert_eq!(add.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_full_profile_is_right_only_with_our_role() {
        let full = mock!(Client::add_role_to_instance_profile)
            .then_http_response(|| xml_refusal(409, "LimitExceeded"));
        let found = read(&holds("backup", "")).await.unwrap();
        for (role, expected) in [("backup-instance", true), ("another", false)] {
            let aws =
                Aws { iam: client!(aws_sdk_iam, &full, &holds("backup", role)), ..mocked::aws() };
            let outcome = desired().update(&aws, &id(), &found, &["role_name".into()]).await;
            assert_eq!(outcome.is_ok(), expected, "{role}");
        }
    }

    #[tokio::test]
    async fn the_role_is_exchanged_in_place() {
        let found = read(&holds("backup", "another")).await.unwrap();
        let (remove, add) = (remove("another"), add());
        let aws = Aws { iam: client!(aws_sdk_iam, &remove, &add), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["role_name".into()]).await.unwrap();
        assert_eq!((remove.num_calls(), add.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn it_loses_its_role_and_goes_and_one_that_is_gone_is_deleted_already() {
        let found = read(&holds("backup", "backup-instance")).await.unwrap();
        let remove = remove("backup-instance");
        let delete = mock!(Client::delete_instance_profile)
            .then_output(|| DeleteInstanceProfileOutput::builder().build());
        let aws = Aws { iam: client!(aws_sdk_iam, &remove, &delete), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((remove.num_calls(), delete.num_calls()), (1, 1));

        let gone = || xml_refusal(404, "NoSuchEntity");
        let remove = mock!(Client::remove_role_from_instance_profile).then_http_response(gone);
        let delete = mock!(Client::delete_instance_profile).then_http_response(gone);
        let aws = Aws { iam: client!(aws_sdk_iam, &remove, &delete), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
    }
}
