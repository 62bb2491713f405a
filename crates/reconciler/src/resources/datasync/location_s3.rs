//! DataSync S3 location: where the task writes, and as which role.
//!
//! DataSync assumes the role and lists the bucket before it answers `CreateLocationS3`. A role or a
//! policy made a moment ago is not known everywhere yet (IAM User Guide, "Changes that I make are
//! not always immediately visible"); DataSync then refuses with a message that says so, and only
//! such are tried again.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_location_s3::DescribeLocationS3Output;
use aws_sdk_datasync::types::{S3Config, S3StorageClass};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::datasync::locations::{ListedLocation, delete_location, find_location};
use crate::resources::datasync::refusals::{is_absent, passes_with_time, sent_once};
use crate::resources::datasync::tagging::tag_list;
use crate::wait::{self, IAM_PROPAGATION};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocationS3 {
    pub bucket_arn: String,
    /// Empty, or ends in `/` and does not begin with it.
    pub subdirectory: String,
    pub role_arn: String,
    /// For new objects.
    pub storage_class: String,
}

impl ResourceKind for LocationS3 {
    const NAME: &'static str = "DataSync S3 location";
    const ACTIONS: Actions = Actions {
        look: &["datasync:DescribeLocationS3"],
        make: &["datasync:CreateLocationS3"],
        change: &["datasync:UpdateLocationS3"],
        implied: &[
            "datasync:TagResource",
            "iam:GetRole",
            "iam:PassRole",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
        ],
    };
    const FORCE_NEW: &'static [&'static str] = &["bucket_arn"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let Some(listed) = find_location(aws, id, "s3://").await? else {
            return Ok(None);
        };
        match aws.datasync.describe_location_s3().location_arn(&listed.arn).send().await {
            Ok(answer) => Ok(Some(found(aws, &listed, answer))),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing("describing DataSync S3 location", &listed.arn);
                if is_absent(&failure) { Ok(None) } else { Err(doing(failure)) }
            }
        }
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let create = aws
                .datasync
                .create_location_s3()
                .s3_bucket_arn(&self.bucket_arn)
                .s3_config(self.s3_config()?);
            let create = create.subdirectory(self.folder()).s3_storage_class(self.storage_class());
            let create = create.set_tags(Some(tag_list(aws, id))).customize();
            create.config_override(sent_once()).send().await.map(drop).map_err(SdkFailure::from)
        });
        made.await.map_err(KindError::doing("creating DataSync S3 location", id.as_str()))
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        let changed = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let update =
                aws.datasync.update_location_s3().location_arn(arn).s3_config(self.s3_config()?);
            let update = update.subdirectory(self.folder()).s3_storage_class(self.storage_class());
            update.send().await.map(drop).map_err(SdkFailure::from)
        });
        changed.await.map_err(KindError::doing("changing DataSync S3 location", arn))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_location(aws, found.attribute("arn")).await
    }
}

impl LocationS3 {
    fn s3_config(&self) -> Result<S3Config, SdkFailure> {
        let config = S3Config::builder().bucket_access_role_arn(&self.role_arn).build();
        config.map_err(|error| SdkFailure::incomplete(&error.to_string()))
    }

    fn storage_class(&self) -> S3StorageClass {
        self.storage_class.as_str().into()
    }

    /// The whole bucket is `/`: an absent folder in an update would mean "as it is".
    fn folder(&self) -> &str {
        if self.subdirectory.is_empty() { "/" } else { &self.subdirectory }
    }
}

fn found(aws: &Aws, listed: &ListedLocation, answer: DescribeLocationS3Output) -> LiveResource {
    let (bucket, subdirectory) = parse_uri(answer.location_uri().unwrap_or(&listed.uri));
    let state = LocationS3 {
        bucket_arn: aws.names.bucket_arn(bucket),
        subdirectory,
        role_arn: answer.s3_config.map(|config| config.bucket_access_role_arn).unwrap_or_default(),
        storage_class: answer
            .s3_storage_class
            .unwrap_or(S3StorageClass::Standard)
            .as_str()
            .to_owned(),
    };
    LiveResource {
        state: json!(state),
        attributes: BTreeMap::from([("arn".to_owned(), listed.arn.clone())]),
        managed: true,
    }
}

/// `s3://bucket/a/b` → (`bucket`, `a/b/`).
fn parse_uri(uri: &str) -> (&str, String) {
    let rest = uri.strip_prefix("s3://").unwrap_or(uri);
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_matches('/');
    (bucket, if prefix.is_empty() { String::new() } else { format!("{prefix}/") })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_datasync::Client;
    use aws_sdk_datasync::operation::create_location_s3::CreateLocationS3Output;
    use aws_sdk_datasync::operation::update_location_s3::UpdateLocationS3Output;
    use aws_smithy_mocks::{Rule, mock};
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use tokio::time::Instant;

    use super::*;
    use crate::resources::datasync::testing::{lists_location, tagged};
    use crate::testing::mocked::{self, client, refusal};

    const ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:location/loc-0123456789abcdef0";
    const ROLE: &str = "arn:aws:iam::111122223333:role/backup-datasync-destination-eu-central-1";

    fn desired() -> LocationS3 {
        LocationS3 {
            bucket_arn: "arn:aws:s3:::backup-data".into(),
            subdirectory: "files/".into(),
            role_arn: ROLE.into(),
            storage_class: "STANDARD".into(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("destination-location")
    }

    fn describes(uri: &'static str) -> Rule {
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

    async fn read(stack: &'static str) -> Option<LiveResource> {
        let uri = "s3://backup-data/files";
        let (list, tags, describe) =
            (lists_location(ARN, uri), tagged(stack, "destination-location"), describes(uri));
        let aws =
            Aws { datasync: client!(aws_sdk_datasync, &list, &tags, &describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn ours_is_read_as_it_is_desired_and_anothers_is_not_ours() {
        assert_eq!(read("backup").await.unwrap().state, json!(desired()));
        assert_eq!(read("another").await, None);
    }

    #[tokio::test]
    async fn create_and_update_send_the_whole_bucket_as_a_slash() {
        let create = mock!(Client::create_location_s3)
            .match_requests(|request| {
                request.subdirectory() == Some("/") && request.tags().len() == 2
            })
            .then_output(|| CreateLocationS3Output::builder().location_arn(ARN).build());
        let update = mock!(Client::update_location_s3)
            .match_requests(|request| {
                request.subdirectory() == Some("/") && request.location_arn() == Some(ARN)
            })
            .then_output(|| UpdateLocationS3Output::builder().build());
        let aws = Aws { datasync: client!(aws_sdk_datasync, &create, &update), ..mocked::aws() };
        let whole = LocationS3 { subdirectory: String::new(), ..desired() };
        whole.create(&aws, &id()).await.unwrap();
        whole
            .update(&aws, &id(), &read("backup").await.unwrap(), &["subdirectory".into()])
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
        desired().create(&aws, &id()).await.unwrap();
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
            while let Err(error) = desired().create(&aws, &id()).await {
                assert!(error.is(&["InvalidRequestException"]), "{error}");
                creates += 1;
            }
            assert_eq!(creates, expected, "usable after {seconds} s");
        }
    }

    /// However the denial is worded: by the access test, by S3 behind it, or by STS.
    #[tokio::test(start_paused = true)]
    async fn every_denial_of_a_young_policy_is_waited_for() {
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
            desired().create(&aws, &id()).await.unwrap();
            assert_eq!(create.num_calls(), 2, "{message}");
        }
    }

    #[tokio::test]
    async fn any_other_refusal_is_not_tried_again() {
        let create = mock!(Client::create_location_s3).then_http_response(|| {
            refusal(400, "InvalidRequestException", "Invalid parameter: bucket")
        });
        let aws = Aws { datasync: client!(aws_sdk_datasync, &create), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
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
}
