//! S3 bucket: private, encrypted, TLS only; versioned where data lies in it.
//!
//! Each setting is a field, so that drift of each is seen and mended on its own. S3 answers settings that were never made
//! with errors of their own ("NoSuchTagSet"), which are read as "not set".

mod contents;
mod settings;

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Found, Kind, KindError, bears_our_tags};
use crate::Aws;
use crate::graph::ResourceId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    pub name: String,
    pub versioned: bool,
    /// Whether S3 sends its events to EventBridge.
    pub eventbridge: bool,
    /// Days after which a version that is no longer current expires; `None` keeps all.
    pub noncurrent_version_expiration_days: Option<i32>,
    /// All four switches of "block public access".
    pub public_access_blocked: bool,
    /// `BucketOwnerEnforced`: access control lists are off.
    pub object_ownership: String,
    /// `AES256`: encryption with keys that S3 manages.
    pub encryption: String,
    /// Unfinished multipart uploads cost money and nobody sees them.
    pub abort_incomplete_multipart_upload_days: Option<i32>,
    pub policy: Value,
}

impl Bucket {
    /// A bucket with every protection on.
    #[must_use]
    pub fn private(name: &str, partition: &str) -> Self {
        let arn = format!("arn:{partition}:s3:::{name}");
        Self {
            name: name.to_owned(),
            versioned: true,
            eventbridge: false,
            noncurrent_version_expiration_days: None,
            public_access_blocked: true,
            object_ownership: "BucketOwnerEnforced".to_owned(),
            encryption: "AES256".to_owned(),
            abort_incomplete_multipart_upload_days: Some(7),
            policy: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, format!("{arn}/*")],
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                }],
            }),
        }
    }

    #[must_use]
    pub fn with_eventbridge(self) -> Self {
        Self { eventbridge: true, ..self }
    }

    #[must_use]
    pub fn with_noncurrent_version_expiration(self, days: Option<i32>) -> Self {
        Self { noncurrent_version_expiration_days: days, ..self }
    }
}

impl Kind for Bucket {
    const NAME: &'static str = "S3 bucket";
    const REPLACE_ON: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        if let Err(error) = aws.s3.head_bucket().bucket(&self.name).send().await {
            let failure = SdkFailure::from(error);
            // HEAD has no body, so 404 comes as the code "NotFound".
            let absent = failure.is(&["NotFound", "NoSuchBucket"]);
            return if absent { Ok(None) } else { Err(KindError::doing("reading S3 bucket", &self.name)(failure)) };
        }
        let tags = settings::tags(aws, &self.name).await?;
        let ours = bears_our_tags(aws, id, tags.iter().map(|tag| (tag.key(), tag.value())));
        let state = json!(settings::read(aws, &self.name).await?);
        let attributes = BTreeMap::from([
            ("arn".to_owned(), aws.names.bucket_arn(&self.name)),
            ("name".to_owned(), self.name.clone()),
        ]);
        Ok(Some(Found { state, attributes, ours }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        // Outside us-east-1 the region must be said, in us-east-1 it must not (S3 API reference, `CreateBucket`).
        let elsewhere = (aws.names.region != "us-east-1").then(|| {
            let region = BucketLocationConstraint::from(aws.names.region.as_str());
            CreateBucketConfiguration::builder().location_constraint(region).build()
        });
        let create = aws.s3.create_bucket().bucket(&self.name).set_create_bucket_configuration(elsewhere);
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // Ours already: an earlier call whose reply was lost.
            if !failure.is(&["BucketAlreadyOwnedByYou"]) {
                return Err(KindError::doing("creating S3 bucket", &self.name)(failure));
            }
        }
        // The tags first: after a crash here the next run knows the bucket for ours.
        settings::put_tags(aws, &self.name, id).await?;
        settings::put_all(aws, self).await
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, _found: &Found, changed: &[String]) -> Result<(), KindError> {
        settings::put(aws, self, changed).await
    }

    async fn delete(&self, aws: &Aws, _found: &Found) -> Result<(), KindError> {
        contents::delete_all(aws, &self.name).await?;
        if let Err(error) = aws.s3.delete_bucket().bucket(&self.name).send().await {
            let failure = SdkFailure::from(error);
            if !failure.is(&["NoSuchBucket"]) {
                return Err(KindError::doing("deleting S3 bucket", &self.name)(failure));
            }
        }
        Ok(())
    }
}
