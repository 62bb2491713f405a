//! Buckets and file systems.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

/// The bucket with its settings, and its policy.
pub(super) fn bucket(fields: &mut StateFields) -> Vec<RenderedResource> {
    // A template is for one region.
    fields.leave_out("region");
    let versioning = if fields.take_bool("versioned") { "Enabled" } else { "Suspended" };
    let events = fields.take_bool("eventbridge");
    let properties = json!({
        "BucketName": fields.take_value("name"),
        "VersioningConfiguration": { "Status": versioning },
        "NotificationConfiguration": events.then(|| json!({ "EventBridgeConfiguration": {
            "EventBridgeEnabled": true } })),
        "PublicAccessBlockConfiguration": public_access_block(fields),
        "OwnershipControls": { "Rules": [{
            "ObjectOwnership": fields.take_value("object_ownership") }] },
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [bucket_encryption(fields)] },
        "LifecycleConfiguration": { "Rules": lifecycle_rules(fields) },
        "ObjectLockEnabled": fields.take_value("object_lock"),
        "Tags": fields.stack_tags(),
    });
    vec![RenderedResource::new("AWS::S3::Bucket", properties), bucket_policy(fields)]
}

fn bucket_policy(fields: &mut StateFields) -> RenderedResource {
    let policy = json!({ "Bucket": { "Ref": fields.logical_id() },
        "PolicyDocument": fields.take_value("policy") });
    RenderedResource::new("AWS::S3::BucketPolicy", policy).with_suffix("Policy")
}

fn public_access_block(fields: &mut StateFields) -> Value {
    let blocked = fields.take_bool("public_access_blocked");
    json!({
        "BlockPublicAcls": blocked,
        "BlockPublicPolicy": blocked,
        "IgnorePublicAcls": blocked,
        "RestrictPublicBuckets": blocked,
    })
}

fn bucket_encryption(fields: &mut StateFields) -> Value {
    let encryption = json!({ "SSEAlgorithm": fields.take_value("encryption"),
        "KMSMasterKeyID": fields.take_value("kms_key_arn") });
    json!({
        "BucketKeyEnabled": fields.take_value("bucket_key"),
        "ServerSideEncryptionByDefault": encryption,
    })
}

fn lifecycle_rules(fields: &mut StateFields) -> Vec<Value> {
    let days = |name: &str, days: Value| (!days.is_null()).then(|| json!({ name: days }));
    let to_class = class_transition(fields);
    let expire = fields.take_value("noncurrent_version_expiration_days");
    let abort = fields.take_value("abort_incomplete_multipart_upload_days");
    let all = json!({
        "Id": "efs-s3",
        "Status": "Enabled",
        "Transitions": to_class,
        "NoncurrentVersionTransitions": to_class,
        "NoncurrentVersionExpiration": days("NoncurrentDays", expire),
        "ExpiredObjectDeleteMarker": fields.take_value("expired_delete_markers_removed"),
        "AbortIncompleteMultipartUpload": days("DaysAfterInitiation", abort),
    });
    let scratch = scratch_rule(fields.take_value("scratch_prefix"));
    let short = fields.take_list("short_history_prefixes");
    let short = short.iter().map(short_history_rule);
    [Some(all), scratch].into_iter().flatten().chain(short).collect()
}

fn class_transition(fields: &mut StateFields) -> Option<Value> {
    let transition = fields.take_value("transition");
    let to_class = json!([{ "StorageClass": transition["storage_class"],
        "TransitionInDays": transition["days"] }]);
    (!transition.is_null()).then_some(to_class)
}

fn scratch_rule(prefix: Value) -> Option<Value> {
    match prefix {
        Value::Null => None,
        prefix => Some(json!({
            "Id": "efs-s3-scratch",
            "Status": "Enabled",
            "Prefix": prefix,
            "ExpirationInDays": 1,
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
        })),
    }
}

fn short_history_rule(prefix: &Value) -> Value {
    json!({
        "Id": format!("efs-s3-history-{}",
            prefix.as_str().unwrap_or_default().trim_end_matches('/')),
        "Status": "Enabled",
        "Prefix": prefix,
        "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
    })
}

pub(super) fn file_system(fields: &mut StateFields) -> RenderedResource {
    let to_ia = fields.take_value("transition_to_ia_days");
    let rule = |days: u64| format!("AFTER_{days}_DAY{}", if days == 1 { "" } else { "S" });
    let lifecycle = to_ia.as_u64().map(|days| {
        json!([{ "TransitionToIA": rule(days) }, {
            "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS" }])
    });
    let backup = if fields.take_bool("backup") { "ENABLED" } else { "DISABLED" };
    let name = fields.take_text("name");
    let properties = json!({
        "Encrypted": fields.take_value("encrypted"),
        "KmsKeyId": fields.take_value("kms_key_arn"),
        "ThroughputMode": fields.take_value("throughput_mode"),
        "PerformanceMode": fields.take_value("performance_mode"),
        "LifecyclePolicies": lifecycle,
        "BackupPolicy": { "Status": backup },
        "FileSystemTags": fields.tags_with("Name", &name),
    });
    RenderedResource::new("AWS::EFS::FileSystem", properties)
}

/// CloudFormation has the policy as a property of the file system, so a file system without other
/// properties carries it.
pub(super) fn file_system_policy(fields: &mut StateFields) -> RenderedResource {
    fields.leave_out("file_system_id");
    RenderedResource::new(
        "AWS::EFS::FileSystem",
        json!({ "Encrypted": true, "FileSystemPolicy": fields.take_value("document") }),
    )
}

/// One mount target for each subnet.
pub(super) fn mount_targets(fields: &mut StateFields) -> Vec<RenderedResource> {
    let (file_system, groups) =
        (fields.take_value("file_system_id"), fields.take_value("security_group_ids"));
    let target = |(number, subnet): (usize, Value)| {
        let properties =
            json!({ "FileSystemId": file_system, "SubnetId": subnet, "SecurityGroups": groups });
        RenderedResource::new("AWS::EFS::MountTarget", properties).with_suffix(number.to_string())
    };
    fields.take_list("subnet_ids").into_iter().enumerate().map(target).collect()
}

pub(super) fn access_point(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "FileSystemId": fields.take_value("file_system_id"),
        "RootDirectory": {
            "Path": fields.take_value("path"),
            "CreationInfo": { "OwnerUid": "0", "OwnerGid": "0", "Permissions": "0755" },
        },
        "AccessPointTags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::EFS::AccessPoint", properties)
}
