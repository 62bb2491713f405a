//! The policies of DataSync's roles for source, destination and reports, and of its log group.

use domain::config::StackConfig;
use domain::names::Names;
use domain::records::keys;
use serde_json::{Value, json};

use super::prefixes::Prefixes;
use super::{allow_in_account, allow_statement, policy_document, through_destination_s3, trust_in};

const DATASYNC: &str = "datasync.amazonaws.com";

/// Lets DataSync assume a role of ours (DataSync User Guide, "Cross-service confused deputy
/// prevention").
///
/// The location's ARN is unknown before it is made, and making it needs the role: hence the
/// wildcard, which is also the documented form.
pub(crate) fn datasync_trust(names: &Names) -> Value {
    trust_in(DATASYNC, names, names.regional_arn("datasync", "*"))
}

/// The trust policy of a role for the destination bucket. A location is in the bucket's region, and
/// the task in that of the stack.
pub(crate) fn destination_trust(names: &Names, config: &StackConfig) -> Value {
    let Some(region) = &config.destination.region else { return datasync_trust(names) };
    let there = Names::new(&names.stack, &names.account, region);
    let arns = [names, &there].map(|names| names.regional_arn("datasync", "*"));
    trust_in(DATASYNC, names, arns)
}

/// Grants to read all of the file system, as root and with TLS, and not to write (DataSync User
/// Guide, "Configuring your DataSync transfer with Amazon EFS").
pub(crate) fn source_access(file_system_arn: &str) -> Value {
    let actions = json!(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess"]);
    let mut read = allow_statement("ReadFileSystem", &actions, &json!(file_system_arn));
    read["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    policy_document(&[read])
}

pub(super) const LISTING: [&str; 3] =
    ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];

const COPYING: [&str; 8] = [
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
];

/// Grants to write below the prefixes of the syncs that share the bucket (DataSync User Guide,
/// "Creating an IAM role for DataSync to access an Amazon S3 location"). A bucket has one account,
/// one region and one key.
///
/// It never may delete a version, and deletes objects other than its own temporary ones only where
/// the task removes what the source no longer has.
pub(crate) fn destination_access(names: &Names, sharing: &[&StackConfig]) -> Value {
    let [config, ..] = sharing else { return Value::Null };
    let bucket = names.bucket_arn(&config.destination_bucket(names));
    let account = config.destination.bucket_account(&names.account);
    Prefixes::of_syncs(&bucket, sharing).fit_policy(|prefixes| {
        let deletable = json!(prefixes.deletable());
        let mut statements = vec![
            allow_in_account(account, "FindObjects", &json!(LISTING), &json!(bucket)),
            allow_in_account(account, "CopyObjects", &json!(COPYING), &prefixes.objects()),
            allow_in_account(account, "DeleteObjects", &json!("s3:DeleteObject"), &deletable),
        ];
        let key = config.destination.kms_key_arn.as_deref();
        statements.extend(key.map(|key| allow_key(names, config, key)));
        policy_document(&statements)
    })
}

/// Grants what writing to a bucket with SSE-KMS needs, through S3 only (DataSync User Guide,
/// "Accessing S3 buckets using server-side encryption"). The key's own policy must allow it as
/// well.
fn allow_key(names: &Names, config: &StackConfig, key: &str) -> Value {
    let actions = json!(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]);
    let mut using = allow_statement("UseKey", &actions, &json!(key));
    using["Condition"] = through_destination_s3(names, config);
    using
}

/// Grants to write task reports into the records bucket, and to read the manifest of a run there
/// (DataSync User Guide, "Providing DataSync access to your manifest").
pub(crate) fn report_access(names: &Names) -> Value {
    let records = names.bucket_arn(&names.records_bucket());
    let below = |prefix: &str| json!(format!("{records}/{prefix}*"));
    let manifest = json!(["s3:GetObject", "s3:GetObjectVersion"]);
    policy_document(&[
        allow_in_account(
            &names.account,
            "WriteReports",
            &json!("s3:PutObject"),
            &below(keys::REPORTS_PREFIX),
        ),
        allow_in_account(&names.account, "ReadManifest", &manifest, &below(keys::MANIFESTS_PREFIX)),
    ])
}

/// Lets our tasks write to their log group: DataSync has no role for that (DataSync User Guide,
/// "Configuring logging").
pub(crate) fn task_logging(names: &Names) -> Value {
    let log_group = names.log_group_arn(&names.task_log_group());
    policy_document(&[json!({
        "Sid": "DataSyncLogsToCloudWatchLogs",
        "Effect": "Allow",
        "Principal": { "Service": DATASYNC },
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": format!("{log_group}:*"),
        "Condition": {
            "ArnLike": { "aws:SourceArn": names.regional_arn("datasync", "task/*") },
            "StringEquals": { "aws:SourceAccount": names.account },
        },
    })])
}

#[cfg(test)]
mod tests;
