//! DataSync's roles: for the source, for the destination and for the reports; and its right to log.

use domain::config::{PreserveDeletedFiles, StackConfig};
use domain::names::Names;
use domain::records::keys;
use serde_json::{Value, json};

use super::{allow, allow_in_our_account, document, trust_in};

const DATASYNC: &str = "datasync.amazonaws.com";

/// Lets DataSync assume a role of ours (DataSync User Guide, "Cross-service confused deputy
/// prevention").
///
/// The location's ARN is unknown before it is made, and making it needs the role: hence the
/// wildcard, which is also the documented form.
pub(crate) fn datasync_trust(names: &Names) -> Value {
    trust_in(DATASYNC, names, &names.regional_arn("datasync", "*"))
}

/// Reading all of the file system, as root and through TLS; not writing (DataSync User Guide,
/// "Configuring your DataSync transfer with Amazon EFS").
pub(crate) fn source_access(file_system_arn: &str) -> Value {
    let actions = json!(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess"]);
    let mut read = allow("ReadFileSystem", &actions, &json!(file_system_arn));
    read["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    document(&[read])
}

/// Grants to write below the prefix of the destination bucket (DataSync User Guide, "Creating an
/// IAM role for DataSync to access an Amazon S3 location").
///
/// It never may delete a version, and deletes objects other than its own temporary ones only where
/// the task removes what the source no longer has.
pub(crate) fn destination_access(names: &Names, config: &StackConfig) -> Value {
    let bucket = names.bucket_arn(&config.destination_bucket(names));
    let prefix = &config.destination.prefix;
    let deletable = match config.task.preserve_deleted_files {
        PreserveDeletedFiles::Remove => vec![format!("{bucket}/{prefix}*")],
        PreserveDeletedFiles::Preserve => {
            vec![
                format!("{bucket}/{prefix}.aws-datasync/*"),
                format!("{bucket}/{prefix}*/.aws-datasync/*"),
            ]
        }
    };
    let objects = json!([
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ]);
    let listing = json!(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]);
    let mut statements = vec![
        allow_in_our_account(names, "FindObjects", &listing, &json!(bucket)),
        allow_in_our_account(names, "CopyObjects", &objects, &json!(format!("{bucket}/{prefix}*"))),
        allow_in_our_account(names, "DeleteObjects", &json!("s3:DeleteObject"), &json!(deletable)),
    ];
    statements.extend(config.destination.kms_key_arn.as_deref().map(|key| use_of_key(names, key)));
    document(&statements)
}

/// What writing to a bucket with SSE-KMS needs, through S3 alone (DataSync User Guide, "Accessing
/// S3 buckets using server-side encryption"). The key's own policy has to let it too.
fn use_of_key(names: &Names, key: &str) -> Value {
    let actions = json!(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]);
    let mut using = allow("UseKey", &actions, &json!(key));
    using["Condition"] = json!({ "StringEquals": { "kms:ViaService": format!("s3.{}.{}", names.region, names.dns_suffix()) } });
    using
}

/// Grants to write task reports into the records bucket, and to read the manifest of a run there
/// (DataSync User Guide, "Providing DataSync access to your manifest").
pub(crate) fn report_access(names: &Names) -> Value {
    let records = names.bucket_arn(&names.records_bucket());
    let below = |prefix: &str| json!(format!("{records}/{prefix}*"));
    let manifest = json!(["s3:GetObject", "s3:GetObjectVersion"]);
    document(&[
        allow_in_our_account(
            names,
            "WriteReports",
            &json!("s3:PutObject"),
            &below(keys::REPORTS_PREFIX),
        ),
        allow_in_our_account(names, "ReadManifest", &manifest, &below(keys::MANIFESTS_PREFIX)),
    ])
}

/// Lets our tasks write to their log group: DataSync has no role for that (DataSync User Guide,
/// "Configuring logging").
pub(crate) fn task_logging(names: &Names) -> Value {
    let log_group = names.log_group_arn(&names.task_log_group());
    document(&[json!({
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
mod tests {
    use super::super::statements;
    use super::*;
    use crate::fixtures::{config, names};

    #[test]
    fn only_datasync_for_our_account_may_assume_a_role() {
        insta::assert_snapshot!(statements(&datasync_trust(&names())), @r#"
        Effect: "Allow"
        Principal: {"Service":"datasync.amazonaws.com"}
        Action: "sts:AssumeRole"
        Condition: {"StringEquals":{"aws:SourceAccount":"111122223333"},"StringLike":{"aws:SourceArn":"arn:aws:datasync:eu-central-1:111122223333:*"}}
        "#);
    }

    #[test]
    fn the_destination_is_written_below_its_prefix_and_nothing_of_the_users_deleted() {
        let policy = destination_access(&names(), &config());
        insta::assert_snapshot!(statements(&policy), @r#"
        Sid: "FindObjects"
        Effect: "Allow"
        Action: ["s3:GetBucketLocation","s3:ListBucket","s3:ListBucketMultipartUploads"]
        Resource: "arn:aws:s3:::backup-data-111122223333-eu-central-1"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "CopyObjects"
        Effect: "Allow"
        Action: ["s3:AbortMultipartUpload","s3:GetObject","s3:GetObjectTagging","s3:GetObjectVersion","s3:GetObjectVersionTagging","s3:ListMultipartUploadParts","s3:PutObject","s3:PutObjectTagging"]
        Resource: "arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "DeleteObjects"
        Effect: "Allow"
        Action: "s3:DeleteObject"
        Resource: ["arn:aws:s3:::backup-data-111122223333-eu-central-1/files/.aws-datasync/*","arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*/.aws-datasync/*"]
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        "#);
    }

    #[test]
    fn a_task_that_removes_may_delete_below_the_prefix_but_no_version() {
        let mut config = config();
        config.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
        let policy = destination_access(&names(), &config);
        insta::assert_snapshot!(policy["Statement"][2]["Resource"], @r#"["arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*"]"#);
        assert!(!policy.to_string().contains("s3:DeleteObjectVersion"));
    }

    #[test]
    fn reports_are_written_and_manifests_read_and_nothing_deleted() {
        insta::assert_snapshot!(statements(&report_access(&names())), @r#"
        Sid: "WriteReports"
        Effect: "Allow"
        Action: "s3:PutObject"
        Resource: "arn:aws:s3:::backup-records-111122223333-eu-central-1/reports/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "ReadManifest"
        Effect: "Allow"
        Action: ["s3:GetObject","s3:GetObjectVersion"]
        Resource: "arn:aws:s3:::backup-records-111122223333-eu-central-1/manifests/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        "#);
    }

    #[test]
    fn only_our_tasks_may_write_to_their_log_group() {
        insta::assert_snapshot!(statements(&task_logging(&names())), @r#"
        Sid: "DataSyncLogsToCloudWatchLogs"
        Effect: "Allow"
        Principal: {"Service":"datasync.amazonaws.com"}
        Action: ["logs:CreateLogStream","logs:PutLogEvents"]
        Resource: "arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/datasync:*"
        Condition: {"ArnLike":{"aws:SourceArn":"arn:aws:datasync:eu-central-1:111122223333:task/*"},"StringEquals":{"aws:SourceAccount":"111122223333"}}
        "#);
    }

    #[test]
    fn the_source_is_read_and_never_written() {
        insta::assert_snapshot!(statements(&source_access("arn:fs")), @r#"
        Sid: "ReadFileSystem"
        Effect: "Allow"
        Action: ["elasticfilesystem:ClientMount","elasticfilesystem:ClientRootAccess"]
        Resource: "arn:fs"
        Condition: {"Bool":{"aws:SecureTransport":"true"}}
        "#);
    }

    #[test]
    fn a_key_is_used_through_s3_alone() {
        let mut config = config();
        config.destination.kms_key_arn = Some("arn:key".into());
        let policy = destination_access(&names(), &config);
        insta::assert_snapshot!(policy["Statement"][3], @r#"{"Sid":"UseKey","Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey","kms:ReEncrypt*"],"Resource":"arn:key","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com"}}}"#);
    }

    #[test]
    fn an_existing_bucket_is_the_one_written_to() {
        let mut config = config();
        config.destination.bucket = Some("archive".into());
        let policy = destination_access(&names(), &config);
        assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::archive");
        assert!(!policy.to_string().contains("backup-data"));
    }
}
