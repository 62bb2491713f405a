use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::create_location_efs::CreateLocationEfsOutput;
use aws_sdk_datasync::operation::delete_location::DeleteLocationOutput;
use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_datasync::operation::update_location_efs::UpdateLocationEfsOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::datasync::testing::{lists_location, mock_tags};
use crate::testing::mocked::{self, client, refusal};

const ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef0";
const URI: &str = "efs://eu-central-1.fs-0123456789abcdef0/shared/";

fn desired_location_efs() -> LocationEfs {
    LocationEfs {
        file_system_arn:
            "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-0123456789abcdef0"
                .into(),
        subnet_arn: "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1".into(),
        security_group_arns: vec!["sg-2".into(), "sg-1".into()],
        subdirectory: "/shared/".into(),
        in_transit_encryption: "TLS1_2".into(),
        access_point_arn: None,
        access_role_arn: Some("arn:role".into()),
        mount_target_id: Some("fsmt-1".into()),
    }
}

/// Our tags, and that of the mount target.
fn mock_managed_tags() -> Rule {
    mock!(Client::list_tags_for_resource).then_output(|| {
        let tags = desired_location_efs().location_efs_tags(&mocked::aws(), &resource_id());
        ListTagsForResourceOutput::builder().set_tags(Some(tags)).build()
    })
}

fn resource_id() -> ResourceId {
    ResourceId::new("source-location")
}

fn mock_describe() -> Rule {
    mock!(Client::describe_location_efs).then_output(|| {
        let network = Ec2Config::builder().subnet_arn(desired_location_efs().subnet_arn);
        let network =
            network.security_group_arns("sg-1").security_group_arns("sg-2").build().unwrap();
        DescribeLocationEfsOutput::builder()
            .location_arn(ARN)
            .location_uri(URI)
            .ec2_config(network)
            .in_transit_encryption(EfsInTransitEncryption::Tls12)
            .access_point_arn("")
            .file_system_access_role_arn("arn:role")
            .build()
    })
}

async fn read_live(rules: [&Rule; 3]) -> Option<LiveResource> {
    let [list, tags, describe] = rules;
    let aws = Aws { datasync: client!(aws_sdk_datasync, list, tags, describe), ..mocked::aws() };
    desired_location_efs().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn ours_is_read_as_it_is_desired() {
    let found = read_live([&lists_location(ARN, URI), &mock_managed_tags(), &mock_describe()])
        .await
        .unwrap();
    assert_eq!(found.state, json!(desired_location_efs()));
    assert_eq!(found.attribute("arn"), ARN);
}

#[tokio::test]
async fn another_stacks_is_not_managed_and_another_types_tags_are_not_read() {
    let (anothers, managed) = (mock_tags("another", "source-location"), mock_managed_tags());
    assert_eq!(read_live([&lists_location(ARN, URI), &anothers, &mock_describe()]).await, None);
    assert_eq!(
        read_live([&lists_location(ARN, "s3://bucket/"), &managed, &mock_describe()]).await,
        None
    );
    assert_eq!(managed.num_calls(), 0);
}

#[tokio::test]
async fn the_tags_of_an_unchanged_one_are_not_read_and_those_of_a_changed_one_are() {
    let elsewhere = LocationEfs { subnet_arn: "arn:other".into(), ..desired_location_efs() };
    for (desired, expected) in [(desired_location_efs(), 0), (elsewhere, 1)] {
        let (list, tags, describe) =
            (lists_location(ARN, URI), mock_managed_tags(), mock_describe());
        let datasync = client!(aws_sdk_datasync, &list, &tags, &describe);
        let aws = Aws { datasync, ..mocked::aws() }.whose_unchanged_is_ours(true);
        let found = desired.read(&aws, &resource_id()).await.unwrap().unwrap();
        assert_eq!(found.state, json!(desired_location_efs()));
        assert_eq!(tags.num_calls(), expected);
    }
}

/// An apply compares the mount target of the tag, even if all else is as desired.
#[tokio::test]
async fn a_location_of_an_earlier_mount_target_differs_where_tags_are_read() {
    let (list, tags, describe) = (lists_location(ARN, URI), mock_managed_tags(), mock_describe());
    let datasync = client!(aws_sdk_datasync, &list, &tags, &describe);
    let aws = Aws { datasync, ..mocked::aws() };
    let desired = LocationEfs { mount_target_id: Some("fsmt-2".into()), ..desired_location_efs() };
    let found = desired.read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!(found.state["mount_target_id"], "fsmt-1");
}

#[tokio::test]
async fn create_is_tagged_and_never_sent_twice() {
    let lost = mock!(Client::create_location_efs)
        .match_requests(|request| {
            let tags: Vec<_> = request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            tags.len() == 3 && tags.contains(&("efs-s3:mount-target", Some("fsmt-1")))
        })
        .sequence()
        .http_status(500, None)
        .output(|| CreateLocationEfsOutput::builder().location_arn(ARN).build())
        .build();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &lost), ..mocked::aws() };
    desired_location_efs().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(lost.num_calls(), 1);
    desired_location_efs().create(&aws, &resource_id()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn folder_access_point_and_role_are_changed_in_place_once_the_role_is_known() {
    let found = read_live([&lists_location(ARN, URI), &mock_managed_tags(), &mock_describe()])
        .await
        .unwrap();
    let update = mock!(Client::update_location_efs)
        .match_requests(|request| {
            request.location_arn() == Some(ARN)
                && request.subdirectory() == Some("/other/")
                && request.file_system_access_role_arn() == Some("")
                && request.access_point_arn().is_none()
        })
        .sequence()
        .http_response(|| refusal(400, "InvalidRequestException", "Unable to assume role."))
        .output(|| UpdateLocationEfsOutput::builder().build())
        .build();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &update), ..mocked::aws() };
    let other = LocationEfs {
        subdirectory: "/other/".into(),
        access_role_arn: None,
        ..desired_location_efs()
    };
    let changed = ["subdirectory".to_owned(), "access_role_arn".to_owned()];
    other.update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!(update.num_calls(), 2);
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already_and_other_refusals_are_errors() {
    let delete = mock!(Client::delete_location)
        .sequence()
        .output(|| DeleteLocationOutput::builder().build())
        .http_response(|| {
            refusal(400, "InvalidRequestException", "Location loc-0123456789abcdef0 is not found.")
        })
        .http_response(|| refusal(400, "InvalidRequestException", "Location is in use by a task."))
        .build();
    let found = read_live([&lists_location(ARN, URI), &mock_managed_tags(), &mock_describe()])
        .await
        .unwrap();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &delete), ..mocked::aws() };
    desired_location_efs().delete(&aws, &found).await.unwrap();
    desired_location_efs().delete(&aws, &found).await.unwrap();
    desired_location_efs().delete(&aws, &found).await.unwrap_err();
}

#[test]
fn the_uri_holds_file_system_and_folder() {
    for (uri, expected) in [
        ("efs://us-east-2.fs-021345abcdef6789/", ("fs-021345abcdef6789", "/")),
        ("efs://us-east-2.fs-021345abcdef6789", ("fs-021345abcdef6789", "/")),
        ("efs://us-west-2.fs-abcdef01/my-folder-1/", ("fs-abcdef01", "/my-folder-1/")),
        ("efs://us-west-2.fs-abcdef01/a/b.c", ("fs-abcdef01", "/a/b.c/")),
    ] {
        assert_eq!(parse_uri(uri), (expected.0, expected.1.to_owned()), "{uri}");
    }
}
