//! Writes of a bucket's settings, one call each.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, EventBridgeConfiguration,
    ObjectLockConfiguration, ObjectLockEnabled, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;

use super::super::Bucket;
use super::super::lifecycle::{self};
use super::read_notifications;
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::tagging::resource_tags;

/// Writes every setting. Writing an equal value again has no effect.
pub(in crate::resources::s3::bucket) async fn put_all(
    aws: &Aws,
    bucket: &Bucket,
) -> Result<(), KindError> {
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
    put_settings(aws, bucket, &all).await
}

/// The settings behind the named fields, each once.
pub(in crate::resources::s3::bucket) async fn put_settings(
    aws: &Aws,
    bucket: &Bucket,
    fields: &[String],
) -> Result<(), KindError> {
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
pub(super) fn setting_of(field: &str) -> &str {
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

pub(in crate::resources::s3::bucket) fn our_tags(
    aws: &Aws,
    name: &str,
    id: &ResourceId,
) -> Result<Vec<Tag>, KindError> {
    let tags = resource_tags(aws, id)
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(cannot_build(name))
}

pub(in crate::resources::s3::bucket) async fn put_tags(
    aws: &Aws,
    name: &str,
    id: &ResourceId,
) -> Result<(), KindError> {
    let tags = our_tags(aws, name, id)?;
    let tagging = Tagging::builder().set_tag_set(Some(tags)).build().map_err(cannot_build(name))?;
    let sent = aws.s3.put_bucket_tagging().bucket(name).tagging(tagging).send().await;
    sent.map_err(KindError::doing("tagging S3 bucket", name))?;
    Ok(())
}

pub(super) async fn put_public_access_block(aws: &Aws, name: &str) -> Result<(), KindError> {
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

pub(super) async fn put_object_ownership(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
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

pub(super) async fn put_encryption(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
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

pub(super) async fn put_policy(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let put = aws.s3.put_bucket_policy().bucket(&bucket.name).policy(bucket.policy.to_string());
    put.send().await.map_err(KindError::doing("setting policy of S3 bucket", &bucket.name))?;
    Ok(())
}

pub(super) async fn put_versioning(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
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

/// Enables Object Lock without a default retention: each version to be kept has its own.
///
/// Source: S3 API reference, `PutObjectLockConfiguration`: an existing bucket may get it, if it is
/// versioned.
pub(super) async fn put_object_lock(aws: &Aws, name: &str) -> Result<(), KindError> {
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

pub(super) async fn put_notifications(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    // Enables EventBridge. A put replaces all notifications, so those of others are kept. The empty
    // structure is the switch (S3 API reference, `EventBridgeConfiguration`).
    let mut notifications = read_notifications(aws, &bucket.name).await?;
    notifications.event_bridge_configuration =
        bucket.eventbridge.then(|| EventBridgeConfiguration::builder().build());
    let put = aws.s3.put_bucket_notification_configuration().bucket(&bucket.name);
    let sent = put.notification_configuration(notifications).send().await;
    sent.map_err(KindError::doing("setting notifications of S3 bucket", &bucket.name))?;
    Ok(())
}

pub(super) async fn put_lifecycle(aws: &Aws, bucket: &Bucket) -> Result<(), KindError> {
    let rules = lifecycle::to_rules(bucket).map_err(cannot_build(&bucket.name))?;
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

pub(super) fn cannot_build(name: &str) -> impl FnOnce(BuildError) -> KindError + use<> {
    let doing = format!("describing settings of S3 bucket `{name}`");
    move |error| KindError { doing, source: Cause::Other(error.to_string()) }
}
