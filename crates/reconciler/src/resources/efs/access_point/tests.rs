use aws_sdk_efs::Client;
use aws_sdk_efs::operation::create_access_point::CreateAccessPointOutput;
use aws_sdk_efs::operation::delete_access_point::DeleteAccessPointOutput;
use aws_sdk_efs::operation::describe_access_points::DescribeAccessPointsOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_access_point() -> AccessPoint {
    AccessPoint { file_system_id: "fs-1".into(), path: "/back".into() }
}

fn resource_id() -> ResourceId {
    ResourceId::new("restore-access-point")
}

fn sdk_access_point(tagged: bool, state: LifeCycleState) -> DescribeAccessPointsOutput {
    let description = AccessPointDescription::builder()
        .access_point_id("fsap-1")
        .file_system_id("fs-1")
        .root_directory(RootDirectory::builder().path("/back").build())
        .life_cycle_state(state)
        .set_tags(tagged.then(|| tag_list(&mocked::aws(), &resource_id())));
    DescribeAccessPointsOutput::builder().access_points(description.build()).build()
}

async fn read_live(rule: &Rule) -> Option<LiveResource> {
    let aws = Aws { efs: client!(aws_sdk_efs, rule), ..mocked::aws() };
    desired_access_point().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn ours_is_read_as_it_is_desired_and_anothers_is_not_ours() {
    let managed = mock!(Client::describe_access_points)
        .then_output(|| sdk_access_point(true, LifeCycleState::Available));
    let found = read_live(&managed).await.unwrap();
    assert_eq!(found.state, json!(desired_access_point()));
    assert_eq!(
        found.attribute("arn"),
        "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-1"
    );
    let theirs = mock!(Client::describe_access_points)
        .then_output(|| sdk_access_point(false, LifeCycleState::Available));
    assert_eq!(read_live(&theirs).await, None);
    let leaving = mock!(Client::describe_access_points)
        .then_output(|| sdk_access_point(true, LifeCycleState::Deleting));
    assert_eq!(read_live(&leaving).await, None);
    let gone = mock!(Client::describe_access_points)
        .then_http_response(|| refusal(404, "FileSystemNotFound", ""));
    assert_eq!(read_live(&gone).await, None);
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
        .output(|| sdk_access_point(true, LifeCycleState::Creating))
        .output(|| sdk_access_point(true, LifeCycleState::Available))
        .times(2)
        .build();
    let aws = Aws { efs: client!(aws_sdk_efs, &create, &describe), ..mocked::aws() };
    desired_access_point().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), describe.num_calls()), (2, 3));
}

/// A person decides, as for a file system that lost its tags.
#[tokio::test]
async fn one_that_lost_its_tags_is_left_alone_and_the_message_says_what_to_do() {
    let create = mock!(Client::create_access_point)
        .then_http_response(|| refusal(409, "AccessPointAlreadyExists", "exists"));
    let describe = mock!(Client::describe_access_points).then_output(|| {
        let token = desired_access_point().client_token(&mocked::aws(), &resource_id());
        let untagged =
            AccessPointDescription::builder().access_point_id("fsap-1").client_token(token);
        let untagged = untagged.life_cycle_state(LifeCycleState::Available).build();
        DescribeAccessPointsOutput::builder().access_points(untagged).build()
    });
    let aws = Aws { efs: client!(aws_sdk_efs, &create, &describe), ..mocked::aws() };
    let error = desired_access_point().create(&aws, &resource_id()).await.unwrap_err();
    let message = error.source.to_string();
    assert!(message.contains("`fsap-1`, which has lost its tags"), "{message}");
    assert!(
        message.contains(
            "Key=efs-s3:stack,Value=backup Key=efs-s3:resource,Value=restore-access-point"
        )
    );
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
    let managed = live_resource(
        &aws,
        sdk_access_point(true, LifeCycleState::Available).access_points.unwrap().remove(0),
    );
    desired_access_point().delete(&aws, &managed).await.unwrap();
    desired_access_point().delete(&aws, &managed).await.unwrap();
}
