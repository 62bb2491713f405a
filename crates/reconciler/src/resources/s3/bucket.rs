//! S3 bucket: private, encrypted, TLS only; versioned where it holds data.
//!
//! Each setting is a field, so that drift of each is shown and repaired alone. S3 returns errors
//! for settings that were never set (`NoSuchTagSet`), which are read as "not set".

mod contents;
mod create;
mod lifecycle;
mod presets;
mod settings;

use std::collections::BTreeMap;

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::create::is_settling;
use crate::Aws;
use crate::kind_error::KindError;
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
    /// Days after which unfinished multipart uploads are aborted: they cost money and are not
    /// listed.
    pub abort_incomplete_multipart_upload_days: Option<i32>,
    /// Whether a delete marker without versions is deleted.
    pub expired_delete_markers_removed: bool,
    /// The prefix of temporary objects: all their versions expire after a day.
    pub scratch_prefix: Option<String>,
    /// Prefixes whose earlier versions expire after a day: documents that are rewritten often.
    /// Sorted.
    pub short_history_prefixes: Vec<String>,
    /// Whether versions can be locked. S3 can't disable it again: an enabled lock that is not
    /// desired is no difference.
    pub object_lock: bool,
    /// Lifecycle rules that are not managed, by id: one of them may delete data.
    pub other_lifecycle_rules: Vec<String>,
    pub policy: Value,
    /// `None` is that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Days after an object's creation, and S3's name of the class it moves to then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub days: i32,
    pub storage_class: String,
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
        let aws = &aws.in_region(self.region.as_deref());
        if !self.bucket_exists(aws).await? {
            return Ok(None);
        }
        let tags = settings::read_tags(aws, &self.name).await?;
        let managed = has_resource_tags(aws, id, tags.iter().map(|tag| (tag.key(), tag.value())));
        let object_lock = self.object_lock && settings::object_lock(aws, &self.name).await?;
        let state = json!(
            settings::read_settings(aws, &self.name, &self.policy)
                .await?
                .with_object_lock(object_lock)
                .in_region(self.region.as_deref())
        );
        let attributes = BTreeMap::from([
            ("arn".to_owned(), aws.names.bucket_arn(&self.name)),
            ("name".to_owned(), self.name.clone()),
        ]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let aws = &aws.in_region(self.region.as_deref());
        wait::retry(BUCKET_SETTLES, is_settling, async || {
            self.create_bucket(aws, id).await?;
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
        let aws = &aws.in_region(self.region.as_deref());
        wait::retry(BUCKET_SETTLES, is_settling, async || {
            settings::put_settings(aws, self, changed).await
        })
        .await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        let aws = &aws.in_region(self.region.as_deref());
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

#[cfg(test)]
mod tests;
