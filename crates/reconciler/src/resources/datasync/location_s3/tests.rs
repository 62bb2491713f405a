use std::time::Duration;

use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::create_location_s3::CreateLocationS3Output;
use aws_sdk_datasync::operation::list_locations::ListLocationsOutput;
use aws_sdk_datasync::operation::update_location_s3::UpdateLocationS3Output;
use aws_sdk_datasync::types::LocationListEntry;
use aws_smithy_mocks::{Rule, mock};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::time::Instant;

use super::*;
use crate::ClientsOfRegion;
use crate::resources::datasync::testing::{lists_location, mock_tags};
use crate::testing::mocked::{self, client, refusal};

const ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef0";
const ROLE: &str = "arn:aws:iam::111122223333:role/backup-datasync-destination-eu-central-1";

fn desired_location_s3() -> LocationS3 {
    LocationS3 {
        bucket_arn: "arn:aws:s3:::backup-data".into(),
        subdirectory: "files/".into(),
        role_arn: ROLE.into(),
        storage_class: "STANDARD".into(),
        region: None,
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("destination-location")
}

fn mock_describe(uri: &'static str) -> Rule {
    mock!(Client::describe_location_s3).then_output(move || {
        let config = S3Config::builder().bucket_access_role_arn(ROLE).build().unwrap();
        let class = S3StorageClass::Standard;
        DescribeLocationS3Output::builder()
            .location_uri(uri)
            .s3_config(config)
            .s3_storage_class(class)
            .build()
    })
}

async fn read_live(stack: &'static str) -> Option<LiveResource> {
    let uri = "s3://backup-data/files";
    let (list, tags, describe) =
        (lists_location(ARN, uri), mock_tags(stack, "destination-location"), mock_describe(uri));
    let aws = Aws { datasync: client!(aws_sdk_datasync, &list, &tags, &describe), ..mocked::aws() };
    desired_location_s3().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_desired_and_another_stacks_is_not_managed() {
    assert_eq!(read_live("backup").await.unwrap().state, json!(desired_location_s3()));
    assert_eq!(read_live("another").await, None);
}

#[tokio::test]
async fn the_tags_of_an_unchanged_one_are_not_read_and_those_of_a_changed_one_are() {
    let uri = "s3://backup-data/files";
    let archived = LocationS3 { storage_class: "GLACIER".into(), ..desired_location_s3() };
    for (desired, expected) in [(desired_location_s3(), 0), (archived, 1)] {
        let tags = mock_tags("backup", "destination-location");
        let (list, describe) = (lists_location(ARN, uri), mock_describe(uri));
        let datasync = client!(aws_sdk_datasync, &list, &tags, &describe);
        let aws = Aws { datasync, ..mocked::aws() }.whose_unchanged_is_ours(true);
        let found = desired.read(&aws, &resource_id()).await.unwrap().unwrap();
        assert_eq!(found.state, json!(desired_location_s3()));
        assert_eq!(tags.num_calls(), expected);
    }
}

/// Two of one URI: their tags decide, even if one is as desired.
#[tokio::test]
async fn the_tags_of_two_of_the_same_uri_are_read() {
    let two = mock!(Client::list_locations).then_output(|| {
        let location = |arn| {
            LocationListEntry::builder().location_arn(arn).location_uri("s3://backup-data/files")
        };
        let both = [location("arn:other").build(), location(ARN).build()].to_vec();
        ListLocationsOutput::builder().set_locations(Some(both)).build()
    });
    let foreign = mock_tags("another", "destination-location");
    let datasync =
        client!(aws_sdk_datasync, &two, &foreign, &mock_describe("s3://backup-data/files"));
    let aws = Aws { datasync, ..mocked::aws() }.whose_unchanged_is_ours(true);
    assert_eq!(desired_location_s3().read(&aws, &resource_id()).await.unwrap(), None);
    assert_eq!(foreign.num_calls(), 2);
}

#[tokio::test]
async fn the_location_of_a_bucket_in_another_region_is_there() {
    let uri = "s3://backup-data/files";
    let (list, tags, describe) =
        (lists_location(ARN, uri), mock_tags("backup", "destination-location"), mock_describe(uri));
    let create = mock!(Client::create_location_s3)
        .then_output(|| CreateLocationS3Output::builder().location_arn(ARN).build());
    let datasync = client!(aws_sdk_datasync, &list, &tags, &describe, &create);
    let clients = ClientsOfRegion { s3: mocked::aws().s3, datasync };
    let aws = mocked::aws().with_region("eu-west-1", clients);
    let there = LocationS3 { region: Some("eu-west-1".into()), ..desired_location_s3() };
    there.create(&aws, &resource_id()).await.unwrap();
    let found = there.read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state, create.num_calls()), (json!(there), 1));
}

#[tokio::test]
async fn create_and_update_send_the_whole_bucket_as_a_slash() {
    let create = mock!(Client::create_location_s3)
        .match_requests(|request| request.subdirectory() == Some("/") && request.tags().len() == 2)
        .then_output(|| CreateLocationS3Output::builder().location_arn(ARN).build());
    let update = mock!(Client::update_location_s3)
        .match_requests(|request| {
            request.subdirectory() == Some("/") && request.location_arn() == Some(ARN)
        })
        .then_output(|| UpdateLocationS3Output::builder().build());
    let aws = Aws { datasync: client!(aws_sdk_datasync, &create, &update), ..mocked::aws() };
    let whole = LocationS3 { subdirectory: String::new(), ..desired_location_s3() };
    whole.create(&aws, &resource_id()).await.unwrap();
    whole
        .update(&aws, &resource_id(), &read_live("backup").await.unwrap(), &["subdirectory".into()])
        .await
        .unwrap();
    assert_eq!((create.num_calls(), update.num_calls()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_role_made_a_moment_ago_is_waited_for() {
    let create = mock!(Client::create_location_s3)
        .sequence()
        .http_response(|| {
            let message = "Unable to assume role. Reason: Access denied when calling \
                    sts:AssumeRole";
            refusal(400, "InvalidRequestException", message)
        })
        .http_response(|| {
            let message = "DataSync location access test failed: could not perform \
                    s3:ListObjectsV2 on bucket.";
            refusal(400, "InvalidRequestException", message)
        })
        .output(|| CreateLocationS3Output::builder().location_arn(ARN).build())
        .build();
    let aws = Aws { datasync: client!(aws_sdk_datasync, &create), ..mocked::aws() };
    desired_location_s3().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 3);
}

/// One apply waits as long as the bound; what takes longer, the applies after it outlast.
#[tokio::test(start_paused = true)]
async fn a_role_that_takes_up_to_fifteen_minutes_is_outlasted() {
    for (seconds, expected) in [(0, 1), (30, 1), (119, 1), (5 * 60, 3), (15 * 60, 8)] {
        let usable = Instant::now() + Duration::from_secs(seconds);
        let create = mock!(Client::create_location_s3).then_http_response(move || {
            let made = SdkBody::from(json!({ "LocationArn": ARN }).to_string());
            let made = HttpResponse::new(StatusCode::try_from(200).unwrap(), made);
            let refused = refusal(400, "InvalidRequestException", "Unable to assume role.");
            if Instant::now() < usable { refused } else { made }
        });
        let aws = Aws { datasync: client!(aws_sdk_datasync, &create), ..mocked::aws() };
        let mut creates = 1;
        while let Err(error) = desired_location_s3().create(&aws, &resource_id()).await {
            assert!(error.is(&["InvalidRequestException"]), "{error}");
            creates += 1;
        }
        assert_eq!(creates, expected, "usable after {seconds} s");
    }
}

/// However the denial is worded: by the access test, by S3 behind it, or by STS.
#[tokio::test(start_paused = true)]
async fn every_denial_of_a_new_policy_is_retried() {
    for message in [
        "DataSync location access test failed: could not perform s3:GetObject in bucket \
                backup-data. Access denied.",
        "DataSync location access test failed: could not perform s3:HeadBucket in bucket \
                backup-data.",
        "Unable to connect to S3 endpoint",
        "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access \
                Denied",
        "User: arn:aws:sts::111122223333:assumed-role/r/AwsSync is not authorized to perform: \
                s3:ListBucket",
        "DataSync could not assume role arn:aws:iam::111122223333:role/r",
    ] {
        let create = mock!(Client::create_location_s3)
            .sequence()
            .http_response(|| refusal(400, "InvalidRequestException", message))
            .output(|| CreateLocationS3Output::builder().location_arn(ARN).build())
            .build();
        let aws = Aws { datasync: client!(aws_sdk_datasync, &create), ..mocked::aws() };
        desired_location_s3().create(&aws, &resource_id()).await.unwrap();
        assert_eq!(create.num_calls(), 2, "{message}");
    }
}

#[tokio::test]
async fn any_other_refusal_is_not_tried_again() {
    let create = mock!(Client::create_location_s3).then_http_response(|| {
        refusal(400, "InvalidRequestException", "Invalid parameter: bucket")
    });
    let aws = Aws { datasync: client!(aws_sdk_datasync, &create), ..mocked::aws() };
    let error = desired_location_s3().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(error.to_string(), "creating DataSync S3 location `destination-location`");
    assert_eq!(create.num_calls(), 1);
}

#[test]
fn the_uri_holds_bucket_and_folder() {
    for (uri, expected) in [
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://bucket/backup/", ("bucket", "backup/")),
        ("s3://bucket/a/b", ("bucket", "a/b/")),
    ] {
        assert_eq!(parse_uri(uri), (expected.0, expected.1.to_owned()), "{uri}");
    }
}
