//! A bucket's settings, each read and written by a call of its own.

use std::collections::BTreeSet;

use aws::SdkFailure;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, EventBridgeConfiguration,
    NotificationConfiguration, ObjectLockConfiguration, ObjectLockEnabled, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;
use serde_json::Value;

use super::Bucket;
use super::lifecycle::{self, Lifecycle};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::policy_document;
use crate::resource_id::ResourceId;
use crate::tagging::resource_tags;

/// All but the lock, which is read where one is asked for.
pub(super) async fn read(
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
        versioned(aws, name),
        notifications(aws, name),
        lifecycle(aws, name),
        public_access_blocked(aws, name),
        object_ownership(aws, name),
        encryption(aws, name),
        policy(aws, name, desired_policy),
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
    })
}

pub(super) async fn object_lock(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_object_lock_configuration().bucket(name).send().await;
    let doing = "reading Object Lock of S3 bucket";
    let answer = optional(answer, "ObjectLockConfigurationNotFoundError", doing, name)?;
    let lock = answer.and_then(|answer| answer.object_lock_configuration?.object_lock_enabled);
    Ok(lock == Some(ObjectLockEnabled::Enabled))
}

pub(super) async fn tags(aws: &Aws, name: &str) -> Result<Vec<Tag>, KindError> {
    let answer = aws.s3.get_bucket_tagging().bucket(name).send().await;
    let answer = optional(answer, "NoSuchTagSet", "reading tags of S3 bucket", name)?;
    Ok(answer.map(|answer| answer.tag_set).unwrap_or_default())
}

async fn versioned(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_bucket_versioning().bucket(name).send().await;
    let answer = answer.map_err(KindError::doing("reading versioning of S3 bucket", name))?;
    Ok(answer.status == Some(BucketVersioningStatus::Enabled))
}

async fn notifications(aws: &Aws, name: &str) -> Result<NotificationConfiguration, KindError> {
    let answer = aws.s3.get_bucket_notification_configuration().bucket(name).send().await;
    let answer = answer.map_err(KindError::doing("reading notifications of S3 bucket", name))?;
    Ok(NotificationConfiguration::builder()
        .set_topic_configurations(answer.topic_configurations)
        .set_queue_configurations(answer.queue_configurations)
        .set_lambda_function_configurations(answer.lambda_function_configurations)
        .set_event_bridge_configuration(answer.event_bridge_configuration)
        .build())
}

async fn lifecycle(aws: &Aws, name: &str) -> Result<Lifecycle, KindError> {
    let answer = aws.s3.get_bucket_lifecycle_configuration().bucket(name).send().await;
    let answer =
        optional(answer, "NoSuchLifecycleConfiguration", "reading lifecycle of S3 bucket", name)?;
    Ok(Lifecycle::of(answer.and_then(|answer| answer.rules).unwrap_or_default()))
}

async fn public_access_blocked(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let answer = aws.s3.get_public_access_block().bucket(name).send().await;
    let doing = "reading public access block of S3 bucket";
    let answer = optional(answer, "NoSuchPublicAccessBlockConfiguration", doing, name)?;
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
    let answer = optional(answer, "OwnershipControlsNotFoundError", doing, name)?;
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

async fn encryption(aws: &Aws, name: &str) -> Result<Encryption, KindError> {
    let answer = aws.s3.get_bucket_encryption().bucket(name).send().await;
    let doing = "reading encryption of S3 bucket";
    let answer = optional(answer, "ServerSideEncryptionConfigurationNotFoundError", doing, name)?;
    let rules =
        answer.and_then(|answer| answer.server_side_encryption_configuration).map(|sse| sse.rules);
    let Some(rule) = rules.and_then(|rules| rules.into_iter().next()) else {
        return Ok(Encryption::default());
    };
    let Some(sse) = rule.apply_server_side_encryption_by_default else {
        return Ok(Encryption::default());
    };
    // Without a key of KMS the switch means nothing, and S3 shows it one way or the other.
    let bucket_key =
        sse.sse_algorithm == ServerSideEncryption::AwsKms && rule.bucket_key_enabled == Some(true);
    Ok(Encryption {
        algorithm: sse.sse_algorithm.as_str().to_owned(),
        kms_key_arn: sse.kms_master_key_id,
        bucket_key,
    })
}

async fn policy(aws: &Aws, name: &str, desired: &Value) -> Result<Value, KindError> {
    let answer = aws.s3.get_bucket_policy().bucket(name).send().await;
    let answer = optional(answer, "NoSuchBucketPolicy", "reading policy of S3 bucket", name)?;
    let text = answer.and_then(|answer| answer.policy).unwrap_or_default();
    Ok(policy_document::parse(desired, &text))
}

/// "Was never set" is an answer.
fn optional<T, E>(
    answer: Result<T, E>,
    unset: &str,
    doing: &'static str,
    name: &str,
) -> Result<Option<T>, KindError>
where
    SdkFailure: From<E>,
{
    answer.map(Some).or_else(|error| {
        let failure = SdkFailure::from(error);
        if failure.is(&[unset]) { Ok(None) } else { Err(KindError::doing(doing, name)(failure)) }
    })
}

/// Every setting. One that stands already is written again to the same effect.
pub(super) async fn put_all(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let all = [
        "public_access_blocked",
        "object_ownership",
        "encryption",
        "policy",
        "versioned",
        "abort_incomplete_multipart_upload_days",
        "eventbridge",
    ];
    // Last: it needs versioning.
    let lock = bucket.object_lock.then_some("object_lock");
    let all: Vec<String> = all.into_iter().chain(lock).map(str::to_owned).collect();
    put(aws, bucket, &all).await
}

/// The settings behind the named fields, each once.
pub(super) async fn put(aws: &Aws, bucket: &Bucket, fields: &[String]) -> Result<(), KindError> {
    let mut done = BTreeSet::new();
    for setting in fields.iter().map(|field| setting_of(field)) {
        if !done.insert(setting) {
            continue;
        }
        match setting {
            "public_access_blocked" => put_public_access_block(aws, &bucket.name).await?,
            "object_ownership" => put_object_ownership(aws, bucket).await?,
            "encryption" => put_encryption(aws, bucket).await?,
            "policy" => put_policy(aws, bucket).await?,
            "versioned" => put_versioning(aws, bucket).await?,
            "eventbridge" => put_notifications(aws, bucket).await?,
            "object_lock" => put_object_lock(aws, &bucket.name).await?,
            _ => put_lifecycle(aws, bucket).await?,
        }
    }
    Ok(())
}

/// S3 takes several of our fields by one call.
fn setting_of(field: &str) -> &str {
    match field {
        "kms_key_arn" | "bucket_key" => "encryption",
        "abort_incomplete_multipart_upload_days"
        | "expired_delete_markers_removed"
        | "noncurrent_version_expiration_days"
        | "other_lifecycle_rules"
        | "scratch_prefix"
        | "short_history_prefixes"
        | "transition" => "lifecycle",
        own => own,
    }
}

pub(super) fn our_tags(aws: &Aws, name: &str, id: &ResourceId) -> Result<Vec<Tag>, KindError> {
    let tags = resource_tags(aws, id)
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(cannot_build(name))
}

pub(super) async fn put_tags(aws: &Aws, name: &str, id: &ResourceId) -> Result<(), KindError> {
    let tags = our_tags(aws, name, id)?;
    let tagging = Tagging::builder().set_tag_set(Some(tags)).build().map_err(cannot_build(name))?;
    let sent = aws.s3.put_bucket_tagging().bucket(name).tagging(tagging).send().await;
    sent.map_err(KindError::doing("tagging S3 bucket", name))?;
    Ok(())
}

async fn put_public_access_block(aws: &Aws, name: &str) -> Result<(), KindError> {
    let block =
        PublicAccessBlockConfiguration::builder().block_public_acls(true).ignore_public_acls(true);
    let block = block.block_public_policy(true).restrict_public_buckets(true).build();
    let sent = aws
        .s3
        .put_public_access_block()
        .bucket(name)
        .public_access_block_configuration(block)
        .send()
        .await;
    sent.map_err(KindError::doing("blocking public access to S3 bucket", name))?;
    Ok(())
}

async fn put_object_ownership(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let ownership = ObjectOwnership::from(bucket.object_ownership.as_str());
    let rule = OwnershipControlsRule::builder().object_ownership(ownership).build();
    let controls =
        OwnershipControls::builder().rules(rule.map_err(cannot_build(&bucket.name))?).build();
    let controls = controls.map_err(cannot_build(&bucket.name))?;
    let put =
        aws.s3.put_bucket_ownership_controls().bucket(&bucket.name).ownership_controls(controls);
    put.send()
        .await
        .map_err(KindError::doing("setting ownership controls of S3 bucket", &bucket.name))?;
    Ok(())
}

async fn put_encryption(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let algorithm = ServerSideEncryption::from(bucket.encryption.as_str());
    let by_default = ServerSideEncryptionByDefault::builder().sse_algorithm(algorithm);
    let by_default = by_default.set_kms_master_key_id(bucket.kms_key_arn.clone()).build();
    let by_default = by_default.map_err(cannot_build(&bucket.name))?;
    let rule =
        ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by_default);
    let encryption = ServerSideEncryptionConfiguration::builder()
        .rules(rule.bucket_key_enabled(bucket.bucket_key).build())
        .build();
    let encryption = encryption.map_err(cannot_build(&bucket.name))?;
    let put = aws
        .s3
        .put_bucket_encryption()
        .bucket(&bucket.name)
        .server_side_encryption_configuration(encryption);
    put.send().await.map_err(KindError::doing("setting encryption of S3 bucket", &bucket.name))?;
    Ok(())
}

async fn put_policy(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let put = aws.s3.put_bucket_policy().bucket(&bucket.name).policy(bucket.policy.to_string());
    put.send().await.map_err(KindError::doing("setting policy of S3 bucket", &bucket.name))?;
    Ok(())
}

async fn put_versioning(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let status = if bucket.versioned {
        BucketVersioningStatus::Enabled
    } else {
        BucketVersioningStatus::Suspended
    };
    let versioning = VersioningConfiguration::builder().status(status).build();
    let put =
        aws.s3.put_bucket_versioning().bucket(&bucket.name).versioning_configuration(versioning);
    put.send().await.map_err(KindError::doing("setting versioning of S3 bucket", &bucket.name))?;
    Ok(())
}

/// On, without a retention for all: what is to be kept says so itself.
///
/// Source: S3 API reference, `PutObjectLockConfiguration`: a bucket that exists may get it, if it
/// is versioned.
async fn put_object_lock(aws: &Aws, name: &str) -> Result<(), KindError> {
    let lock =
        ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
    let sent = aws
        .s3
        .put_object_lock_configuration()
        .bucket(name)
        .object_lock_configuration(lock)
        .send()
        .await;
    sent.map_err(KindError::doing("setting Object Lock of S3 bucket", name))?;
    Ok(())
}

async fn put_notifications(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    // A put replaces all notifications: those that somebody added stay. The empty structure is the
    // switch (S3 API reference, `EventBridgeConfiguration`).
    let mut notifications = notifications(aws, &bucket.name).await?;
    notifications.event_bridge_configuration =
        bucket.eventbridge.then(|| EventBridgeConfiguration::builder().build());
    let put = aws.s3.put_bucket_notification_configuration().bucket(&bucket.name);
    let sent = put.notification_configuration(notifications).send().await;
    sent.map_err(KindError::doing("setting notifications of S3 bucket", &bucket.name))?;
    Ok(())
}

async fn put_lifecycle(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let rules = lifecycle::rules(bucket).map_err(cannot_build(&bucket.name))?;
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
    let rules = rules.map_err(cannot_build(&bucket.name))?;
    let put = aws
        .s3
        .put_bucket_lifecycle_configuration()
        .bucket(&bucket.name)
        .lifecycle_configuration(rules);
    put.send().await.map_err(KindError::doing("setting lifecycle of S3 bucket", &bucket.name))?;
    Ok(())
}

fn cannot_build(name: &str) -> impl FnOnce(BuildError) -> KindError + use<> {
    let doing = format!("describing settings of S3 bucket `{name}`");
    move |error| KindError { doing, source: Cause::Other(error.to_string()) }
}
