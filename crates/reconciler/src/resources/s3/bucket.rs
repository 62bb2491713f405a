//! S3 bucket: private, encrypted, TLS only; versioned where data lies in it.
//!
//! Each setting is a field, so that drift of each is seen and mended on its own. S3 answers
//! settings that were never made with errors of their own (`NoSuchTagSet`), which are read as "not
//! set".

mod contents;
mod lifecycle;
mod settings;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::denial;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::has_resource_tags;
use crate::wait::{self, BUCKET_SETTLES};

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
    /// `AES256`: encryption with keys that S3 manages; `aws:kms`: with the key below.
    pub encryption: String,
    /// The key's ARN.
    pub kms_key_arn: Option<String>,
    /// With a key of KMS only: keeps the requests to KMS few.
    pub bucket_key: bool,
    /// When objects move to another class, current and noncurrent versions alike.
    pub transition: Option<Transition>,
    /// Unfinished multipart uploads cost money and nobody sees them.
    pub abort_incomplete_multipart_upload_days: Option<i32>,
    /// Whether a delete marker goes when no version is left behind it.
    pub expired_delete_markers_removed: bool,
    /// What lies below it goes after a day, all its versions: working papers.
    pub scratch_prefix: Option<String>,
    /// Earlier versions of what lies below these go after a day: documents that are written again
    /// and again. Sorted.
    pub short_history_prefixes: Vec<String>,
    /// Whether versions can be locked. S3 can't take it back: a lock that is on and not asked for
    /// is no difference.
    pub object_lock: bool,
    /// Lifecycle rules that are not ours, by id: one of them may delete data.
    pub other_lifecycle_rules: Vec<String>,
    pub policy: Value,
}

/// Days after an object's creation, and S3's name of the class it moves to then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub days: i32,
    pub storage_class: String,
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
            kms_key_arn: None,
            bucket_key: false,
            transition: None,
            abort_incomplete_multipart_upload_days: Some(7),
            expired_delete_markers_removed: true,
            scratch_prefix: None,
            short_history_prefixes: Vec::new(),
            object_lock: false,
            other_lifecycle_rules: Vec::new(),
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
    pub fn with_scratch(self, prefix: &str) -> Self {
        Self { scratch_prefix: Some(prefix.to_owned()), ..self }
    }

    #[must_use]
    pub fn with_short_history(self, prefixes: &[&str]) -> Self {
        let mut prefixes: Vec<String> =
            prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        prefixes.sort_unstable();
        Self { short_history_prefixes: prefixes, ..self }
    }

    #[must_use]
    pub fn with_object_lock(self, object_lock: bool) -> Self {
        Self { object_lock, ..self }
    }

    #[must_use]
    pub fn with_noncurrent_version_expiration(self, days: Option<i32>) -> Self {
        Self { noncurrent_version_expiration_days: days, ..self }
    }

    #[must_use]
    pub fn with_abort_multipart_days(self, days: i32) -> Self {
        Self { abort_incomplete_multipart_upload_days: Some(days), ..self }
    }

    #[must_use]
    pub fn with_transition(self, transition: Option<Transition>) -> Self {
        Self { transition, ..self }
    }

    /// Encrypts with this key, or without one with S3's own.
    #[must_use]
    pub fn with_kms_key(self, kms_key_arn: Option<String>) -> Self {
        let bucket_key = kms_key_arn.is_some();
        let encryption = if bucket_key { "aws:kms" } else { "AES256" };
        Self { encryption: encryption.to_owned(), kms_key_arn, bucket_key, ..self }
    }
}

impl ResourceKind for Bucket {
    const NAME: &'static str = "S3 bucket";
    const ACTIONS: Actions = Actions {
        look: &[
            "s3:GetBucketNotification",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListBucketVersions",
        ],
        make: &["s3:CreateBucket"],
        change: &[
            "s3:AbortMultipartUpload",
            "s3:DeleteBucket",
            "s3:DeleteObjectVersion",
            "s3:PutBucketNotification",
            "s3:PutBucketObjectLockConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        implied: &["s3:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if !self.exists(aws).await? {
            return Ok(None);
        }
        let tags = settings::tags(aws, &self.name).await?;
        let managed = has_resource_tags(aws, id, tags.iter().map(|tag| (tag.key(), tag.value())));
        let object_lock = self.object_lock && settings::object_lock(aws, &self.name).await?;
        let state = json!(
            settings::read(aws, &self.name, &self.policy).await?.with_object_lock(object_lock)
        );
        let attributes = BTreeMap::from([
            ("arn".to_owned(), aws.names.bucket_arn(&self.name)),
            ("name".to_owned(), self.name.clone()),
        ]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        wait::retry(BUCKET_SETTLES, settles, async || {
            self.make(aws, id).await?;
            settings::put_tags(aws, &self.name, id).await?;
            settings::put_all(aws, self).await
        })
        .await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        wait::retry(BUCKET_SETTLES, settles, async || settings::put(aws, self, changed).await).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
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

impl Bucket {
    /// # Errors
    /// Also when the name is taken by somebody else: names are shared by all accounts.
    async fn exists(&self, aws: &Aws) -> Result<bool, KindError> {
        let head = denial::head_while_young(aws, async || {
            aws.s3
                .head_bucket()
                .bucket(&self.name)
                .expected_bucket_owner(&aws.names.account)
                .send()
                .await
        });
        let Err(error) = head.await else { return Ok(true) };
        // HEAD has no body, so the status is all that S3 says.
        let status = error.raw_response().map(|response| response.status().as_u16());
        let reading = |cause: Cause| KindError::doing("reading S3 bucket", &self.name)(cause);
        match status {
            Some(404) => Ok(false),
            Some(403) => {
                let why = "S3 answers 403: the name is taken by another account, or these \
                    credentials may not read it";
                Err(reading(Cause::Other(why.to_owned())))
            }
            Some(301) => Err(reading(Cause::Other(format!(
                "it is in another region than `{}`",
                aws.names.region
            )))),
            _ => Err(reading(error.into())),
        }
    }

    /// Born with our tags: whatever happens next, the next run knows the bucket for ours.
    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let tags = settings::our_tags(aws, &self.name, id)?;
        // Outside us-east-1 the region must be said, in us-east-1 it must not (S3 API reference,
        // `CreateBucket`).
        let region = Some(aws.names.region.as_str()).filter(|region| *region != "us-east-1");
        let configuration = CreateBucketConfiguration::builder().set_tags(Some(tags));
        let configuration = configuration
            .set_location_constraint(region.map(BucketLocationConstraint::from))
            .build();
        let create =
            aws.s3.create_bucket().bucket(&self.name).create_bucket_configuration(configuration);
        match create.send().await.map_err(SdkFailure::from) {
            Ok(_) => Ok(()),
            // Ours already: an earlier call whose reply was lost.
            Err(failure) if failure.is(&["BucketAlreadyOwnedByYou"]) => Ok(()),
            Err(failure) => Err(KindError::doing("creating S3 bucket", &self.name)(failure)),
        }
    }
}

fn settles(error: &KindError) -> bool {
    error.is(&["NoSuchBucket", "OperationAborted"])
}

#[cfg(test)]
mod tests;
