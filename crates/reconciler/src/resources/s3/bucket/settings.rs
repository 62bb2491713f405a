//! A bucket's settings, each read and written by a call of its own.

mod write;

pub(super) use self::write::{our_tags, put_all, put_settings, put_tags};

use aws_sdk_s3::types::{
    BucketVersioningStatus, NotificationConfiguration, ObjectLockEnabled, ServerSideEncryption,
    ServerSideEncryptionRule, Tag,
};
use serde_json::Value;

use super::Bucket;
use super::lifecycle::Lifecycle;
use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};
use crate::policy_document;

/// Reads all settings but the lock, which is only read where one is desired.
pub(super) async fn read_settings(
    aws: &Aws,
    name: &str,
    desired_policy: &Value,
) -> Result<Bucket, KindError> {
    let (
        versioned,
        notifications,
        lifecycle,
        public_access_blocked,
        object_ownership,
        encryption,
        policy,
    ) = tokio::try_join!(
        read_versioning(aws, name),
        read_notifications(aws, name),
        read_lifecycle(aws, name),
        public_access_blocked(aws, name),
        object_ownership(aws, name),
        read_encryption(aws, name),
        read_policy(aws, name, desired_policy),
    )?;
    Ok(Bucket {
        name: name.to_owned(),
        versioned,
        eventbridge: notifications.event_bridge_configuration.is_some(),
        noncurrent_version_expiration_days: lifecycle.noncurrent_version_expiration_days,
        public_access_blocked,
        object_ownership,
        encryption: encryption.algorithm,
        kms_key_arn: encryption.kms_key_arn,
        bucket_key: encryption.bucket_key,
        transition: lifecycle.transition,
        abort_incomplete_multipart_upload_days: lifecycle.abort_incomplete_multipart_upload_days,
        expired_delete_markers_removed: lifecycle.expired_delete_markers_removed,
        scratch_prefix: lifecycle.scratch_prefix,
        short_history_prefixes: lifecycle.short_history_prefixes,
        object_lock: false,
        other_lifecycle_rules: lifecycle.other_rules,
        policy,
        region: None,
    })
}

pub(super) async fn object_lock(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_object_lock_configuration().bucket(name).send().await;
    let doing = "reading Object Lock of S3 bucket";
    let answer = none_if_refused(answer, &["ObjectLockConfigurationNotFoundError"], doing, name)?;
    let lock = answer.and_then(|answer| answer.object_lock_configuration?.object_lock_enabled);
    Ok(lock == Some(ObjectLockEnabled::Enabled))
}

pub(super) async fn read_tags(aws: &Aws, name: &str) -> Result<Vec<Tag>, KindError> {
    let answer = aws.s3.get_bucket_tagging().bucket(name).send().await;
    let answer = none_if_refused(answer, &["NoSuchTagSet"], "reading tags of S3 bucket", name)?;
    Ok(answer.map(|answer| answer.tag_set).unwrap_or_default())
}

async fn read_versioning(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_bucket_versioning().bucket(name).send().await;
    let answer = answer.map_err(KindError::doing("reading versioning of S3 bucket", name))?;
    Ok(answer.status == Some(BucketVersioningStatus::Enabled))
}

async fn read_notifications(aws: &Aws, name: &str) -> Result<NotificationConfiguration, KindError> {
    let answer = aws.s3.get_bucket_notification_configuration().bucket(name).send().await;
    let answer = answer.map_err(KindError::doing("reading notifications of S3 bucket", name))?;
    Ok(NotificationConfiguration::builder()
        .set_topic_configurations(answer.topic_configurations)
        .set_queue_configurations(answer.queue_configurations)
        .set_lambda_function_configurations(answer.lambda_function_configurations)
        .set_event_bridge_configuration(answer.event_bridge_configuration)
        .build())
}

async fn read_lifecycle(aws: &Aws, name: &str) -> Result<Lifecycle, KindError> {
    let answer = aws.s3.get_bucket_lifecycle_configuration().bucket(name).send().await;
    let answer = none_if_refused(
        answer,
        &["NoSuchLifecycleConfiguration"],
        "reading lifecycle of S3 bucket",
        name,
    )?;
    Ok(Lifecycle::from_rules(answer.and_then(|answer| answer.rules).unwrap_or_default()))
}

async fn public_access_blocked(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_public_access_block().bucket(name).send().await;
    let doing = "reading public access block of S3 bucket";
    let answer = none_if_refused(answer, &["NoSuchPublicAccessBlockConfiguration"], doing, name)?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    Ok(block.is_some_and(|block| {
        [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ]
        .iter()
        .all(|switch| *switch == Some(true))
    }))
}

async fn object_ownership(aws: &Aws, name: &str) -> Result<String, KindError> {
    let answer = aws.s3.get_bucket_ownership_controls().bucket(name).send().await;
    let doing = "reading ownership controls of S3 bucket";
    let answer = none_if_refused(answer, &["OwnershipControlsNotFoundError"], doing, name)?;
    let rules = answer
        .and_then(|answer| answer.ownership_controls)
        .map(|controls| controls.rules)
        .unwrap_or_default();
    Ok(rules.first().map(|rule| rule.object_ownership.as_str().to_owned()).unwrap_or_default())
}

/// Encryption at rest as it was read; nothing of it where it was never set.
#[derive(Default)]
struct Encryption {
    algorithm: String,
    kms_key_arn: Option<String>,
    bucket_key: bool,
}

async fn read_encryption(aws: &Aws, name: &str) -> Result<Encryption, KindError> {
    let answer = aws.s3.get_bucket_encryption().bucket(name).send().await;
    let doing = "reading encryption of S3 bucket";
    let answer =
        none_if_refused(answer, &["ServerSideEncryptionConfigurationNotFoundError"], doing, name)?;
    let rules =
        answer.and_then(|answer| answer.server_side_encryption_configuration).map(|sse| sse.rules);
    let Some(rule) = rules.and_then(|rules| rules.into_iter().next()) else {
        return Ok(Encryption::default());
    };
    Ok(encryption_of(rule))
}

fn encryption_of(rule: ServerSideEncryptionRule) -> Encryption {
    let Some(sse) = rule.apply_server_side_encryption_by_default else {
        return Encryption::default();
    };
    // Without a KMS key the bucket key has no effect, and S3 returns it either way.
    let bucket_key =
        sse.sse_algorithm == ServerSideEncryption::AwsKms && rule.bucket_key_enabled == Some(true);
    Encryption {
        algorithm: sse.sse_algorithm.as_str().to_owned(),
        kms_key_arn: sse.kms_master_key_id,
        bucket_key,
    }
}

async fn read_policy(aws: &Aws, name: &str, desired: &Value) -> Result<Value, KindError> {
    let answer = aws.s3.get_bucket_policy().bucket(name).send().await;
    let answer =
        none_if_refused(answer, &["NoSuchBucketPolicy"], "reading policy of S3 bucket", name)?;
    let text = answer.and_then(|answer| answer.policy).unwrap_or_default();
    Ok(policy_document::parse(desired, &text))
}
