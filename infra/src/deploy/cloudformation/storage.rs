//! Buckets and file systems.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

/// The bucket with its settings, and its policy.
pub(super) fn bucket(fields: &mut StateFields) -> Vec<RenderedResource> {
    let blocked = fields.is_true("public_access_blocked");
    let encryption = json!({ "SSEAlgorithm": fields.take("encryption"), "KMSMasterKeyID": fields.take("kms_key_arn") });
    let versioning = if fields.is_true("versioned") { "Enabled" } else { "Suspended" };
    let events = fields.is_true("eventbridge");
    let properties = json!({
        "BucketName": fields.take("name"),
        "VersioningConfiguration": { "Status": versioning },
        "NotificationConfiguration": events.then(|| json!({ "EventBridgeConfiguration": { "EventBridgeEnabled": true } })),
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": blocked,
            "BlockPublicPolicy": blocked,
            "IgnorePublicAcls": blocked,
            "RestrictPublicBuckets": blocked,
        },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": fields.take("object_ownership") }] },
        "BucketEncryption": { "ServerSideEncryptionConfiguration": [{
            "BucketKeyEnabled": fields.take("bucket_key"),
            "ServerSideEncryptionByDefault": encryption,
        }] },
        "LifecycleConfiguration": { "Rules": lifecycle_rules(fields) },
        "ObjectLockEnabled": fields.take("object_lock"),
        "Tags": fields.tags(),
    });
    let policy = json!({ "Bucket": { "Ref": fields.logical_id() }, "PolicyDocument": fields.take("policy") });
    let policy = RenderedResource::new("AWS::S3::BucketPolicy", policy).with_suffix("Policy");
    vec![RenderedResource::new("AWS::S3::Bucket", properties), policy]
}

fn lifecycle_rules(fields: &mut StateFields) -> Vec<Value> {
    let days = |name: &str, days: Value| (!days.is_null()).then(|| json!({ name: days }));
    let transition = fields.take("transition");
    let to_class = json!([{ "StorageClass": transition["storage_class"], "TransitionInDays": transition["days"] }]);
    let to_class = (!transition.is_null()).then_some(to_class);
    let expire = fields.take("noncurrent_version_expiration_days");
    let abort = fields.take("abort_incomplete_multipart_upload_days");
    let all = json!({
        "Id": "efs-s3",
        "Status": "Enabled",
        "Transitions": to_class,
        "NoncurrentVersionTransitions": to_class,
        "NoncurrentVersionExpiration": days("NoncurrentDays", expire),
        "ExpiredObjectDeleteMarker": fields.take("expired_delete_markers_removed"),
        "AbortIncompleteMultipartUpload": days("DaysAfterInitiation", abort),
    });
    let scratch = match fields.take("scratch_prefix") {
        Value::Null => None,
        prefix => Some(json!({
            "Id": "efs-s3-scratch",
            "Status": "Enabled",
            "Prefix": prefix,
            "ExpirationInDays": 1,
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
        })),
    };
    let short = fields.list("short_history_prefixes").into_iter().map(|prefix| {
        json!({
            "Id": format!("efs-s3-history-{}", prefix.as_str().unwrap_or_default().trim_end_matches('/')),
            "Status": "Enabled",
            "Prefix": prefix,
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
        })
    });
    [Some(all), scratch].into_iter().flatten().chain(short).collect()
}

pub(super) fn file_system(fields: &mut StateFields) -> RenderedResource {
    let to_ia = fields.take("transition_to_ia_days");
    let rule = |days: u64| format!("AFTER_{days}_DAY{}", if days == 1 { "" } else { "S" });
    let lifecycle = to_ia
        .as_u64()
        .map(|days| json!([{ "TransitionToIA": rule(days) }, { "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS" }]));
    let backup = if fields.is_true("backup") { "ENABLED" } else { "DISABLED" };
    let name = fields.text("name");
    let properties = json!({
        "Encrypted": fields.take("encrypted"),
        "KmsKeyId": fields.take("kms_key_arn"),
        "ThroughputMode": fields.take("throughput_mode"),
        "PerformanceMode": fields.take("performance_mode"),
        "LifecyclePolicies": lifecycle,
        "BackupPolicy": { "Status": backup },
        "FileSystemTags": fields.tags_with("Name", &name),
    });
    RenderedResource::new("AWS::EFS::FileSystem", properties)
}

/// CloudFormation has the policy as a property of the file system: a file system with nothing else
/// stands for it.
pub(super) fn file_system_policy(fields: &mut StateFields) -> RenderedResource {
    fields.leave_out("file_system_id");
    RenderedResource::new(
        "AWS::EFS::FileSystem",
        json!({ "Encrypted": true, "FileSystemPolicy": fields.take("document") }),
    )
}

/// One for each subnet.
pub(super) fn mount_targets(fields: &mut StateFields) -> Vec<RenderedResource> {
    let (file_system, groups) = (fields.take("file_system_id"), fields.take("security_group_ids"));
    let target = |(number, subnet): (usize, Value)| {
        let properties =
            json!({ "FileSystemId": file_system, "SubnetId": subnet, "SecurityGroups": groups });
        RenderedResource::new("AWS::EFS::MountTarget", properties).with_suffix(number.to_string())
    };
    fields.list("subnet_ids").into_iter().enumerate().map(target).collect()
}

pub(super) fn access_point(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "FileSystemId": fields.take("file_system_id"),
        "RootDirectory": {
            "Path": fields.take("path"),
            "CreationInfo": { "OwnerUid": "0", "OwnerGid": "0", "Permissions": "0755" },
        },
        "AccessPointTags": fields.tags(),
    });
    RenderedResource::new("AWS::EFS::AccessPoint", properties)
}
