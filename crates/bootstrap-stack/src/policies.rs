//! The policy documents of the data plane: who may act, on what, and no more.
//!
//! Every trust carries `aws:SourceAccount` and `aws:SourceArn`: DataSync acts for many accounts, and must use our roles only
//! for ours (DataSync User Guide, "Cross-service confused deputy prevention").

use pipeline::config::PreserveDeletedFiles;
use pipeline::names::Names;
use pipeline::records::keys;
use serde_json::{Value, json};

const DATASYNC: &str = "datasync.amazonaws.com";

/// Lets DataSync assume a role of ours, for its resources in our account and region.
///
/// The location's ARN is unknown before it is made, and making it needs the role: hence the wildcard, which is also the
/// documented form.
pub(crate) fn datasync_trust(names: &Names) -> Value {
    document(&[json!({
        "Effect": "Allow",
        "Principal": { "Service": DATASYNC },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": names.account },
            "StringLike": { "aws:SourceArn": names.regional_arn("datasync", "*") },
        },
    })])
}

/// What DataSync needs to write below `prefix` of the destination bucket (DataSync User Guide, "Creating an IAM role for
/// DataSync to access an Amazon S3 location").
///
/// It never may delete a version, and deletes objects other than its own temporary ones only where the task removes what
/// the source no longer has.
pub(crate) fn destination_access(names: &Names, prefix: &str, deleted_files: PreserveDeletedFiles) -> Value {
    let bucket = names.bucket_arn(&names.destination_bucket());
    let deletable = match deleted_files {
        PreserveDeletedFiles::Remove => vec![format!("{bucket}/{prefix}*")],
        PreserveDeletedFiles::Preserve => {
            vec![format!("{bucket}/{prefix}.aws-datasync/*"), format!("{bucket}/{prefix}*/.aws-datasync/*")]
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
    document(&[
        allow_in_our_account(names, "FindObjects", &listing, &json!(bucket)),
        allow_in_our_account(names, "CopyObjects", &objects, &json!(format!("{bucket}/{prefix}*"))),
        allow_in_our_account(names, "DeleteObjects", &json!("s3:DeleteObject"), &json!(deletable)),
    ])
}

/// What DataSync needs to write its task reports into the records bucket.
pub(crate) fn report_access(names: &Names) -> Value {
    let reports = format!("{}/{}*", names.bucket_arn(&names.records_bucket()), keys::REPORTS_PREFIX);
    document(&[allow_in_our_account(names, "WriteReports", &json!("s3:PutObject"), &json!(reports))])
}

/// Lets our tasks write to their log group: DataSync has no role for that (DataSync User Guide, "Configuring logging").
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

fn allow_in_our_account(names: &Names, sid: &str, action: &Value, resource: &Value) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        "Condition": { "StringEquals": { "aws:ResourceAccount": names.account } },
    })
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::names;

    /// One line for each part of each statement: short enough to read all of it in a review.
    fn statements(document: &Value) -> String {
        let parts = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
        let lines = document["Statement"].as_array().unwrap().iter().flat_map(|statement| {
            parts.iter().filter_map(|part| Some(format!("{part}: {}", statement.get(part)?))).collect::<Vec<_>>()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

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
        let policy = destination_access(&names(), "files/", PreserveDeletedFiles::Preserve);
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
        let policy = destination_access(&names(), "files/", PreserveDeletedFiles::Remove);
        insta::assert_snapshot!(policy["Statement"][2]["Resource"], @r#"["arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*"]"#);
        assert!(!policy.to_string().contains("s3:DeleteObjectVersion"));
    }

    #[test]
    fn reports_are_written_and_never_read_or_deleted() {
        insta::assert_snapshot!(statements(&report_access(&names())), @r#"
        Sid: "WriteReports"
        Effect: "Allow"
        Action: "s3:PutObject"
        Resource: "arn:aws:s3:::backup-records-111122223333-eu-central-1/reports/*"
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
}
