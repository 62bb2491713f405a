//! The policy documents of DataSync's roles.

use domain::config::PreserveDeletedFiles;

use super::*;
use crate::policies::statement_lines;
use crate::testing::{stack_names, test_config};

#[test]
fn only_datasync_for_our_account_may_assume_a_role() {
    insta::assert_snapshot!(statement_lines(&datasync_trust(&stack_names())), @r#"
    Effect: "Allow"
    Principal: {"Service":"datasync.amazonaws.com"}
    Action: "sts:AssumeRole"
    Condition: {"StringEquals":{"aws:SourceAccount":"111122223333"},"StringLike":{"aws:SourceArn":"arn:aws:datasync:eu-central-1:111122223333:*"}}
    "#);
}

#[test]
fn the_destination_is_written_below_its_prefix_and_nothing_of_the_users_deleted() {
    let policy = destination_access(&stack_names(), &[&test_config()]);
    insta::assert_snapshot!(statement_lines(&policy), @r#"
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
    let mut config = test_config();
    config.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
    let policy = destination_access(&stack_names(), &[&config]);
    insta::assert_snapshot!(policy["Statement"][2]["Resource"], @r#"["arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*"]"#);
    assert!(!policy.to_string().contains("s3:DeleteObjectVersion"));
}

#[test]
fn reports_are_written_and_manifests_read_and_nothing_deleted() {
    insta::assert_snapshot!(statement_lines(&report_access(&stack_names())), @r#"
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
    insta::assert_snapshot!(statement_lines(&task_logging(&stack_names())), @r#"
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
    insta::assert_snapshot!(statement_lines(&source_access("arn:fs")), @r#"
    Sid: "ReadFileSystem"
    Effect: "Allow"
    Action: ["elasticfilesystem:ClientMount","elasticfilesystem:ClientRootAccess"]
    Resource: "arn:fs"
    Condition: {"Bool":{"aws:SecureTransport":"true"}}
    "#);
}

#[test]
fn a_key_is_used_through_s3_alone() {
    let mut config = test_config();
    config.destination.kms_key_arn = Some("arn:key".into());
    let policy = destination_access(&stack_names(), &[&config]);
    insta::assert_snapshot!(policy["Statement"][3], @r#"{"Sid":"UseKey","Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey","kms:ReEncrypt*"],"Resource":"arn:key","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com"}}}"#);
}

#[test]
fn an_existing_bucket_is_the_one_written_to() {
    let mut config = test_config();
    config.destination.bucket = Some("archive".into());
    let policy = destination_access(&stack_names(), &[&config]);
    assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::archive");
    assert!(!policy.to_string().contains("backup-data"));
}
