//! EFS access point: enters a file system at a directory, which EFS makes at the first mount where
//! it is missing (EFS User Guide, "Creating the root directory for an access point").
//!
//! EFS chooses the id, so ours is found by its tags, and it can change nothing but those. A
//! repeated client token is answered with 409 `AccessPointAlreadyExists` (EFS API reference,
//! `CreateAccessPoint`): an earlier call of ours arrived.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_efs::types::{
    AccessPointDescription, CreationInfo, LifeCycleState, RootDirectory, Tag,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Actions, Cause, Found, Kind, KindError, bears_our_tags, is_reference, tags};
use crate::Aws;
use crate::graph::ResourceId;
use crate::wait::{self, EFS_LIFE_CYCLE};

/// What the directory is made with: root's, as what stands at the top of a file system.
const OWNER: i64 = 0;
const PERMISSIONS: &str = "0755";

/// It enforces no user: owners stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessPoint {
    pub file_system_id: String,
    /// Begins with `/` and does not end in one; at most 100 characters and four names.
    pub path: String,
}

impl Kind for AccessPoint {
    const NAME: &'static str = "EFS access point";
    const ACTIONS: Actions = Actions {
        look: &["elasticfilesystem:DescribeAccessPoints"],
        make: &["elasticfilesystem:CreateAccessPoint"],
        change: &["elasticfilesystem:DeleteAccessPoint"],
        implied: &["elasticfilesystem:TagResource"],
    };
    const REPLACE_ON: &'static [&'static str] = &["file_system_id", "path"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        if is_reference(&self.file_system_id) {
            return Ok(None);
        }
        Ok(self.ours(aws, id).await?.map(|description| found(aws, description)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let doing = "creating EFS access point";
        let made = wait::until(EFS_LIFE_CYCLE, async || {
            match self.make(aws, id).await {
                Ok(()) => {}
                // Of our token is either ours already, or one that is still being deleted, or one
                // that lost its tags.
                Err(failure) if failure.is(&["AccessPointAlreadyExists"]) => {
                    self.require_tags(aws, id).await?
                }
                // The file system was made a moment ago.
                Err(failure) if failure.is(&["IncorrectFileSystemLifeCycleState"]) => {
                    return Ok(None);
                }
                Err(failure) => return Err(KindError::doing(doing, id.as_str())(failure)),
            }
            let state = self.ours(aws, id).await?.and_then(|ours| ours.life_cycle_state);
            Ok((state == Some(LifeCycleState::Available)).then_some(()))
        });
        let never = || {
            KindError::doing(doing, id.as_str())(Cause::Other(
                "it never became available".to_owned(),
            ))
        };
        made.await?.ok_or_else(never)
    }

    /// There is nothing to change in place.
    async fn update(
        &self,
        _aws: &Aws,
        _id: &ResourceId,
        _found: &Found,
        _changed: &[String],
    ) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        let access_point_id = found.attribute("id");
        if let Err(error) =
            aws.efs.delete_access_point().access_point_id(access_point_id).send().await
        {
            let failure = SdkFailure::from(error);
            if !is_gone(&failure) {
                return Err(KindError::doing("deleting EFS access point", access_point_id)(
                    failure,
                ));
            }
        }
        Ok(())
    }
}

impl AccessPoint {
    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<(), SdkFailure> {
        let incomplete =
            |error: aws_sdk_efs::error::BuildError| SdkFailure::incomplete(&error.to_string());
        let made_with =
            CreationInfo::builder().owner_uid(OWNER).owner_gid(OWNER).permissions(PERMISSIONS);
        let made_with = made_with.build().map_err(incomplete)?;
        let root = RootDirectory::builder().path(&self.path).creation_info(made_with).build();
        let create =
            aws.efs.create_access_point().file_system_id(&self.file_system_id).root_directory(root);
        let create =
            create.client_token(self.client_token(aws, id)).set_tags(Some(tag_list(aws, id)));
        create.send().await.map(drop).map_err(SdkFailure::from)
    }

    /// The access point that bears our tags and stays.
    async fn ours(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<AccessPointDescription>, KindError> {
        self.find(aws, id, |description| bears_tags(aws, id, description)).await
    }

    /// An error about an access point that our token made and that can no longer be found by its
    /// tags.
    async fn require_tags(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let token = self.client_token(aws, id);
        let of_token =
            |description: &AccessPointDescription| description.client_token() == Some(&token);
        let Some(made) =
            self.find(aws, id, of_token).await?.filter(|made| !bears_tags(aws, id, made))
        else {
            return Ok(());
        };
        let access_point_id = made.access_point_id.unwrap_or_default();
        let [stack, resource] =
            tags(aws, id).map(|(key, value)| format!("Key={key},Value={value}"));
        Err(KindError::doing("creating EFS access point", id.as_str())(Cause::Other(format!(
            "this stack made `{access_point_id}`, which has lost its tags since; tag it again (`aws efs tag-resource \
             --resource-id {access_point_id} --tags {stack} {resource}`), or delete it, and the \
             next deploy makes a new one"
        ))))
    }

    /// The first access point of the file system that stays and is the one asked for.
    async fn find(
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
            if let Some(found) = all.find(|description| stays(description) && is_it(description)) {
                return Ok(Some(found));
            }
            if next.is_none() {
                return Ok(None);
            }
        }
    }

    /// At most 64 characters. Another path is another access point.
    fn client_token(&self, aws: &Aws, id: &ResourceId) -> String {
        let text = format!("{}\n{id}\n{}\n{}", aws.names.stack, self.file_system_id, self.path);
        domain::records::hash_chain::sha256_hex(text.as_bytes())
    }
}

fn tag_list(aws: &Aws, id: &ResourceId) -> Vec<Tag> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    tags(aws, id).into_iter().filter_map(|pair| tag(pair).ok()).collect()
}

fn bears_tags(aws: &Aws, id: &ResourceId, description: &AccessPointDescription) -> bool {
    bears_our_tags(aws, id, description.tags().iter().map(|tag| (tag.key(), tag.value())))
}

fn stays(description: &AccessPointDescription) -> bool {
    !matches!(
        description.life_cycle_state,
        Some(LifeCycleState::Deleting | LifeCycleState::Deleted)
    )
}

fn is_gone(failure: &SdkFailure) -> bool {
    failure.is(&["AccessPointNotFound", "FileSystemNotFound"])
}

fn found(aws: &Aws, description: AccessPointDescription) -> Found {
    let path =
        description.root_directory.and_then(|root| root.path).unwrap_or_else(|| "/".to_owned());
    let id = description.access_point_id.unwrap_or_default();
    let arn = aws.names.regional_arn("elasticfilesystem", &format!("access-point/{id}"));
    let state =
        AccessPoint { file_system_id: description.file_system_id.unwrap_or_default(), path };
    let attributes = BTreeMap::from([("id".to_owned(), id), ("arn".to_owned(), arn)]);
    Found { state: json!(state), attributes, ours: true }
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::Client;
    use aws_sdk_efs::operation::create_access_point::CreateAccessPointOutput;
    use aws_sdk_efs::operation::delete_access_point::DeleteAccessPointOutput;
    use aws_sdk_efs::operation::describe_access_points::DescribeAccessPointsOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client, refusal};

    fn desired() -> AccessPoint {
        AccessPoint { file_system_id: "fs-1".into(), path: "/back".into() }
    }

    fn id() -> ResourceId {
        ResourceId::new("restore-access-point")
    }

    fn described(tagged: bool, state: LifeCycleState) -> DescribeAccessPointsOutput {
        let description = AccessPointDescription::builder()
            .access_point_id("fsap-1")
            .file_system_id("fs-1")
            .root_directory(RootDirectory::builder().path("/back").build())
            .life_cycle_state(state)
            .set_tags(tagged.then(|| tag_list(&mocked::aws(), &id())));
        DescribeAccessPointsOutput::builder().access_points(description.build()).build()
    }

    async fn read(rule: &Rule) -> Option<Found> {
        let aws = Aws { efs: client!(aws_sdk_efs, rule), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn ours_is_read_as_it_is_desired_and_anothers_is_not_ours() {
        let ours = mock!(Client::describe_access_points)
            .then_output(|| described(true, LifeCycleState::Available));
        let found = read(&ours).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(
            found.attribute("arn"),
            "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-1"
        );
        let theirs = mock!(Client::describe_access_points)
            .then_output(|| described(false, LifeCycleState::Available));
        assert_eq!(read(&theirs).await, None);
        let leaving = mock!(Client::describe_access_points)
            .then_output(|| described(true, LifeCycleState::Deleting));
        assert_eq!(read(&leaving).await, None);
        let gone = mock!(Client::describe_access_points)
            .then_http_response(|| refusal(404, "FileSystemNotFound", ""));
        assert_eq!(read(&gone).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_directory_is_made_by_efs_and_one_of_our_token_is_taken_up() {
        let create = mock!(Client::create_access_point)
            .match_requests(|request| {
                let made_with = request.root_directory().and_then(RootDirectory::creation_info);
                made_with.is_some_and(|made_with| made_with.permissions() == "0755")
                    && request.posix_user().is_none()
                    && request.tags().len() == 2
                    && request.client_token().is_some_and(|token| token.len() == 64)
            })
            .sequence()
            .output(|| CreateAccessPointOutput::builder().build())
            .http_response(|| refusal(409, "AccessPointAlreadyExists", "exists"))
            .build();
        let describe = mock!(Client::describe_access_points)
            .sequence()
            .output(|| described(true, LifeCycleState::Creating))
            .output(|| described(true, LifeCycleState::Available))
            .times(2)
            .build();
        let aws = Aws { efs: client!(aws_sdk_efs, &create, &describe), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!((create.num_calls(), describe.num_calls()), (2, 3));
    }

    /// As a file system that lost its tags: a person decides.
    #[tokio::test]
    async fn one_that_lost_its_tags_is_left_alone_and_the_message_says_what_to_do() {
        let create = mock!(Client::create_access_point)
            .then_http_response(|| refusal(409, "AccessPointAlreadyExists", "exists"));
        let describe = mock!(Client::describe_access_points).then_output(|| {
            let token = desired().client_token(&mocked::aws(), &id());
            let untagged =
                AccessPointDescription::builder().access_point_id("fsap-1").client_token(token);
            let untagged = untagged.life_cycle_state(LifeCycleState::Available).build();
            DescribeAccessPointsOutput::builder().access_points(untagged).build()
        });
        let aws = Aws { efs: client!(aws_sdk_efs, &create, &describe), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
        let message = error.source.to_string();
        assert!(message.contains("`fsap-1`, which has lost its tags"), "{message}");
        assert!(message.contains(
            "Key=efs-s3:stack,Value=backup Key=efs-s3:resource,Value=restore-access-point"
        ));
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn one_that_is_gone_is_deleted_already() {
        let delete = mock!(Client::delete_access_point)
            .sequence()
            .output(|| DeleteAccessPointOutput::builder().build())
            .http_response(|| refusal(404, "AccessPointNotFound", "gone"))
            .build();
        let aws = Aws { efs: client!(aws_sdk_efs, &delete), ..mocked::aws() };
        let ours = found(
            &aws,
            described(true, LifeCycleState::Available).access_points.unwrap().remove(0),
        );
        desired().delete(&aws, &ours).await.unwrap();
        desired().delete(&aws, &ours).await.unwrap();
    }
}
